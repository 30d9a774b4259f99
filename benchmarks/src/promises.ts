/**
 * What does `@mlserver-auth/client` cost a program without Effect: to import, to carry, and to ask for the header of a valid
 * token? Beside msal-node and openid-client, which do less and more, and beside itself with Effect as a package of its own.
 */
import { Accounts } from "@mlserver-auth/dev-server"
import { connect } from "@mlserver-auth/client"
import * as Esbuild from "esbuild"
import { spawn } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import * as DevServer from "./devServerControl.js"
import { type Contender, ratios, takeTurns } from "./measure.js"
import type { Answer, Row } from "./report.js"

/** What is imported, by what it is called here. */
const IMPORTED = {
  "@mlserver-auth/client, bundled as published": import.meta.resolve("@mlserver-auth/client"),
  "the same with effect as a package": new URL("../../packages/client/dist/unbundled/index.js", import.meta.url).href,
  "@azure/msal-node": import.meta.resolve("@azure/msal-node"),
  "openid-client": import.meta.resolve("openid-client")
}

const BARE = "node, nothing imported"

const program = (name: string, file: string): Contender => ({
  name,
  run: () =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] })
      let text = ""
      child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()))
      child.once("close", (code) => {
        spent.micros += Number(text)
        if (code === 0) resolve()
        else reject(new Error(`${name} ended with ${String(code)}`))
      })
    })
})

const spent = { micros: 0 }

/** A loader of ES modules in all of them, so that what is imported is the difference. */
const TELL = `const { system, user } = process.cpuUsage(); process.stdout.write(String(system + user)); process.exit()`

const coldImports = async (rounds: number): Promise<Answer> => {
  const directory = await mkdtemp(join(tmpdir(), "mls-import-"))
  const programs: Array<Contender> = []
  for (const [name, address] of [[BARE, ""], ...Object.entries(IMPORTED)] as const) {
    const file = join(directory, `${name.replace(/\W+/g, "-")}.mjs`)
    await writeFile(file, `${address === "" ? "" : `await import(${JSON.stringify(address)})\n`}${TELL}`)
    programs.push(program(name, file))
  }
  const samples = await takeTurns(programs, { rounds, calls: 1, gauge: () => spent.micros })
  await rm(directory, { recursive: true, force: true })
  const rows = samples.flatMap(({ name, perCall }, at): ReadonlyArray<Row> => {
    const row: Row = { what: name, values: perCall.map((micros) => micros / 1000), unit: "ms" }
    return at === 0 ? [row] : [row, { what: "  / nothing imported", values: ratios(samples, name, BARE), unit: "x" }]
  })
  return { question: `A cold import, processor time of the process, ${rounds} times each in turn`, rows }
}

/** All that an import may load, in one minified file. */
const sizes = async (): Promise<Answer> => {
  const rows: Array<Row> = []
  for (const [name, address] of Object.entries(IMPORTED)) {
    const { outputFiles } = await Esbuild.build({
      stdin: { contents: `export * from ${JSON.stringify(fileURLToPath(address))}`, resolveDir: process.cwd() },
      bundle: true,
      minify: true,
      write: false,
      platform: "node",
      format: "esm",
      external: ["@napi-rs/keyring"],
      legalComments: "none",
      logLevel: "error"
    })
    const code = outputFiles[0]?.contents ?? new Uint8Array()
    rows.push({ what: name, values: [code.byteLength], unit: "bytes" })
    rows.push({ what: "  after gzip", values: [gzipSync(code, { level: 9 }).length], unit: "bytes" })
  }
  return { question: "All that an import may load, bundled and minified", rows }
}

let sink: unknown

const awaited = (name: string, call: () => Promise<unknown>): Contender => ({
  name,
  run: async (calls) => {
    for (let done = 0; done < calls; done++) sink = await call()
  }
})

const headers = async (rounds: number, calls: number): Promise<Answer> => {
  const server = await DevServer.start()
  const { password, username } = Accounts.ada
  const client = await connect({ server: server.url, credential: { username, password } })
  const constant = await client.authorization()
  const { signal } = new AbortController()
  const contenders = [
    awaited("await of a constant", () => Promise.resolve(constant)),
    awaited("await authorization()", () => client.authorization()),
    awaited("await authorization({ signal })", () => client.authorization({ signal }))
  ]
  const samples = await takeTurns(contenders, { rounds, calls })
  await client.close()
  server.stop()
  if (typeof sink !== "string") throw new Error("nothing was measured")
  const rows = samples.flatMap(({ name, perCall }, at): ReadonlyArray<Row> => {
    const row: Row = { what: name, values: perCall, unit: "ns" }
    const ratio = ratios(samples, name, "await of a constant")
    return at === 0 ? [row] : [row, { what: "  / await of a constant", values: ratio, unit: "x", atMost: 4 }]
  })
  const [ours] = samples.slice(1).map(({ perCall }) => perCall.map((nanos) => (nanos * 10_000) / 1e6))
  rows.push({ what: "10,000 calls of authorization()", values: ours ?? [], unit: "ms" })
  return { question: "The header of a valid token, as a promise", rows }
}

export const run = async (quick: boolean): Promise<ReadonlyArray<Answer>> => [
  await coldImports(quick ? 2 : 21),
  await sizes(),
  await headers(quick ? 3 : 41, quick ? 1000 : 10_000)
]
