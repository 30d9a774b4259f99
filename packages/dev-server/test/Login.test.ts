import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Accounts from "../src/Accounts.js"
import { adapters, type Pair, parsed, type Peer } from "./Adapters.js"

const { ada, olga } = Accounts

const refresh = (server: Peer, refreshToken: string) =>
  server.ask("POST", "/login/refreshToken", { body: { refreshToken } })
const revoke = (server: Peer, refreshToken: string) =>
  server.ask("DELETE", `/login/refreshToken?refreshToken=${encodeURIComponent(refreshToken)}`)
const call = (server: Peer, token?: string) => Effect.map(server.ask("GET", "/services", { token }), (it) => it.status)

describe.each(adapters)("log-in, refresh and revocation ($name)", ({ make }) => {
  it.scopedLive("a right password gives a pair that opens the API", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const answer = yield* server.ask("POST", "/login", { body: { username: ada.username, password: ada.password } })
      expect(answer.status).toBe(200)
      expect(answer.headers["content-type"]).toMatch(/^application\/json/)
      const pair = parsed<Pair & { token_type: string }>(answer)
      expect(pair.token_type).toBe("Bearer")
      expect(pair.expires_in).toBe(3600)
      const serverNow = Date.parse(answer.headers["date"] ?? "") / 1000
      expect(Math.abs(pair.expires_on - serverNow - 3600)).toBeLessThanOrEqual(1)
      expect(yield* call(server, pair.access_token)).toBe(200)
    })
  )

  it.scopedLive.each([
    ["a wrong password", { username: ada.username, password: olga.password }, 401],
    ["an unknown user", { username: "nobody", password: ada.password }, 401],
    ["admin, while the directory is on", { username: "admin", password: "anything" }, 401],
    ["no password", { username: ada.username }, 400],
    ["a password that is no string", { username: ada.username, password: 7 }, 400],
    ["an empty name", { username: "", password: ada.password }, 400],
    ["a list", [ada.username, ada.password], 400]
  ] as const)("%s is refused", ([, body, status]) =>
    Effect.gen(function* () {
      const server = yield* make()
      const answer = yield* server.ask("POST", "/login", { body })
      expect(answer.status).toBe(status)
      expect(Object.keys(parsed<object>(answer)).sort()).toEqual(["exceptionType", "link", "message"])
      expect(answer.text).not.toContain(ada.password)
      expect((yield* server.control.counts).loginsRefused).toBe(status === 401 ? 1 : 0)
    })
  )

  it.scopedLive.each([
    ["malformed JSON", '{"username": "ada", ', 400],
    ["no body", "", 400],
    ["a body beyond 1 MiB", JSON.stringify({ username: "ada", password: "x".repeat(1_048_576) }), 413]
  ] as const)("%s is refused", ([, text, status]) =>
    Effect.gen(function* () {
      const server = yield* make()
      expect((yield* server.ask("POST", "/login", { text })).status).toBe(status)
    })
  )

  it.scopedLive(
    "a refresh gives a new pair and kills the old one at once; a used refresh token is refused and counted",
    () =>
      Effect.gen(function* () {
        const server = yield* make()
        const first = yield* server.login(ada)
        const second = parsed<Pair>(yield* refresh(server, first.refresh_token))
        expect(yield* call(server, first.access_token)).toBe(401)
        expect(yield* call(server, second.access_token)).toBe(200)
        const reused = yield* refresh(server, first.refresh_token)
        expect(reused.status).toBe(401)
        expect(reused.headers["www-authenticate"]).toBe('Bearer error="invalid_token"')
        expect((yield* refresh(server, "never-issued")).status).toBe(401)
        expect(yield* call(server, second.access_token)).toBe(200)
        expect(yield* server.control.counts).toMatchObject({
          refreshes: 1,
          refreshesRefused: 2,
          reusedRefreshTokens: 1
        })
      })
  )

  it.scopedLive("a revocation kills the pair, and only once", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const pair = yield* server.login(ada)
      const revoked = yield* revoke(server, pair.refresh_token)
      expect(revoked.status).toBe(200)
      expect(parsed<Pair>(revoked).refresh_token).toBe(pair.refresh_token)
      expect(yield* call(server, pair.access_token)).toBe(401)
      expect((yield* refresh(server, pair.refresh_token)).status).toBe(401)
      expect((yield* revoke(server, pair.refresh_token)).status).toBe(401)
      expect(yield* server.control.counts).toMatchObject({
        revocations: 1,
        revocationsRefused: 1,
        reusedRefreshTokens: 0
      })
    })
  )

  it.scopedLive("a revocation is also understood in the older form, with the token in the path", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const pair = yield* server.login(ada)
      const path = `/login/refreshToken/${encodeURIComponent(pair.refresh_token)}`
      expect((yield* server.ask("DELETE", path)).status).toBe(200)
      expect(yield* call(server, pair.access_token)).toBe(401)
    })
  )

  it.scopedLive("a revocation without a token that can be read is a bad request", () =>
    Effect.gen(function* () {
      const server = yield* make()
      yield* server.login(ada)
      expect((yield* server.ask("DELETE", "/login/refreshToken?refreshToken=")).status).toBe(400)
      expect((yield* server.ask("DELETE", "/login/refreshToken")).status).toBe(400)
      expect((yield* server.ask("DELETE", "/login/refreshToken/%E0%A4%A")).status).toBe(400)
    })
  )

  it.scopedLive("the answer takes the shapes that servers have", () =>
    Effect.gen(function* () {
      const server = yield* make({ expiresOn: "string", expiresIn: false, revocation: "empty" })
      const pair = yield* server.login(ada)
      expect(pair.expires_on).toMatch(/^\d+$/)
      expect(pair).not.toHaveProperty("expires_in")
      expect((yield* revoke(server, pair.refresh_token)).text).toBe("")
      const bare = yield* make({ accessTokenOnly: true })
      expect(Object.keys(yield* bare.login(ada))).toEqual(["access_token"])
    })
  )

  it.scopedLive("another log-in path takes the place of /login", () =>
    Effect.gen(function* () {
      const server = yield* make({ loginPath: "/user/login" })
      const body = { username: ada.username, password: ada.password }
      expect((yield* server.ask("POST", "/login", { body })).status).toBe(404)
      const pair = parsed<Pair>(yield* server.ask("POST", "/user/login", { body }))
      const refreshed = yield* server.ask("POST", "/user/login/refreshToken", {
        body: { refreshToken: pair.refresh_token }
      })
      expect(refreshed.status).toBe(200)
    })
  )

  it.scopedLive("the local administrator logs in where no directory is configured", () =>
    Effect.gen(function* () {
      const server = yield* make({ accounts: Accounts.localAdmin("s3cret/+=") })
      expect(
        yield* call(server, (yield* server.login({ username: "admin", password: "s3cret/+=" })).access_token)
      ).toBe(200)
      expect(
        (yield* server.ask("POST", "/login", { body: { username: ada.username, password: ada.password } })).status
      ).toBe(401)
    })
  )

  it.scopedLive("the error body of 9.0.1 has no exceptionType", () =>
    Effect.gen(function* () {
      const server = yield* make({ apiVersion: "9.0.1" })
      const answer = yield* server.ask("POST", "/login", { body: { username: "x", password: "y" } })
      expect(Object.keys(parsed<object>(answer))).toEqual(["message", "link"])
    })
  )
})
