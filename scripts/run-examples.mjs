// Runs every example as a program of its own, against a dev server; ends with an error if one of them does. With names, only those.
// MLS_TEST_RUNTIME is another runtime than this Node, with what it wants before the name of a program: "/path/of/deno run -A".
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readdirSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { fileURLToPath } from "node:url"
import { Accounts, AzureDirectory, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"

const [runtime = process.execPath, ...before] = (process.env.MLS_TEST_RUNTIME ?? process.execPath).split(" ")
const built = fileURLToPath(new URL("../examples/dist/", import.meta.url))
const parts = (file) => file.startsWith("demo") || file === "stage.js" || file === "machine.js"
const asked = process.argv.slice(2).map((name) => `${name}.js`)
const isAsked = (file) => asked.length === 0 || asked.includes(file)
const examples = readdirSync(built).filter((file) => file.endsWith(".js") && !parts(file) && isAsked(file))
/** Those that want a server that leaves sign-ins to Azure. */
const inTheCloud = new Set(["cloud.js", "device-code.js", "verify.js"])

/** That one wants a Redis, which is started where it is installed. */
const wantsRedis = "several-machines.js"

const scope = await Effect.runPromise(Scope.make())
const server = await Effect.runPromise(Scope.extend(DevServer.make(), scope))
const cloud = await Effect.runPromise(Scope.extend(DevServer.make({ azure: { pollInterval: "1 second" } }), scope))
const signedInBy = ({ password, username }) => ({ MLS_USERNAME: username, MLS_PASSWORD: password })
const onPremises = { ...process.env, MLS_HOST: server.url, ...signedInBy(Accounts.ada) }
const azure = {
  ...process.env,
  MLS_HOST: cloud.url,
  MLS_AUTHURI: cloud.azure.authuri,
  MLS_TENANT: cloud.azure.tenant,
  MLS_CLIENT_ID: cloud.azure.clientid,
  MLS_RESOURCE: cloud.azure.resource,
  ...signedInBy(AzureDirectory.ada)
}

/** The person who enters whatever code is shown. */
const person = Effect.gen(function* () {
  yield* cloud.control.awaitArrival("devicePoll")
  for (const code of yield* cloud.control.azure.waiting) yield* cloud.control.azure.approve(code)
})
Effect.runFork(Effect.ignore(person))

const freePort = async () => {
  const listening = createServer().listen(0, "127.0.0.1")
  await once(listening, "listening")
  const { port } = listening.address()
  listening.close()
  await once(listening, "close")
  return port
}

/** Nothing of it is kept. `undefined` where there is no redis-server. */
const startRedis = async () => {
  const port = await freePort()
  const settings = ["--port", port, "--bind", "127.0.0.1", "--save", ""]
  const child = spawn("redis-server", settings, { cwd: tmpdir(), stdio: ["ignore", "pipe", "ignore"] })
  const ready = await new Promise((resolve) => {
    child.once("error", () => resolve(false))
    child.once("exit", () => resolve(false))
    child.stdout.on("data", (chunk) => /Ready to accept/.test(chunk) && resolve(true))
  })
  return ready ? { url: `redis://127.0.0.1:${port}`, end: () => child.kill() } : undefined
}

/** The server lives in this process, so the examples must not block it. */
const run = async (file, env = {}) => {
  const child = spawn(runtime, [...before, built + file], {
    env: { ...(inTheCloud.has(file) ? azure : onPremises), ...env },
    stdio: ["ignore", "inherit", "inherit"]
  })
  return new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal)))
}

let failed = 0
for (const file of examples) {
  console.log(`\n${file.replace(/js$/, "ts")}`)
  const redis = file === wantsRedis ? await startRedis() : undefined
  if (file === wantsRedis && redis === undefined) {
    console.log("  SKIPPED: no redis-server here")
    continue
  }
  const code = await run(file, redis && { REDIS_URL: redis.url })
  redis?.end()
  if (code !== 0) {
    failed++
    console.log(`  ended with ${code}`)
  }
}
await Effect.runPromise(Scope.close(scope, Exit.void))
console.log(`\n${examples.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
