// Runs every example as a program of its own, against a dev server; ends with an error if one of them does.
import { spawn } from "node:child_process"
import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"

const built = fileURLToPath(new URL("../examples/dist/", import.meta.url))
const parts = new Set(["demo.js", "stage.js"])
const examples = readdirSync(built).filter((file) => file.endsWith(".js") && !parts.has(file))

const scope = await Effect.runPromise(Scope.make())
const server = await Effect.runPromise(Scope.extend(DevServer.make(), scope))
const { password, username } = Accounts.ada
const env = { ...process.env, MLS_HOST: server.url, MLS_USERNAME: username, MLS_PASSWORD: password }

/** The server lives in this process, so the examples must not block it. */
const run = async (file) => {
  const child = spawn(process.execPath, [built + file], { env, stdio: ["ignore", "inherit", "inherit"] })
  return new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal)))
}

let failed = 0
for (const file of examples) {
  console.log(`\n${file.replace(/js$/, "ts")}`)
  const code = await run(file)
  if (code !== 0) {
    failed++
    console.log(`  ended with ${code}`)
  }
}
await Effect.runPromise(Scope.close(scope, Exit.void))
console.log(`\n${examples.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
