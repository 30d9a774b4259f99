import { AuthHttpClient, Credential, Session } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { NodeAuth } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { vi } from "vitest"
import * as Authority from "./authority.js"
import * as Loopback from "./loopback.js"

const { password, username } = Accounts.ada
const credential = Credential.usernamePassword({ username, password })

const get = (path: string) =>
  Effect.flatMap(AuthHttpClient.AuthHttpClient, (http) =>
    Effect.flatMap(http.get(path), (response) => Effect.as(response.text, response.status))
  )

const environment = (values: Readonly<Record<string, string>>) =>
  Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(values))))

describe("NodeAuth.layer", () => {
  it.scopedLive("signs requests with a credential, and needs nothing more", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const status = yield* Effect.provide(get("/services"), NodeAuth.layer({ server: server.url, credential }))
      assert.strictEqual(status, 200)
    })
  )

  it.scopedLive("three hundred requests on sockets meet a revoked token: one renewal serves them all", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const statuses = yield* Effect.gen(function* () {
        yield* get("/services")
        yield* server.control.revokeAccessTokens()
        return yield* Effect.all(
          Array.from({ length: 300 }, () => get("/services")),
          { concurrency: "unbounded" }
        )
      }).pipe(Effect.provide(NodeAuth.layer({ server: server.url, credential })))
      assert.deepStrictEqual(new Set(statuses), new Set([200]))
      assert.deepInclude(yield* server.control.counts, { logins: 1, refreshes: 1, reusedRefreshTokens: 0 })
    })
  )

  for (const sealing of ["none", "keyFile"] as const) {
    it.scopedLive(
      `with files (sealing: ${sealing}) the next program is still signed in, and after a sign-out it is not`,
      () =>
        Effect.gen(function* () {
          const server = yield* DevServer.make()
          const store = { directory: yield* Authority.directory, sealing }
          const next = NodeAuth.layer({ server: server.url, store, prompt: { interactive: false } })
          const session = Session.Session
          yield* Effect.provide(
            Effect.flatMap(session, ({ signIn }) => signIn(credential)),
            next
          )
          assert.strictEqual(yield* Effect.provide(get("/services"), next), 200)
          assert.strictEqual((yield* server.control.counts).logins, 1)
          yield* Effect.provide(
            Effect.flatMap(session, ({ signOut }) => signOut),
            next
          )
          const error = yield* Effect.flip(Effect.provide(get("/services"), next))
          assert.strictEqual(error._tag, "CredentialRequired")
        })
    )
  }

  it.scopedLive("each word for a store is what it says", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      yield* Effect.addFinalizer(() => Effect.sync(() => vi.unstubAllEnvs()))
      const found: Record<string, string> = {}
      for (const store of ["memory", "file", "encrypted"] as const) {
        const home = yield* Authority.directory
        vi.stubEnv("XDG_STATE_HOME", home)
        const layer = NodeAuth.layer({ server: server.url, credential, store })
        const token = yield* Effect.provide(
          Effect.flatMap(Session.Session, (session) => session.signIn()),
          layer
        )
        const directory = Path.join(home, "mls")
        const names = yield* Effect.promise(() => Fs.readdir(directory).catch((): Array<string> => []))
        const texts = yield* Effect.promise(() =>
          Promise.all(names.map((name) => Fs.readFile(Path.join(directory, name), "utf8")))
        )
        const clear = texts.join().includes(Redacted.value(token.accessToken))
        found[store] = `${names.length} ${clear ? "in clear" : "not in clear"}`
      }
      assert.deepStrictEqual(found, { memory: "0 not in clear", file: "1 in clear", encrypted: "2 not in clear" })
    })
  )

  it.scopedLive("takes the credential from the configuration", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const status = yield* Effect.provide(get("/services"), NodeAuth.layer({ server: server.url })).pipe(
        environment({ MLS_USERNAME: username, MLS_PASSWORD: password })
      )
      assert.strictEqual(status, 200)
    })
  )

  it.scopedLive("where nobody can be asked, a sign-in says so", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const layer = NodeAuth.layer({ server: server.url, prompt: { interactive: false } })
      const error = yield* Effect.flatMap(Session.Session, ({ signIn }) => signIn()).pipe(
        Effect.provide(layer),
        Effect.flip,
        environment({})
      )
      assert.deepInclude(error, { _tag: "CredentialRequired", reason: "NotInteractive" })
    })
  )
})

describe("failures of the network, as the session tells them", () => {
  it.scopedLive("nobody listens: retryable, with the transport's code", () =>
    Effect.gen(function* () {
      const server = `http://127.0.0.1:${yield* Loopback.closedPort}`
      const error = yield* Effect.flip(Effect.provide(get("/services"), NodeAuth.layer({ server, credential })))
      assert.deepInclude(error, { _tag: "ServerUnavailable", code: "ECONNREFUSED" })
    })
  )

  it.scopedLive("the answer of a renewal is lost on the wire: it says that the server may have rotated", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const error = yield* Effect.gen(function* () {
        const session = yield* Session.Session
        const token = yield* session.signIn(credential)
        yield* server.control.dropNext({ on: "refresh" })
        return yield* Effect.flip(session.renew(token))
      }).pipe(Effect.provide(NodeAuth.layer({ server: server.url, prompt: { interactive: false } })))
      assert.strictEqual(error._tag, "RenewalUncertain")
    })
  )

  it.scopedLive("a proxy that takes CONNECT and stays silent has not seen the credential: unavailable", () =>
    Effect.gen(function* () {
      const silent = yield* Loopback.tcp(() => {})
      const http = { proxy: { https: `http://127.0.0.1:${silent.port}` }, connectTimeout: "50 millis" } as const
      const layer = NodeAuth.layer({ server: "https://mls.test:12800", credential, http })
      const error = yield* Effect.flip(Effect.provide(get("/services"), layer))
      assert.deepInclude(error, { _tag: "ServerUnavailable", code: "MLS_CONNECT_TIMEOUT" })
    })
  )

  it.scopedLive("options that cannot be used are named when the layer is built", () =>
    Effect.gen(function* () {
      const server = "https://mls.test"
      const http = { caFile: "/no/such/file.pem" }
      const file = yield* Effect.flip(Effect.provide(get("/"), NodeAuth.layer({ server, credential, http })))
      assert.deepInclude(file, { _tag: "ConfigurationInvalid", setting: "caFile" })
      const layer = NodeAuth.layerConfig({ server: Config.string("MLS_HOST") })
      const missing = yield* Effect.flip(environment({})(Effect.provide(get("/"), layer)))
      assert.deepInclude(missing, { _tag: "ConfigurationInvalid", setting: "configuration" })
    })
  )
})
