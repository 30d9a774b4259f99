import { describe, expect, it } from "@effect/vitest"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Credential from "../src/Credential.js"
import * as MlServerIssuer from "../src/MlServerIssuer.js"
import * as ServerEndpoint from "../src/ServerEndpoint.js"
import * as TokenIssuer from "../src/TokenIssuer.js"
import { ada, clear, client, ENDPOINT, held, heldWith, issuer, issuerOver, NOW, pair, secrets } from "./support/wire.js"

const HOUR = 3_600_000

const granted = (fields: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(NOW)
    const { issuer: it } = yield* issuer({ ...pair(fields), headers })
    return yield* it.grant(ada)
  })

describe("MlServerIssuer sends", () => {
  it.effect("user name and password as JSON to /login, and nothing in the address", () =>
    Effect.gen(function* () {
      const { issuer: it, sent } = yield* issuer(pair())
      yield* it.grant(ada)
      expect(sent).toEqual([
        {
          method: "POST",
          url: "https://mls.example.com:12800/login",
          headers: expect.objectContaining({ accept: "application/json", "content-type": "application/json" }),
          body: { username: "CONTOSO\\ada", password: secrets.password },
          at: 0
        }
      ])
    })
  )

  it.effect("the refresh token, and nothing else, to /login/refreshToken", () =>
    Effect.gen(function* () {
      const { issuer: it, sent } = yield* issuer(pair())
      yield* it.renew(held)
      expect(sent).toMatchObject([
        {
          method: "POST",
          url: "https://mls.example.com:12800/login/refreshToken",
          body: { refreshToken: secrets.refresh }
        }
      ])
      expect(JSON.stringify(sent)).not.toContain(secrets.access)
    })
  )

  it.effect("a revocation whose query comes out at the other end as the very refresh token", () =>
    Effect.gen(function* () {
      const { issuer: it, sent } = yield* issuer({})
      const refreshToken = "a/b+c==&d#e?f%2F g"
      yield* it.revoke(heldWith(refreshToken))
      yield* it.revoke(held)
      expect(sent.map(({ body, method }) => [method, body])).toEqual([
        ["DELETE", undefined],
        ["DELETE", undefined]
      ])
      expect(sent[1]?.url).toBe(
        "https://mls.example.com:12800/login/refreshToken?refreshToken=0%2FCanary%2Brefresh-9d2e%3D%3D"
      )
      const url = new URL(sent[0]?.url ?? "")
      expect(url.pathname).toBe("/login/refreshToken")
      expect([...url.searchParams]).toEqual([["refreshToken", refreshToken]])
    })
  )

  it.effect("no header that ties the call to a trace, and no Authorization", () =>
    Effect.gen(function* () {
      const { issuer: it, sent } = yield* issuer(pair())
      yield* Effect.withSpan(it.grant(ada), "outer")
      yield* Effect.withSpan(it.renew(held), "outer")
      yield* Effect.withSpan(it.revoke(held), "outer")
      const names = new Set(sent.flatMap(({ headers }) => Object.keys(headers)))
      expect(names).toEqual(new Set(["accept", "content-type", "content-length"]))
    })
  )

  it.effect.each([
    { loginPath: "/user/login", base: "https://mls.example.com", to: "https://mls.example.com/user/login" },
    { loginPath: undefined, base: "https://mls.example.com/r/", to: "https://mls.example.com/r/login" },
    { loginPath: "/a%20b/~x_1.-", base: "http://[::1]:1", to: "http://[::1]:1/a%20b/~x_1.-" }
  ])("to $to where the login path is $loginPath below $base", ({ base, loginPath, to }) =>
    Effect.gen(function* () {
      const endpoint = Either.getOrThrow(ServerEndpoint.make(base))
      const { http, sent } = client([pair()])
      const it = yield* issuerOver(http, { endpoint, loginPath })
      yield* it.grant(ada)
      yield* it.renew(held)
      expect(sent.map(({ url }) => url)).toEqual([to, `${to}/refreshToken`])
    })
  )

  it.effect.each(["", "login", "//evil.example", "/login?x", "/login#x", "/lo gin", "/login/", "https://evil", "/a\n"])(
    "nothing where the login path is %j",
    (loginPath) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(issuerOver(client([]).http, { loginPath }))
        expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "loginPath" })
      })
  )

  it.effect("nothing for a credential that cannot be right", () =>
    Effect.gen(function* () {
      const { issuer: it, sent } = yield* issuer(pair())
      for (const [setting, credential] of [
        ["password", Credential.usernamePassword({ username: "ada", password: "" })],
        ["username", Credential.usernamePassword({ username: "ada\r\n", password: "x" })],
        ["accessToken", Credential.accessToken("Bearer x")]
      ] as const) {
        expect(yield* Effect.flip(it.grant(credential))).toMatchObject({ _tag: "ConfigurationInvalid", setting })
      }
      expect(sent).toEqual([])
    })
  )

  it.effect("nothing for an access token that exists, and for one that came without a refresh token", () =>
    Effect.gen(function* () {
      const { issuer: it, sent } = yield* issuer(pair())
      const token = yield* it.grant(Credential.accessToken("given"))
      expect(Redacted.value(token.accessToken)).toBe("given")
      expect(yield* Effect.flip(it.renew(token))).toMatchObject({ _tag: "SessionExpired", reason: "NotRenewable" })
      yield* it.revoke(token)
      expect(sent).toEqual([])
    })
  )
})

describe("MlServerIssuer reads", () => {
  it.effect("a documented pair as the first token of a chain", () =>
    Effect.gen(function* () {
      const token = yield* granted({}, { date: new Date(NOW).toUTCString() })
      expect(clear(token)).toMatchObject({
        accessToken: secrets.newAccess,
        refreshToken: secrets.newRefresh,
        obtainedAt: NOW,
        expiresAt: NOW + HOUR,
        chainStartedAt: NOW,
        clockDifference: 0,
        generation: 1,
        principal: "CONTOSO\\ada"
      })
    })
  )

  it.effect("a renewed pair as the next token of its chain", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const { issuer: it } = yield* issuer(pair())
      const token = yield* it.renew(held)
      expect(clear(token)).toMatchObject({
        accessToken: secrets.newAccess,
        refreshToken: secrets.newRefresh,
        generation: held.generation + 1,
        chainStartedAt: held.chainStartedAt,
        principal: held.principal,
        obtainedAt: NOW
      })
    })
  )

  it.effect.each([undefined, null, ""])("a renewal with the refresh token %j: the old one stays", (refresh_token) =>
    Effect.gen(function* () {
      const { issuer: it } = yield* issuer(pair({ refresh_token }))
      expect(clear(yield* it.renew(held)).refreshToken).toBe(secrets.refresh)
    })
  )

  it.effect.each([undefined, null, ""])("a log-in with the refresh token %j: there is none", (refresh_token) =>
    Effect.gen(function* () {
      expect((yield* granted({ refresh_token })).refreshToken).toBe(undefined)
    })
  )

  it.effect.each([undefined, null, "", "Bearer", "bearer", "BEARER"])("token_type %j as Bearer", (token_type) =>
    Effect.gen(function* () {
      expect(clear(yield* granted({ token_type })).accessToken).toBe(secrets.newAccess)
    })
  )

  it.effect("an answer with an access token alone: no end, no renewal", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const { issuer: it } = yield* issuer({ body: JSON.stringify({ access_token: secrets.newAccess }) })
      const token = yield* it.grant(ada)
      expect(Redacted.value(token.accessToken)).toBe(secrets.newAccess)
      expect([token.expiresAt, token.refreshToken, token.clockDifference]).toEqual([undefined, undefined, undefined])
    })
  )

  const on = NOW / 1000 + 1800
  it.effect.each([
    { fields: { expires_in: 60, expires_on: on }, life: 60_000, why: "expires_in needs no clock" },
    { fields: { expires_in: "60", expires_on: on }, life: 60_000, why: "digits are a number" },
    { fields: { expires_in: 59.5, expires_on: null }, life: 59_500, why: "parts of seconds count" },
    { fields: { expires_in: undefined, expires_on: on }, life: 1_800_000, why: "expires_on as a number" },
    { fields: { expires_in: null, expires_on: String(on) }, life: 1_800_000, why: "expires_on as digits" },
    {
      fields: { expires_in: undefined, expires_on: on - 3600 },
      life: undefined,
      why: "a clock is wrong: no known end"
    },
    { fields: { expires_in: null, expires_on: null }, life: undefined, why: "nothing is said" }
  ])("$fields as a life of $life ms: $why", ({ fields, life }) =>
    Effect.gen(function* () {
      const token = yield* granted(fields)
      expect(token.expiresAt).toBe(life === undefined ? undefined : NOW + life)
    })
  )

  it.effect.each([-10, -1, 0, 1, 10])("expires_on by the server's clock, %i minutes from ours", (minutes) =>
    Effect.gen(function* () {
      const theirs = NOW + minutes * 60_000
      const fields = { expires_in: undefined, expires_on: (theirs + HOUR) / 1000 }
      const token = yield* granted(fields, { date: new Date(theirs).toUTCString() })
      expect(token.clockDifference).toBe(minutes * 60_000)
      expect(token.expiresAt).toBe(NOW + HOUR)
    })
  )

  it.effect("members that nobody has heard of as nothing", () =>
    Effect.gen(function* () {
      const token = yield* granted({ scope: "x", nested: { access_token: "other" }, ["constructor"]: 1, fields: [1] })
      expect(clear(token).accessToken).toBe(secrets.newAccess)
    })
  )

  it.effect("the last of two members with one name, and an answer behind a byte order mark", () =>
    Effect.gen(function* () {
      const body = `\ufeff{"access_token":"first","access_token":"${secrets.newAccess}"}`
      const { issuer: it } = yield* issuer({ body })
      expect(clear(yield* it.grant(ada)).accessToken).toBe(secrets.newAccess)
    })
  )

  it.effect("an answer that comes byte by byte, behind a byte order mark", () =>
    Effect.gen(function* () {
      const bytes = new TextEncoder().encode(`\ufeff{"märchen":"✓","access_token":"${secrets.newAccess}"}`)
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          for (const byte of bytes) controller.enqueue(Uint8Array.of(byte))
          controller.close()
        }
      })
      const { issuer: it } = yield* issuer({ body })
      expect(clear(yield* it.grant(ada)).accessToken).toBe(secrets.newAccess)
    })
  )

  it.effect("an answer of exactly 1 MiB, in any number of pieces", () =>
    Effect.gen(function* () {
      const body = JSON.stringify({ access_token: secrets.newAccess }).padEnd(1024 * 1024)
      const bytes = new TextEncoder().encode(body)
      const pieces = new ReadableStream<Uint8Array>({
        start: (controller) => {
          for (let at = 0; at < bytes.length; at += 9999) controller.enqueue(bytes.subarray(at, at + 9999))
          controller.close()
        }
      })
      const { issuer: it } = yield* issuer({ body }, { body: pieces })
      expect(clear(yield* it.grant(ada)).accessToken).toBe(secrets.newAccess)
      expect(clear(yield* it.grant(ada)).accessToken).toBe(secrets.newAccess)
    })
  )

  it.effect.each([{}, pair(), { status: 204 }, { status: 401 }, { status: 401, body: "{}" }])(
    "a revocation answered %j as done",
    (plan) => Effect.flatMap(issuer(plan), ({ issuer: it }) => it.revoke(held))
  )
})

describe("MlServerIssuer", () => {
  it.effect("keys tokens by address and user, and knows the documented lives", () =>
    Effect.gen(function* () {
      const { issuer: it } = yield* issuer()
      expect(it.server).toBe(ENDPOINT.origin)
      expect(it.lifetimes).toEqual({ idle: 14 * 24 * HOUR, chain: 90 * 24 * HOUR })
      expect(it.key("ada")).toMatchObject({ issuer: ENDPOINT.base, principal: "ada" })
      expect(it.key("ada")).toEqual(it.key("ada"))
      expect(it.key("ada").id).not.toBe(it.key("").id)
    })
  )

  it.effect("as a layer", () =>
    Effect.gen(function* () {
      const it = yield* TokenIssuer.TokenIssuer
      expect(Redacted.value((yield* it.grant(ada)).accessToken)).toBe(secrets.newAccess)
    }).pipe(
      Effect.provide(MlServerIssuer.layer({ endpoint: ENDPOINT })),
      Effect.provideService(HttpClient.HttpClient, client([pair()]).http)
    )
  )
})
