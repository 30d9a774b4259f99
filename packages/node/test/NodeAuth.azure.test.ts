import { AuthHttpClient, Credential, type DeviceAuthorization, DeviceSignIn, Session } from "@mlserver-auth/core"
import { AzureDirectory, DevServer } from "@mlserver-auth/dev-server"
import { NodeAuth } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Authority from "./authority.js"
import { bundled } from "./bundled.js"
import * as Terminal from "./pseudoTerminal.js"
import { seen } from "./screen.js"

const { password, username } = AzureDirectory.ada
const credential = Credential.usernamePassword({ username, password })

const get = (path: string) =>
  Effect.flatMap(AuthHttpClient.AuthHttpClient, (http) =>
    Effect.flatMap(http.get(path), (response) => Effect.as(response.text, response.status))
  )
const withSession = <A, E>(f: (session: Session.Service) => Effect.Effect<A, E>) => Effect.flatMap(Session.Session, f)

/** A server that leaves sign-ins to an authority, and how to reach both. */
const cloud = (azure: DevServer.AzureOptions = { pollInterval: "1 second" }) =>
  Effect.gen(function* () {
    const server = yield* DevServer.make({ azure })
    const entra = yield* Effect.fromNullable(server.azure)
    return { ...server, options: { server: server.url, entra, prompt: { interactive: false } } }
  })

/** A person who approves what waits as soon as a device has polled. */
const approving = ({ control }: DevServer.Service, name = username) =>
  Effect.gen(function* () {
    yield* control.awaitArrival("devicePoll")
    for (const code of yield* control.azure.waiting) yield* control.azure.approve(code, name)
  })

for (const wire of ["v1", "v2"] as const) {
  describe(`a server that leaves sign-ins to Azure, ${wire}`, () => {
    it.scopedLive("a device code that a person approves signs requests in", () =>
      Effect.gen(function* () {
        const server = yield* cloud()
        const { options } = server
        yield* Effect.gen(function* () {
          yield* Effect.fork(approving(server))
          const events = yield* withSession((session) => Stream.runCollect(DeviceSignIn.events(session)))
          const tags = Array.from(events, (event: DeviceAuthorization.Event) => event._tag)
          assert.strictEqual(tags[0], "Issued")
          assert.strictEqual(tags.at(-1), "Approved")
          assert.strictEqual(yield* get("/services"), 200)
        }).pipe(Effect.provide(NodeAuth.layer({ ...options, entra: { ...options.entra, wire } })))
        const { azure } = yield* server.control.counts
        assert.deepInclude(azure, { deviceCodes: 1, deviceCodesRedeemed: 1, pollsTooEarly: 0, refreshes: 0 })
      })
    )

    it.scopedLive(
      "a password signs in; three hundred requests meet its token's end and one refresh serves them all",
      () =>
        Effect.gen(function* () {
          const { control, options } = yield* cloud()
          const statuses = yield* Effect.gen(function* () {
            yield* get("/services")
            yield* control.expireAccessTokens
            return yield* Effect.all(
              Array.from({ length: 300 }, () => get("/services")),
              { concurrency: "unbounded" }
            )
          }).pipe(Effect.provide(NodeAuth.layer({ ...options, entra: { ...options.entra, wire }, credential })))
          assert.deepStrictEqual(new Set(statuses), new Set([200]))
          const { azure, logins } = yield* control.counts
          assert.strictEqual(logins, 0)
          assert.deepInclude(azure, { passwordGrants: 1, refreshes: 1 })
        })
    )
  })
}

describe("a session from Azure", () => {
  it.scopedLive("claims that the server demands are asked for once, by a refresh", () =>
    Effect.gen(function* () {
      const { control, options } = yield* cloud()
      const statuses = yield* Effect.gen(function* () {
        yield* get("/services")
        yield* control.azure.requireClaims()
        return [yield* get("/services"), yield* get("/services")]
      }).pipe(Effect.provide(NodeAuth.layer({ ...options, credential })))
      assert.deepStrictEqual(statuses, [200, 200])
      assert.deepInclude((yield* control.counts).azure, { refreshes: 1, refreshesWithClaims: 1 })
    })
  )

  it.scopedLive("where claims take a person: the error carries them, and a device code with them goes on", () =>
    Effect.gen(function* () {
      const server = yield* cloud()
      const { control, options } = server
      yield* Effect.gen(function* () {
        yield* get("/services")
        const claims = yield* control.azure.requireClaims(username, { interaction: true })
        const error = yield* Effect.flip(get("/services"))
        assert.deepInclude(error, { _tag: "InteractionRequired", claims })
        yield* Effect.fork(approving(server))
        yield* withSession((session) => Stream.runDrain(DeviceSignIn.events(session, { claims })))
        assert.strictEqual(yield* get("/services"), 200)
      }).pipe(Effect.provide(NodeAuth.layer({ ...options, credential })))
    })
  )

  it.scopedLive("rests in the file store: the next program is signed in, and after a sign-out it is not", () =>
    Effect.gen(function* () {
      const { control, options } = yield* cloud()
      const next = NodeAuth.layer({ ...options, store: { directory: yield* Authority.directory } })
      yield* Effect.provide(
        withSession((session) => session.signIn(credential)),
        next
      )
      yield* control.expireAccessTokens
      assert.strictEqual(yield* Effect.provide(get("/services"), next), 200)
      assert.deepInclude((yield* control.counts).azure, { passwordGrants: 1, refreshes: 1 })
      const signedOut = yield* Effect.provide(
        withSession((session) => session.signOut),
        next
      )
      assert.deepInclude(signedOut, { wasSignedIn: true, revocation: "NotSupported" })
      const error = yield* Effect.flip(Effect.provide(get("/services"), next))
      assert.strictEqual(error._tag, "CredentialRequired")
    })
  )

  it.scopedLive("a refused password says why, and is sent once", () =>
    Effect.gen(function* () {
      const { control, options } = yield* cloud()
      const { password, username } = AzureDirectory.withMfa
      const mary = Credential.usernamePassword({ username, password })
      const layer = NodeAuth.layer({ ...options, credential: mary })
      const errors = yield* Effect.provide(
        Effect.all([Effect.flip(get("/services")), Effect.flip(get("/services"))]),
        layer
      )
      assert.deepInclude(errors[0], { _tag: "CredentialRejected", reason: "MultiFactorRequired" })
      const { azure } = yield* control.counts
      assert.deepInclude(azure, { passwordGrants: 0, passwordGrantsRefused: 1, refusedPasswordsRepeated: 0 })
    })
  )
})

describe("where the settings come from", () => {
  it.scopedLive("all of them from the configuration, the password too", () =>
    Effect.gen(function* () {
      const { options, url } = yield* cloud()
      const { authuri, clientid, resource, tenant } = options.entra
      const layer = NodeAuth.layerConfig({
        server: Config.string("MLS_HOST"),
        entra: {
          authuri: Config.string("MLS_AUTHURI"),
          tenant: Config.string("MLS_TENANT"),
          clientid: Config.string("MLS_CLIENT_ID"),
          resource: Config.string("MLS_RESOURCE")
        }
      })
      const settings = { MLS_HOST: url, MLS_AUTHURI: authuri, MLS_TENANT: tenant, MLS_CLIENT_ID: clientid }
      const all = { ...settings, MLS_RESOURCE: resource, MLS_USERNAME: username, MLS_PASSWORD: password }
      const provided = (values: Readonly<Record<string, string>>) =>
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(values))))
      assert.strictEqual(yield* provided(all)(Effect.provide(get("/services"), layer)), 200)
      const error = yield* Effect.flip(provided(settings)(Effect.provide(get("/services"), layer)))
      assert.strictEqual(error._tag, "ConfigurationInvalid")
      assert.include(error.message, "MLS_RESOURCE")
    })
  )

  it.scopedLive("where nobody can be asked, a sign-in says so before a code is asked for", () =>
    Effect.gen(function* () {
      const { control, options } = yield* cloud()
      const error = yield* withSession((session) => session.signIn()).pipe(
        Effect.provide(NodeAuth.layer(options)),
        Effect.flip,
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map()))
      )
      assert.deepInclude(error, { _tag: "CredentialRequired", reason: "NotInteractive" })
      assert.strictEqual((yield* control.counts).azure.deviceCodes, 0)
    })
  )
})

describe.skipIf(!Terminal.available)("a person at a terminal (pseudo-terminals need python3)", () => {
  it.scopedLive("sees a code, asks for a new one, approves that on another device, and is in", () =>
    Effect.gen(function* () {
      const module = yield* bundled("../test/signInProgram")
      const server = yield* cloud()
      const { control, options } = server
      const { entra, server: url } = options
      const command = [process.execPath, module, JSON.stringify({ server: url, entra })]
      const played = yield* Effect.fork(Terminal.play([["cancel)", "n"]], command))
      yield* control.awaitArrival("deviceCode", 2)
      const [first = "", second = ""] = yield* Effect.repeat(control.azure.waiting, {
        until: (codes) => codes.length === 2,
        schedule: Schedule.spaced("10 millis")
      }).pipe(Effect.zipRight(control.azure.waiting))
      yield* control.azure.approve(second, username)
      const { screen, stdout } = yield* Fiber.join(played)
      const text = seen(screen.replaceAll("\r\n", "\n")).join("\n")
      const [before = "", after = ""] = text.split("\n  A new code; forget the one before.\n")
      for (const [shown, code] of [
        [before, first],
        [after, second]
      ] as const) {
        assert.include(shown, `${url}/`)
        assert.include(shown, code)
        assert.match(shown, /Authorises +client 8b2c…e55 for resource c5d7…a90 in tenant 3f0c…d11\n/)
      }
      assert.match(text, /\n {2}Approved[^\n]*$/)
      assert.deepInclude(JSON.parse(stdout), { _tag: "Right", right: 200 })
    })
  )
})
