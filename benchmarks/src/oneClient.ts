/** One contender of `transports.ts` in a process of its own: what others load or warm up is not its cost. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { NodeHttp } from "@mlserver-auth/node"
import * as Http from "node:http"
import { request } from "undici"
import { layerContender, type Contender } from "./transport.js"

/** Without a runtime around it. */
const node = (): Contender => {
  const agent = new Http.Agent({ keepAlive: true })
  const headers = { authorization: "Bearer x" }
  const once = (url: string) =>
    new Promise<unknown>((resolve, reject) => {
      const sent = Http.get(url, { agent, headers }, (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString())))
      })
      sent.on("error", reject)
    })
  return {
    name: "node:http",
    run: async (url, count) => {
      for (let i = 0; i < count; i++) await once(url)
    },
    close: async () => agent.destroy()
  }
}

const undici = (): Contender => ({
  name: "undici",
  run: async (url, count) => {
    for (let i = 0; i < count; i++) {
      const { body } = await request(url, { headers: { authorization: "Bearer x" } })
      await body.json()
    }
  },
  close: async () => {}
})

const CONTENDERS: Readonly<Record<string, () => Contender>> = {
  "node:http": node,
  undici,
  NodeHttp: () => layerContender("NodeHttp", NodeHttp.layer({ proxy: "none" })),
  fetch: () => layerContender("fetch", FetchHttpClient.layer)
}

const [name = "", url = "", count = "", concurrency = ""] = process.argv.slice(2)
const contender = CONTENDERS[name]?.()
if (contender === undefined) throw new Error(`no contender is called ${name}`)
const share = Math.ceil(Number(count) / Number(concurrency))
const all = () => Promise.all(Array.from({ length: Number(concurrency) }, () => contender.run(url, share)))
await all()
const before = process.cpuUsage()
await all()
const { system, user } = process.cpuUsage(before)
process.stdout.write(String((system + user) / (share * Number(concurrency))))
await contender.close()
process.exit()
