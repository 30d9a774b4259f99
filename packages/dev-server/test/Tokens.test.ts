import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Jose from "jose"
import * as Accounts from "../src/Accounts.js"
import { peerInProcess } from "./Adapters.js"

const { ada } = Accounts

describe("access tokens", () => {
  it.scopedLive("are JWTs that the published keys verify", () =>
    Effect.gen(function* () {
      const server = yield* peerInProcess({})
      const pair = yield* server.login(ada)
      const keys = Jose.createLocalJWKSet(server.control.publicKeys)
      const { payload, protectedHeader } = yield* Effect.promise(() => Jose.jwtVerify(pair.access_token, keys))
      expect(protectedHeader).toMatchObject({ alg: "ES256", typ: "JWT" })
      expect(payload).toMatchObject({ sub: "ada", role: "Contributor", exp: pair.expires_on })
      expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3600)
      expect(payload.jti).toMatch(/^[\w-]{32}$/)
    })
  )

  it.scopedLive("keep no private key in what is published", () =>
    Effect.gen(function* () {
      const server = yield* peerInProcess({})
      expect(server.control.publicKeys.keys.map((key) => Object.hasOwn(key, "d"))).toEqual([false])
    })
  )

  it.scopedLive("of another key, of no key, or altered are refused, and so is the bare identifier", () =>
    Effect.gen(function* () {
      const [server, other] = yield* Effect.all([peerInProcess({}), peerInProcess({})])
      const { access_token: good } = yield* server.login(ada)
      const { access_token: foreign } = yield* other.login(ada)
      const claims = Jose.decodeJwt(good)
      const [header, , signature] = good.split(".")
      const altered = [header, Jose.base64url.encode(JSON.stringify({ ...claims, sub: "olga" })), signature].join(".")
      const unsigned = new Jose.UnsecuredJWT(claims).encode()
      const tokens = [good, foreign, altered, unsigned, claims.jti ?? "", `${good}x`, good]
      const answers = yield* Effect.forEach(tokens, (token) => server.ask("GET", "/services", { token }))
      expect(answers.map((it) => it.status)).toEqual([200, 401, 401, 401, 401, 401, 200])
    })
  )

  it.scopedLive("signed by the same key are refused once their grant is gone", () =>
    Effect.gen(function* () {
      const server = yield* peerInProcess({})
      const { access_token: token } = yield* server.login(ada)
      expect((yield* server.ask("GET", "/services", { token })).status).toBe(200)
      yield* server.control.revokeSessions("ada")
      expect((yield* server.ask("GET", "/services", { token })).status).toBe(401)
    })
  )

  it.scopedLive("come with refresh tokens that a query cannot carry as they are", () =>
    Effect.gen(function* () {
      const server = yield* peerInProcess({})
      const { refresh_token } = yield* server.login(ada)
      expect(encodeURIComponent(refresh_token)).not.toBe(refresh_token)
      expect(Buffer.from(refresh_token, "base64").length).toBe(32)
    })
  )

  it.scopedLive("may be opaque, and then there are no keys", () =>
    Effect.gen(function* () {
      const server = yield* peerInProcess({ tokenFormat: "opaque" })
      const { access_token } = yield* server.login(ada)
      expect(access_token.split(".").length).toBe(1)
      expect(server.control.publicKeys.keys).toEqual([])
    })
  )
})
