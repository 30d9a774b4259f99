/** How long does a person, or a script with a loop, wait for one `mls`? Beside Node alone, and a program on msal-node. */
import { Accounts } from "@mlserver-auth/dev-server"
import * as Esbuild from "esbuild"
import { spawn, spawnSync } from "node:child_process"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as DevServer from "./devServerControl.js"
import { type Contender, median, ratios, takeTurns } from "./measure.js"
import type { Answer, Row } from "./report.js"

interface Bundler {
  readonly bundle: (directory: string) => Promise<{ readonly entry: string }>
}

const msal = fileURLToPath(new URL("./peers/msalToken.js", import.meta.url))

/** As the published `mls` is: one program without packages beside it. */
export const bundledMsal = async (directory: string): Promise<string> => {
  const outfile = join(directory, "msal.mjs")
  const require = `import{createRequire}from"node:module";const require=createRequire(import.meta.url);`
  await Esbuild.build({
    entryPoints: [msal],
    outfile,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node20",
    banner: { js: require },
    logLevel: "warning"
  })
  return outfile
}

/** In the place of the package for keyrings, which would ask a desktop: its entries are files, and it loads at once. */
const KEYRING = `
const { readFileSync, writeFileSync } = require("node:fs")
exports.Entry = class {
  constructor(service, account) { this.path = __dirname + "/" + Buffer.from(account).toString("hex") }
  getPassword() { return readFileSync(this.path, "utf8") }
  setPassword(secret) { writeFileSync(this.path, secret) }
}`

/** The same with its key in a keyring. */
const withKeyring = async (directory: string, url: string) => {
  const ring = join(directory, "mls", "node_modules", "@napi-rs", "keyring")
  await mkdir(ring, { recursive: true })
  await writeFile(join(ring, "index.js"), KEYRING)
  return await signedIn(directory, url, "keyring")
}

/** The program in a home of its own, signed in. */
export const signedIn = async (directory: string, url: string, store = "encrypted") => {
  const { bundle } = (await import(new URL("../../packages/cli/bundle.mjs", import.meta.url).href)) as Bundler
  const { entry } = await bundle(join(directory, "mls"))
  const { NODE_OPTIONS: _, NODE_COMPILE_CACHE: __, NODE_EXTRA_CA_CERTS: ___, ...inherited } = process.env
  const env = { ...inherited, MLS_CONFIG_DIR: join(directory, "config") }
  const login = ["login", url, "--user", Accounts.ada.username, "--password-stdin", "--store", store]
  const { status, stderr } = spawnSync(process.execPath, [entry, ...login], {
    env,
    input: Accounts.ada.password,
    encoding: "utf8"
  })
  if (status !== 0) throw new Error(`mls login ended with ${status}: ${stderr}`)
  return { entry, env }
}

const program = (name: string, args: ReadonlyArray<string>, env: NodeJS.ProcessEnv): Contender => ({
  name,
  run: async (calls) => {
    for (let call = 0; call < calls; call++) {
      const child = spawn(process.execPath, args, { env, stdio: "ignore" })
      const code = await new Promise((resolve) => child.once("close", resolve))
      if (code !== 0) throw new Error(`${name} ended with ${String(code)}`)
    }
  }
})

const KEYED = "mls token, its key in a keyring"

/** At most so many times what `node -e 0` takes. */
export const targets: Readonly<Record<string, number>> = {
  "mls --version": 1.15,
  "mls token": 1.3,
  [KEYED]: 2.8,
  "mls api services": process.version.startsWith("v20.") ? 4.5 : 3.5
}

export const run = async (quick: boolean): Promise<ReadonlyArray<Answer>> => {
  const rounds = quick ? 2 : 31
  const directory = await mkdtemp(join(tmpdir(), "mls-startup-"))
  const server = await DevServer.start()
  const { entry, env } = await signedIn(directory, server.url)
  const keyed = await withKeyring(join(directory, "keyed"), server.url)
  const mls = (...args: ReadonlyArray<string>) => program(["mls", ...args].join(" "), [entry, ...args], env)
  const samples = await takeTurns(
    [
      program("node -e 0", ["-e", "0"], env),
      mls("--version"),
      mls("--help"),
      mls("status"),
      mls("token"),
      program(KEYED, [keyed.entry, "token"], keyed.env),
      mls("api", "services"),
      mls("api", "services", "--json"),
      program("msal-node, bundled: its cached token", [await bundledMsal(directory)], env),
      program("msal-node, from node_modules: the same", [msal], env)
    ],
    { rounds, calls: 1 }
  )
  server.stop()
  await rm(directory, { recursive: true, force: true })
  const times = samples.map(({ name, perCall }): Row => ({
    what: name,
    values: perCall.map((ns) => ns / 1e6),
    unit: "ms"
  }))
  const over = samples.slice(1).map(({ name }): Row => ({
    what: `${name} / node -e 0`,
    values: [median(ratios(samples, name, "node -e 0"))],
    unit: "x",
    atMost: targets[name]
  }))
  return [
    {
      question: `One process from its start to its end, wall time, ${rounds} times each in turn, the server in another process`,
      rows: [...times, ...over],
      notes: [
        "Nothing compiled is kept from one start to the next: NODE_COMPILE_CACHE is not set, nor is NODE_EXTRA_CA_CERTS.",
        "In the place of the package for keyrings is one that reads a file."
      ]
    }
  ]
}
