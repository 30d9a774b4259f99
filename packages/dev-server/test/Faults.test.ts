import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Accounts from "../src/Accounts.js"
import { adapters, type Pair, parsed, type Peer } from "./Adapters.js"

const { ada, olga } = Accounts

const call = (server: Peer, token: string) => Effect.map(server.ask("GET", "/services", { token }), (it) => it.status)
const refresh = (server: Peer, { refresh_token }: Pair) =>
  server.ask("POST", "/login/refreshToken", { body: { refreshToken: refresh_token } })

describe.each(adapters)("knobs ($name)", ({ make }) => {
  it.scopedLive("access tokens expire on demand, and refresh tokens live on", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const pair = yield* server.login(ada)
      expect(yield* server.control.expireAccessTokens).toBe(1)
      expect(yield* call(server, pair.access_token)).toBe(401)
      expect(yield* call(server, parsed<Pair>(yield* refresh(server, pair)).access_token)).toBe(200)
    })
  )

  it.scopedLive("the access tokens, or the sessions, of one user are revoked", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const [one, other] = [yield* server.login(ada), yield* server.login(olga)]
      expect(yield* server.control.revokeAccessTokens("ada")).toBe(1)
      expect([yield* call(server, one.access_token), yield* call(server, other.access_token)]).toEqual([401, 200])
      const next = parsed<Pair>(yield* refresh(server, one))
      expect(yield* server.control.revokeSessions("ada")).toBe(1)
      expect([yield* call(server, next.access_token), yield* call(server, other.access_token)]).toEqual([401, 200])
      expect((yield* refresh(server, next)).status).toBe(401)
    })
  )

  it.scopedLive("the next calls with a good token are rejected, and bad ones do not use the rejection up", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const { access_token } = yield* server.login(ada)
      yield* server.control.rejectNext(2)
      const statuses = yield* Effect.forEach(["bad", access_token, access_token, access_token], (it) =>
        call(server, it)
      )
      expect(statuses).toEqual([401, 401, 401, 200])
    })
  )

  it.scopedLive("failures come in the order they were planned, for the kind they were planned for", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const pair = yield* server.login(ada)
      yield* server.control.failNext({ on: "refresh", times: 2, status: 503, retryAfter: 7 })
      yield* server.control.failNext({ on: "refresh", status: 500, body: "html" })
      yield* server.control.failNext({
        on: "refresh",
        status: 429,
        body: "empty",
        retryAfter: "Thu, 01 Jan 1970 00:00:09 GMT"
      })
      yield* server.control.failNext({ on: "refresh", status: 502, body: "upstream" })
      expect(yield* call(server, pair.access_token)).toBe(200)
      const seen = yield* Effect.forEach([1, 2, 3, 4, 5], () => refresh(server, pair))
      expect(seen.map((it) => it.status)).toEqual([503, 503, 500, 429, 502])
      expect(seen[0]?.headers["retry-after"]).toBe("7")
      expect(seen[2]?.headers["content-type"]).toMatch(/^text\/html/)
      expect([seen[3]?.text, seen[3]?.headers["retry-after"]]).toEqual(["", "Thu, 01 Jan 1970 00:00:09 GMT"])
      expect(seen[4]?.text).toBe("upstream")
      expect((yield* refresh(server, pair)).status).toBe(200)
    })
  )

  it.scopedLive("pages, redirects and answers word for word take the place of the work", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const pair = yield* server.login(ada)
      yield* server.control.htmlNext({ on: "refresh" })
      yield* server.control.redirectNext({ on: "any", location: "https://elsewhere.example/", status: 307 })
      yield* server.control.answerNext({
        on: "any",
        status: 200,
        headers: { "X-Odd": "1" },
        body: '{"access_token":7}'
      })
      yield* server.control.answerNext({ on: "api", status: 204 })
      const [page, sent, odd] = yield* Effect.all([refresh(server, pair), refresh(server, pair), refresh(server, pair)])
      expect([page.status, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"])
      expect([sent.status, sent.headers["location"]]).toEqual([307, "https://elsewhere.example/"])
      expect([odd.status, odd.headers["x-odd"], odd.text]).toEqual([200, "1", '{"access_token":7}'])
      const nothing = yield* server.ask("GET", "/services", { token: pair.access_token })
      expect([nothing.status, nothing.text, nothing.headers["content-length"]]).toEqual([204, "", undefined])
      expect(yield* server.control.counts).toMatchObject({ refreshes: 0, refreshesRefused: 0 })
    })
  )

  it.scopedLive("a dropped answer comes after the work: the pair has been replaced, and nobody knows it", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const pair = yield* server.login(ada)
      yield* server.control.dropNext({ on: "refresh" })
      const lost = yield* Effect.either(refresh(server, pair))
      expect(Either.isLeft(lost) && [lost.left._tag, lost.left.reason]).toEqual(["RequestError", "Transport"])
      expect((yield* refresh(server, pair)).status).toBe(401)
      expect(yield* server.control.counts).toMatchObject({
        refreshes: 1,
        reusedRefreshTokens: 1,
        dropped: 1,
        inFlight: 0
      })
    })
  )

  it.scopedLive("a stalled answer has a status and headers, and a body that does not end", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const pair = yield* server.login(ada)
      yield* server.control.stallNext({ on: "api" })
      const stalled = server.client.get(`${server.url}/services`, {
        headers: { authorization: `Bearer ${pair.access_token}` }
      })
      const response = yield* stalled
      expect(response.status).toBe(200)
      const body = yield* Effect.timeoutOption(response.text, "50 millis")
      expect(body._tag).toBe("None")
    })
  )

  it.scopedLive("everything is as after the start once it is reset", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const { access_token: token } = yield* server.login(olga)
      yield* server.ask("DELETE", "/services/add/1.0.0", { token })
      yield* server.control.failNext({ on: "any", times: 9, status: 500 })
      yield* server.control.rejectNext(9)
      yield* server.control.hold("any")
      yield* server.control.advance("5 hours")
      yield* server.control.reset
      expect(yield* server.control.counts).toMatchObject({ requests: 0, logins: 0, api: 0 })
      expect(yield* call(server, token)).toBe(401)
      const again = yield* server.login(olga)
      expect((yield* server.ask("GET", "/services/add/1.0.0", { token: again.access_token })).status).toBe(200)
    })
  )
})
