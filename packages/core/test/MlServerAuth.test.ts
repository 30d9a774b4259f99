import { describe, expect, it } from "@effect/vitest"
import {
  AuthHttpClient,
  Credential,
  CredentialSource,
  MlServerAuth,
  MlServerIssuer,
  ServerEndpoint,
  Session,
  TokenStore
} from "@mlserver-auth/core"
import { DevServer } from "@mlserver-auth/dev-server"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ada, clientOf, olga, world } from "./support/world.js"

const asAda = Credential.usernamePassword(ada)
const asOlga = Credential.usernamePassword(olga)

class Blue extends Context.Tag("Blue")<Blue, MlServerAuth.Service>() {}
class Green extends Context.Tag("Green")<Green, MlServerAuth.Service>() {}

describe("two instances", () => {
  it.scoped("for two users of one server and one store do not mix", () =>
    Effect.gen(function* () {
      const one = yield* world({ credential: asAda })
      const two = yield* clientOf(one.dev, { store: one.store, credential: asOlga })
      const both = Effect.all([one.client.get("/services"), two.client.get("/services")], { concurrency: 2 })
      yield* both
      yield* one.control.expireAccessTokens
      yield* both
      expect((yield* one.session.token).principal).toBe("ada")
      expect((yield* two.session.token).principal).toBe("olga")
      expect(one.session.key.id).not.toBe(two.session.key.id)
      expect(yield* one.control.counts).toMatchObject({ logins: 2, refreshes: 2, reusedRefreshTokens: 0 })
    })
  )

  it.scoped("where one person's place in the store holds somebody else's token: it is not used", () =>
    Effect.gen(function* () {
      const one = yield* world()
      yield* one.session.signIn(asAda)
      const two = yield* clientOf(one.dev, { store: one.store, credential: asOlga, auth: { principal: "" } })
      expect((yield* two.session.token).principal).toBe("olga")
    })
  )

  it.scoped("for two servers live in one application, each under its own tag", () =>
    Effect.gen(function* () {
      const blue = yield* DevServer.makeInProcess({ tokenFormat: "opaque", url: "https://blue.example" })
      const green = yield* DevServer.makeInProcess({ tokenFormat: "opaque", url: "https://green.example" })
      const both = HttpClient.makeWith<never, never, never, never>(
        (effect) =>
          Effect.flatMap(effect, (request) =>
            Effect.orDie((request.url.startsWith(blue.url) ? blue : green).client.execute(request))
          ),
        Effect.succeed
      )
      const app = Effect.gen(function* () {
        const answers = yield* Effect.all([
          (yield* Blue).client.get("/services"),
          (yield* Green).client.get("/services")
        ])
        return answers.map((answer) => answer.status)
      })
      const layer = Layer.mergeAll(
        Layer.scoped(Blue, MlServerAuth.make({ server: blue.url })),
        Layer.scoped(Green, MlServerAuth.make({ server: green.url }))
      ).pipe(
        Layer.provide([
          Layer.succeed(HttpClient.HttpClient, both),
          TokenStore.layerMemory,
          CredentialSource.layer(asAda)
        ])
      )
      expect(yield* Effect.provide(app, layer)).toEqual([200, 200])
      expect((yield* blue.control.counts).logins).toBe(1)
      expect((yield* green.control.counts).logins).toBe(1)
    })
  )
})

describe("the layers", () => {
  it.scoped("each part on its own: issuer, session and signed client, put together by hand", () =>
    Effect.gen(function* () {
      const dev = yield* DevServer.makeInProcess({ tokenFormat: "opaque" })
      const endpoint = yield* ServerEndpoint.make(dev.url)
      const Parts = AuthHttpClient.layer(endpoint).pipe(
        Layer.provideMerge(Session.layer({ principal: "ada" })),
        Layer.provide([MlServerIssuer.layer({ endpoint }), TokenStore.layerMemory, CredentialSource.layer(asAda)]),
        Layer.provide(Layer.succeed(HttpClient.HttpClient, dev.client))
      )
      yield* Effect.gen(function* () {
        const http = yield* AuthHttpClient.AuthHttpClient
        expect((yield* http.get("/services")).status).toBe(200)
        expect(yield* (yield* Session.Session).peek).toMatchObject({ principal: "ada" })
      }).pipe(Effect.provide(Parts))
    })
  )

  const run = <E>(layer: Layer.Layer<AuthHttpClient.AuthHttpClient | Session.Session, E, MlServerAuth.Requirements>) =>
    Effect.flatMap(AuthHttpClient.AuthHttpClient, (client) => client.get("/services")).pipe(
      Effect.provide(layer),
      Effect.provide(TokenStore.layerMemory),
      Effect.provide(CredentialSource.layerConfig())
    )
  const configured = (settings: ReadonlyArray<readonly [string, string]>) =>
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(settings)))

  it.scoped("everything from the configuration", () =>
    Effect.gen(function* () {
      const dev = yield* DevServer.makeInProcess({ tokenFormat: "opaque" })
      const answer = yield* run(MlServerAuth.layerConfig({ server: Config.string("MLS_HOST") })).pipe(
        Effect.provideService(HttpClient.HttpClient, dev.client),
        configured([
          ["MLS_HOST", dev.url],
          ["MLS_USERNAME", ada.username],
          ["MLS_PASSWORD", ada.password]
        ])
      )
      expect(answer.status).toBe(200)
    })
  )

  it.scoped("settings that are missing or unreadable are named all at once, without their values", () =>
    Effect.gen(function* () {
      const settings = { server: Config.string("MLS_HOST"), mustRenewWithin: Config.duration("MLS_RENEW_WITHIN") }
      const error = yield* Effect.flip(run(MlServerAuth.layerConfig(settings)))
      expect(error).toMatchObject({
        _tag: "ConfigurationInvalid",
        problem: "MLS_HOST (missing), MLS_RENEW_WITHIN (unreadable)"
      })
      expect(error.message).not.toContain("soon")
    }).pipe(
      Effect.provideService(
        HttpClient.HttpClient,
        HttpClient.make((request) => Effect.succeed(HttpClientResponse.fromWeb(request, new Response())))
      ),
      configured([["MLS_RENEW_WITHIN", "soon"]])
    )
  )

  it.scoped.each([
    { server: "nonsense", setting: "server" },
    { server: "http://mls.example:12800", setting: "server" },
    { server: "https://ada:pw@mls.example", setting: "server" },
    { server: "https://mls.example", loginPath: "login?x", setting: "loginPath" },
    { server: "https://mls.example", loginPath: "/login/../../x", setting: "loginPath" },
    { server: "https://mls.example", loginPath: "/login/%2E%2e/x", setting: "loginPath" }
  ])("wrong settings are typed errors before anything is sent: $server $loginPath", ({ server, loginPath, setting }) =>
    Effect.gen(function* () {
      const { control } = yield* world()
      const error = yield* Effect.flip(world({ auth: { server, loginPath } }))
      expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting })
      expect((yield* control.counts).requests).toBe(0)
    })
  )
})
