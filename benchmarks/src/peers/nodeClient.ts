/** `node:http` with kept connections and nothing around it. */
import * as Http from "node:http"
import type { Run } from "../oneClient.js"

const agent = new Http.Agent({ keepAlive: true })
const headers = { authorization: "Bearer x" }

const once = (url: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const sent = Http.get(url, { agent, headers }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString())))
    })
    sent.on("error", reject)
  })

export const make = (): Run => async (url, count) => {
  for (let i = 0; i < count; i++) await once(url)
}
