/** Servers to run the program against: real sockets on loopback, driven from the test. */
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { assert } from "vitest"
import * as Sandbox from "./Sandbox.js"

/** Passwords as directories have them, which shells and terminals mangle. */
export const passwords = {
  grace: String.raw`$HOME!!'"$(id)` + "`" + String.raw`\\x & Ünï–çødé 🔑 end`,
  rob: "-leading dash, trailing space "
} as const

const accounts = Accounts.directory({
  users: [
    { username: "grace", password: passwords.grace, groups: ["writers"] },
    { username: "CONTOSO\\rob", password: passwords.rob, groups: ["readers"] }
  ],
  roles: { Contributor: ["writers"], Reader: ["readers"] }
})

/** A server, and a place to run the program in that watches for the passwords of its users. */
export const make = (
  options: DevServer.SocketOptions = {}
): Effect.Effect<DevServer.Service & Sandbox.Sandbox, never, Scope.Scope> =>
  Effect.gen(function* () {
    const server = yield* Effect.orDie(DevServer.make({ accounts, ...options }))
    const sandbox = yield* Sandbox.make
    for (const password of Object.values(passwords)) sandbox.plant(password)
    return { ...sandbox, ...server }
  })

/** The same with grace signed in. */
export const makeSignedIn = (options: DevServer.SocketOptions = {}) =>
  Effect.tap(make(options), ({ mls, url }) =>
    Effect.map(
      mls(["login", url, "--user", "grace", "--password-stdin"], { stdin: passwords.grace }),
      ({ code, stderr }) => assert.strictEqual(code, 0, stderr)
    )
  )
