/** Two programs, one Redis, one user: the token has ended, both call, one renews. */
import { Credential, Session } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { Machine } from "./machine.js"

const { password, username } = Accounts.ada
const signIn = Effect.flatMap(Session.Session, (session) =>
  session.signIn(Credential.usernamePassword({ username, password }))
)

/** A program of its own, as on a machine of its own. */
const machine = (url: string) =>
  Effect.promise(() => {
    const file = new URL("machine.js", import.meta.url).pathname
    return promisify(execFile)(process.execPath, [file, "call"], { env: { ...process.env, MLS_HOST: url } })
  })

const program = Effect.gen(function* () {
  const { control, url } = yield* DevServer.make()
  const here = ConfigProvider.fromMap(new Map([["MLS_HOST", url]])).pipe(ConfigProvider.orElse(ConfigProvider.fromEnv))
  yield* signIn.pipe(Effect.provide(Machine), Effect.provide(Layer.setConfigProvider(here)))
  yield* control.revokeAccessTokens()
  const both = yield* Effect.all([machine(url), machine(url)], { concurrency: 2 })
  const { refreshes, reusedRefreshTokens } = yield* control.counts
  if (refreshes !== 1 || reusedRefreshTokens !== 0) return yield* Effect.die(`${refreshes} renewals`)
  return both.map(({ stdout }) => stdout).join("") + "1 renewal"
})

console.log(await Effect.runPromise(Effect.scoped(program)))
