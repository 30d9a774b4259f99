import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as AzureDirectory from "../../src/AzureDirectory.js"
import { parsed } from "../Adapters.js"
import { azureAdapters, refusal, target, type Tokens } from "./AzurePeer.js"

const { ada, olga } = AzureDirectory

const challenge = /^Bearer realm="", authorization_uri="([^"]+)", error="insufficient_claims", claims="([^"]+)"$/

describe.each(azureAdapters)("knobs of the authority ($name)", ({ make }) => {
  it.scopedLive("refresh tokens are revoked, or their sign-in is over; access tokens live on", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const [one, other] = [yield* server.byPassword("v1", ada), yield* server.byPassword("v1", olga)].map((seen) =>
        parsed<Tokens>(seen)
      )
      expect(yield* server.control.azure.revokeRefreshTokens(ada.username)).toBe(1)
      expect(yield* server.control.azure.endSignIns()).toBe(1)
      const [revoked, over] = [one, other].map((it) => server.refresh("v1", it?.refresh_token))
      expect(refusal(yield* revoked ?? Effect.die("none"))).toMatchObject({
        error: "invalid_grant",
        error_codes: [50173],
        suberror: "bad_token"
      })
      expect(refusal(yield* over ?? Effect.die("none"))).toMatchObject({
        error: "invalid_grant",
        error_codes: [70043],
        suberror: "token_expired"
      })
      expect(yield* server.call(one?.access_token ?? "")).toBe(200)
    })
  )

  it.scopedLive("refresh tokens rotate where they are told to, and reuse is refused and counted", () =>
    Effect.gen(function* () {
      const server = yield* make({ rotateRefreshTokens: true })
      const { refresh_token } = parsed<Tokens>(yield* server.byPassword("v2", ada))
      const next = parsed<Tokens>(yield* server.refresh("v2", refresh_token))
      expect(refusal(yield* server.refresh("v2", refresh_token)).error).toBe("invalid_grant")
      expect((yield* server.refresh("v2", next.refresh_token)).status).toBe(200)
      expect((yield* server.control.counts).azure).toMatchObject({ refreshes: 2, reusedRefreshTokens: 1 })
    })
  )

  it.scopedLive("access tokens are revoked and sessions ended, as where the server itself hands them out", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const tokens = parsed<Tokens>(yield* server.byPassword("v1", ada))
      expect(yield* server.control.expireAccessTokens).toBe(1)
      expect(yield* server.call(tokens.access_token)).toBe(401)
      const next = parsed<Tokens>(yield* server.refresh("v1", tokens.refresh_token))
      yield* server.control.rejectNext(1)
      expect([yield* server.call(next.access_token), yield* server.call(next.access_token)]).toEqual([401, 200])
      yield* server.control.revokeSessions(ada.username)
      expect(yield* server.call(next.access_token)).toBe(401)
      expect((yield* server.refresh("v1", next.refresh_token)).status).toBe(400)
    })
  )

  it.scopedLive("a claims challenge is met by a token that was asked for with its claims, and by all after it", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const first = parsed<Tokens>(yield* server.byPassword("v1", ada))
      const claims = yield* server.control.azure.requireClaims(ada.username)
      const { headers, status } = yield* server.ask("GET", "/services", { token: first.access_token })
      const [, uri, encoded = ""] = challenge.exec(headers["www-authenticate"] ?? "") ?? []
      expect([status, Buffer.from(encoded, "base64").toString()]).toEqual([401, claims])
      expect(uri).toMatch(/\/oauth2\/authorize$/)
      const plain = parsed<Tokens>(yield* server.refresh("v1", first.refresh_token))
      expect(yield* server.call(plain.access_token)).toBe(401)
      const met = parsed<Tokens>(yield* server.refresh("v1", first.refresh_token, { claims }))
      const later = parsed<Tokens>(yield* server.refresh("v1", first.refresh_token))
      const statuses = yield* Effect.forEach([met, later, first], (it) => server.call(it.access_token))
      expect(statuses).toEqual([200, 200, 401])
      expect((yield* server.control.counts).azure.refreshesWithClaims).toBe(1)
    })
  )

  it.scopedLive("a claims challenge may take a person: refresh and password are refused, a device code is not", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const first = parsed<Tokens>(yield* server.byPassword("v1", ada))
      const claims = yield* server.control.azure.requireClaims(undefined, { interaction: true })
      const fields = { grant_type: "password", username: ada.username, password: ada.password, ...target("v1"), claims }
      const refused = [yield* server.refresh("v1", first.refresh_token, { claims }), yield* server.token("v1", fields)]
      for (const seen of refused) {
        expect(refusal(seen)).toMatchObject({ error: "interaction_required", error_codes: [50076], claims })
      }
      const code = yield* server.deviceCode("v1", { claims })
      yield* server.control.azure.approve(code.user_code)
      const met = parsed<Tokens>(yield* server.poll("v1", code))
      expect(yield* server.call(met.access_token)).toBe(200)
      expect((yield* server.refresh("v1", met.refresh_token, { claims })).status).toBe(200)
    })
  )

  it.scopedLive("polls are slowed down on demand, and codes declined or ended", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const [one, two] = [yield* server.deviceCode("v1"), yield* server.deviceCode("v2")]
      yield* server.control.azure.slowDownNext(1)
      expect(refusal(yield* server.poll("v1", one))).toMatchObject({ status: 400, error: "slow_down" })
      yield* server.control.azure.decline(one.user_code)
      expect(refusal(yield* server.poll("v1", one)).error).toBe("authorization_declined")
      yield* server.control.azure.expire(two.user_code)
      expect(refusal(yield* server.poll("v2", two))).toMatchObject({ error: "expired_token", error_codes: [70020] })
      expect((yield* server.control.counts).azure).toMatchObject({ deviceCodes: 2, polls: 3, pollsTooEarly: 1 })
    })
  )

  it.scopedLive("faults meet the authority's requests by kind, in its own words", () =>
    Effect.gen(function* () {
      const server = yield* make()
      yield* server.control.failNext({ on: "devicePoll", status: 503, retryAfter: 7 })
      yield* server.control.htmlNext({ on: "deviceCode" })
      yield* server.control.answerNext({ on: "azureToken", status: 200, body: "{}" })
      yield* server.control.failNext({ on: "realm", status: 502, body: "upstream" })
      yield* server.control.dropNext({ on: "azureRefresh" })
      expect((yield* server.byPassword("v1", ada)).text).toBe("{}")
      const page = yield* Effect.exit(server.deviceCode("v1"))
      expect(page._tag).toBe("Failure")
      const code = yield* server.deviceCode("v1")
      const failed = yield* server.poll("v1", code)
      expect(failed.headers["retry-after"]).toBe("7")
      expect(refusal(failed)).toMatchObject({ status: 503, error: "temporarily_unavailable", error_codes: [90033] })
      expect((yield* server.ask("GET", `/common/userrealm/${ada.username}`)).text).toBe("upstream")
      const { refresh_token } = parsed<Tokens>(yield* server.byPassword("v1", ada))
      expect(Either.isLeft(yield* Effect.either(server.refresh("v1", refresh_token)))).toBe(true)
      expect((yield* server.control.counts).azure.refreshes).toBe(1)
    })
  )

  it.scopedLive("requests are held, told as they arrive, and awaited by kind", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const arrivals = yield* Effect.fork(Stream.runCollect(Stream.take(server.control.arrivals, 3)))
      yield* Effect.yieldNow()
      const code = yield* server.deviceCode("v2")
      const gate = yield* server.control.hold("devicePoll", "after")
      const poll = yield* Effect.fork(server.poll("v2", code))
      yield* gate.awaitWaiting()
      yield* server.control.awaitArrival("devicePoll")
      yield* gate.release
      yield* Fiber.join(poll)
      yield* server.ask("GET", `/common/UserRealm/${ada.username}`)
      const told = Chunk.toReadonlyArray(yield* Fiber.join(arrivals)).map(({ on }) => on)
      expect(told).toEqual(["deviceCode", "devicePoll", "realm"])
      const paths = Chunk.toReadonlyArray(yield* Fiber.join(arrivals)).map(({ path }) => path)
      expect(paths.at(-1)).toBe("/common/UserRealm")
    })
  )

  it.scopedLive("a reset ends everything, and counts begin again", () =>
    Effect.gen(function* () {
      const server = yield* make({ lockout: { threshold: 1 } })
      const { access_token, refresh_token } = parsed<Tokens>(yield* server.byPassword("v1", ada))
      const { user_code } = yield* server.deviceCode("v1")
      yield* server.byPassword("v1", { ...ada, password: "wrong" })
      yield* server.control.azure.requireClaims()
      yield* server.control.azure.slowDownNext(9)
      yield* server.control.resetCounts
      expect((yield* server.control.counts).azure).toMatchObject({ passwordGrants: 0, deviceCodes: 0 })
      yield* server.control.reset
      expect(yield* server.control.azure.approve(user_code)).toBe(false)
      expect([yield* server.call(access_token), (yield* server.refresh("v1", refresh_token)).status]).toEqual([
        401, 400
      ])
      const again = parsed<Tokens>(yield* server.byPassword("v1", ada))
      expect(yield* server.call(again.access_token)).toBe(200)
      const code = yield* server.deviceCode("v1")
      expect(refusal(yield* server.poll("v1", code)).error).toBe("authorization_pending")
    })
  )
})
