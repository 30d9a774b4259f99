/** What does a program use that does one thing and ends? Processor time, as a multiple of what Node alone uses. */
import { Accounts } from "@mlserver-auth/dev-server"
import * as Esbuild from "esbuild"
import { spawn } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as DevServer from "./devServerControl.js"
import { ratios, takeTurns } from "./measure.js"
import type { Answer, Row } from "./report.js"
import { bundledMsal, signedIn, targets } from "./startup.js"
import { startServer } from "./transport.js"

/** One GET each, with the answer's JSON; the address is the last argument. */
const PROGRAMS = {
  "node:http, one GET": `
    import { get } from "node:http"
    get(process.argv[2], (answer) => {
      let text = ""
      answer.on("data", (chunk) => (text += chunk)).on("end", () => JSON.parse(text))
    })`,
  "fetch, one GET": "fetch(process.argv[2]).then((answer) => answer.json())",
  "undici, bundled, one GET": `
    import { request } from "undici"
    request(process.argv[2]).then(({ body }) => body.json()).then(() => process.exit())`
}

const REQUIRE = `import{createRequire}from"node:module";const require=createRequire(import.meta.url);`

/** One file with everything that it needs, as a program is published. */
const bundled = async (directory: string, name: string, source: Esbuild.BuildOptions): Promise<string> => {
  const outfile = join(directory, `${name.replace(/\W+/g, "-")}.${source.format === "cjs" ? "cjs" : "mjs"}`)
  const how = { bundle: true, minify: true, platform: "node", target: "node20", logLevel: "warning" } as const
  await Esbuild.build({ ...source, ...how, outfile })
  return outfile
}

/** `--require`d by each, since a loader of ES modules would be work that `node -e 0` does not have. */
const HOOK = `
process.on("exit", () => {
  const { system, user } = process.cpuUsage()
  require("node:fs").writeSync(3, String(system + user))
})`

/** Microseconds of one run. */
const used = (name: string, args: ReadonlyArray<string>, env: NodeJS.ProcessEnv): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      env,
      stdio: ["ignore", "ignore", "inherit", "pipe"]
    })
    let text = ""
    child.stdio[3]?.on("data", (chunk: Buffer) => (text += chunk.toString()))
    child.once("close", (code) => {
      if (code === 0) resolve(Number(text))
      else reject(new Error(`${name} ended with ${String(code)}`))
    })
  })

const contenders = async (directory: string, servers: { readonly plain: string; readonly mls: string }) => {
  const { entry, env } = await signedIn(directory, servers.mls)
  const here = fileURLToPath(new URL(".", import.meta.url))
  const programs: Array<readonly [string, ReadonlyArray<string>]> = [["node -e 0", ["-e", "0"]]]
  for (const [name, contents] of Object.entries(PROGRAMS)) {
    const file = await bundled(directory, name, { stdin: { contents, resolveDir: here }, format: "cjs" })
    programs.push([name, [file, servers.plain]])
  }
  const embedded = await bundled(directory, "embedded", {
    entryPoints: [join(here, "peers/embedded.js")],
    format: "esm",
    banner: { js: REQUIRE }
  })
  const { password, username } = Accounts.ada
  programs.push(["embedded, bundled: sign in, one call", [embedded, servers.mls, username, password]])
  for (const args of [["--version"], ["token"], ["api", "services"], ["api", "services", "--json"]]) {
    programs.push([`mls ${args.join(" ")}`, [entry, ...args]])
  }
  programs.push(["msal-node, bundled: its cached token", [await bundledMsal(directory)]])
  const spent = { micros: 0 }
  const hook = join(directory, "hook.cjs")
  await writeFile(hook, HOOK)
  const list = programs.map(([name, args]) => ({
    name,
    run: async () => {
      spent.micros += await used(name, ["--require", hook, ...args], env)
    }
  }))
  return { list, spent }
}

export const run = async (quick: boolean): Promise<ReadonlyArray<Answer>> => {
  const rounds = quick ? 2 : 21
  const directory = await mkdtemp(join(tmpdir(), "mls-start-"))
  const [plain, mls] = [await startServer(), await DevServer.start()]
  const { list, spent } = await contenders(directory, { plain: plain.url, mls: mls.url })
  const samples = await takeTurns(list, { rounds, calls: 1, gauge: () => spent.micros })
  plain.stop()
  mls.stop()
  await rm(directory, { recursive: true, force: true })
  const rows = samples.flatMap(({ name, perCall }, at): ReadonlyArray<Row> => {
    const row: Row = { what: name, values: perCall.map((micros) => micros / 1000), unit: "ms" }
    return at === 0
      ? [row]
      : [row, { what: "  / node -e 0", values: ratios(samples, name, "node -e 0"), unit: "x", atMost: targets[name] }]
  })
  const question = `A program that does one thing and ends, processor time, ${rounds} times each in turn`
  return [{ question, rows, notes: ["Each program and the servers are processes of their own."] }]
}
