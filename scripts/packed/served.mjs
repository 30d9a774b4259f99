/** Runs a program on the address of a dev server, with a user's name and password: `node served.mjs PROGRAM`. */
import { spawn } from "node:child_process"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"

const { password, username } = Accounts.ada

const program = Effect.gen(function* () {
  const { url } = yield* DevServer.make()
  return yield* Effect.async((resume) => {
    const child = spawn(process.execPath, [process.argv[2], url, username, password], { stdio: "inherit" })
    child.once("close", (code, signal) => resume(Effect.succeed(signal === null ? code : 1)))
  })
})

process.exitCode = await Effect.runPromise(Effect.scoped(program))
