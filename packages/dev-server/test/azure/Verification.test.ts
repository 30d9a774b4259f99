import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Jose from "jose"
import * as AzureDirectory from "../../src/AzureDirectory.js"
import * as DevServer from "../../src/DevServer.js"
import { parsed } from "../Adapters.js"
import { azureAdapters, type AzurePeer, signedAdapters, type Tokens } from "./AzurePeer.js"

const { ada, clientid, resource, tenant, withMfa } = AzureDirectory

interface Metadata {
  readonly issuer: string
  readonly jwks_uri: string
  readonly token_endpoint: string
}

const metadata = (server: AzurePeer, version: "" | "v2.0/") =>
  Effect.map(server.ask("GET", `/${tenant}/${version}.well-known/openid-configuration`), parsed<Metadata>)

const keys = (server: AzurePeer, { jwks_uri }: Metadata) =>
  Effect.map(server.ask("GET", new URL(jwks_uri).pathname), (seen) =>
    Jose.createLocalJWKSet(parsed<Jose.JSONWebKeySet>(seen))
  )

const verified = (token: string, keys: Jose.JWTVerifyGetKey, options: Jose.JWTVerifyOptions) =>
  Effect.tryPromise(() => Jose.jwtVerify(token, keys, { ...options, algorithms: ["RS256"] }))

describe.each(signedAdapters)("a receiver ($name)", ({ make }) => {
  it.scopedLive("verifies access tokens of either endpoint by the published keys, issuer and audience", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const document = yield* metadata(server, "")
      const jwks = yield* keys(server, document)
      expect(document.issuer).toBe(`${server.url}/${tenant}/`)
      expect(document.token_endpoint).toBe(`${server.url}/${tenant}/oauth2/token`)
      for (const wire of ["v1", "v2"] as const) {
        const { access_token } = parsed<Tokens>(yield* server.byPassword(wire, ada))
        const { payload } = yield* verified(access_token, jwks, { issuer: document.issuer, audience: resource })
        expect(payload).toMatchObject({ ver: "1.0", tid: tenant, appid: clientid, upn: ada.username, amr: ["pwd"] })
        expect([(payload.exp ?? 0) - (payload.iat ?? 0), (payload.iat ?? 0) - (payload.nbf ?? 0)]).toEqual([3600, 300])
      }
    })
  )

  it.scopedLive("verifies id tokens, which are for the client and open nothing", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const document = yield* metadata(server, "v2.0/")
      const { id_token = "" } = parsed<Tokens>(yield* server.byPassword("v2", ada))
      const options = { issuer: document.issuer, audience: clientid }
      const { payload } = yield* verified(id_token, yield* keys(server, document), options)
      expect(payload).toMatchObject({ ver: "2.0", preferred_username: ada.username, upn: ada.username })
      expect(document.issuer).toBe(`${server.url}/${tenant}/v2.0`)
      expect(yield* server.call(id_token)).toBe(401)
    })
  )

  it.scopedLive("sees a second factor, and versions that the application chose", () =>
    Effect.gen(function* () {
      const server = yield* make({ accessTokenVersion: "2.0" })
      const code = yield* server.deviceCode("v1")
      yield* server.control.azure.approve(code.user_code, withMfa.username)
      const { access_token } = parsed<Tokens>(yield* server.poll("v1", code))
      const document = yield* metadata(server, "v2.0/")
      const options = { issuer: document.issuer, audience: resource }
      const { payload } = yield* verified(access_token, yield* keys(server, document), options)
      expect(payload).toMatchObject({ ver: "2.0", azp: clientid, amr: ["pwd", "mfa"] })
      expect(payload).not.toHaveProperty("appid")
      expect(yield* server.call(access_token)).toBe(200)
    })
  )

  it.scopedLive("finds no private key in what is published", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const seen = yield* server.ask("GET", `/${tenant}/discovery/v2.0/keys`)
      const published = parsed<Jose.JSONWebKeySet>(seen)
        .keys.flatMap((key) => Object.keys(key))
        .sort()
      expect(published).toEqual(["alg", "e", "kid", "kty", "n", "use"])
      expect((yield* server.ask("POST", `/${tenant}/discovery/keys`)).status).toBe(405)
    })
  )

  it.scopedLive("that is the server takes no token of another authority, key or audience, nor an unsigned one", () =>
    Effect.gen(function* () {
      const [server, other] = [yield* make({ otherResources: ["graph"] }), yield* make()]
      const token = (from: AzurePeer, target = resource) =>
        Effect.map(
          from.token("v1", { grant_type: "password", ...ada, groups: "", resource: target }),
          (seen) => parsed<Tokens>(seen).access_token
        )
      const good = yield* token(server)
      const claims = Jose.decodeJwt(good)
      const foreign = yield* Effect.promise(() => Jose.generateKeyPair("RS256"))
      const forged = yield* Effect.promise(() =>
        new Jose.SignJWT(claims).setProtectedHeader({ alg: "RS256" }).sign(foreign.privateKey)
      )
      const tokens = [
        good,
        yield* token(other),
        yield* token(server, "graph"),
        forged,
        new Jose.UnsecuredJWT(claims).encode()
      ]
      expect(yield* Effect.forEach(tokens, (it) => server.call(it))).toEqual([200, 401, 401, 401, 401])
      expect(yield* server.call(String(claims["uti"]))).toBe(401)
    })
  )
})

describe.each(azureAdapters)("opaque tokens ($name)", ({ make }) => {
  it.scopedLive("for another resource open nothing either, and there are no keys", () =>
    Effect.gen(function* () {
      const server = yield* make({ otherResources: ["graph"] })
      const seen = yield* server.token("v1", { grant_type: "password", ...ada, groups: "", resource: "graph" })
      expect(yield* server.call(parsed<Tokens>(seen).access_token)).toBe(401)
      expect((yield* server.ask("GET", `/${tenant}/discovery/keys`)).text).toBe('{"keys":[]}')
      const { id_token = "" } = parsed<Tokens>(yield* server.byPassword("v1", ada))
      expect(Jose.UnsecuredJWT.decode(id_token).payload).toMatchObject({ upn: ada.username, aud: clientid })
    })
  )
})

describe("without the option", () => {
  it.scopedLive("there is no authority, and its knobs turn nothing", () =>
    Effect.gen(function* () {
      const { azure, control, url } = yield* DevServer.make()
      expect(azure).toBe(undefined)
      const asked = yield* Effect.promise(() => fetch(`${url}/${tenant}/oauth2/token`, { method: "POST" }))
      expect(asked.status).toBe(404)
      expect([yield* control.azure.approve("BBBBBBBBB"), yield* control.azure.endSignIns()]).toEqual([false, 0])
      expect((yield* control.counts).azure).toMatchObject({ deviceCodes: 0, passwordGrants: 0 })
    })
  )
})
