/** Servers to run the program against: real sockets on loopback, driven from the test. */
import { Accounts, AzureDirectory, DevServer } from "@mlserver-auth/dev-server"
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
  options: DevServer.SocketOptions = {},
  place: Effect.Effect<Sandbox.Sandbox, never, Scope.Scope> = Sandbox.make
): Effect.Effect<DevServer.Service & Sandbox.Sandbox, never, Scope.Scope> =>
  Effect.gen(function* () {
    const server = yield* Effect.orDie(DevServer.make({ accounts, ...options }))
    const sandbox = yield* place
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

/** A server that leaves sign-ins to an authority, and the options that tell `mls login` so. */
export interface Cloud extends DevServer.Service, Sandbox.Sandbox {
  readonly azure: DevServer.AzureSettings
  /** `login URL --authuri … --tenant … --clientid … --resource …` */
  readonly login: ReadonlyArray<string>
  /** The same for a shell. */
  readonly command: string
}

/** Published with the dev server; planted as the secrets they would be. */
const cloudUsers = AzureDirectory.sampleUsers

/** A server in the cloud. Codes are polled for each second. */
export const makeCloud = (
  azure: DevServer.AzureOptions = {},
  options: DevServer.SocketOptions = {}
): Effect.Effect<Cloud, never, Scope.Scope> =>
  Effect.gen(function* () {
    const server = yield* make({ accounts: undefined, ...options, azure: { pollInterval: "1 second", ...azure } })
    for (const { password } of cloudUsers) server.plant(password)
    const settings = server.azure
    assert(settings !== undefined)
    const { authuri, clientid, resource, tenant } = settings
    const names = ["--authuri", authuri, "--tenant", tenant, "--clientid", clientid, "--resource", resource]
    const login = ["login", server.url, ...names]
    return { ...server, azure: settings, login, command: `mls ${login.join(" ")}` }
  })

/** The same with ada signed in by password. */
export const makeCloudSignedIn = (azure?: DevServer.AzureOptions, options?: DevServer.SocketOptions) =>
  Effect.tap(makeCloud(azure, options), ({ login, mls }) =>
    Effect.map(
      mls([...login, "--user", AzureDirectory.ada.username, "--password-stdin"], {
        stdin: AzureDirectory.ada.password
      }),
      ({ code, stderr }) => assert.strictEqual(code, 0, stderr)
    )
  )
