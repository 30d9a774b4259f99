import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { inspect } from "node:util"
import * as Token from "../src/Token.js"
import { clear } from "./support/wire.js"
import { sized } from "./support/size.js"

const SECOND = 1000
const MINUTE = 60 * SECOND
const T0 = Date.UTC(2026, 0, 1)

const received = (fields: Partial<Token.Received> = {}): Token.Received => ({
  accessToken: Redacted.make("Canary.access"),
  refreshToken: Redacted.make("Canary+refresh=="),
  obtainedAt: T0,
  expiresAt: T0 + 60 * MINUTE,
  clockDifference: -1500,
  ...fields
})

/** A token that lives this many milliseconds. */
const living = (life: number | undefined) =>
  Token.first(received({ expiresAt: life === undefined ? undefined : T0 + life }))

describe("when a token is renewed", () => {
  // life, then how long before the end callers wait, and how long before it a new one is fetched
  it.each([
    ["1 hour", 10 * SECOND, 5 * MINUTE],
    ["20 minutes", 10 * SECOND, 5 * MINUTE],
    ["8 minutes", 10 * SECOND, 2 * MINUTE],
    ["100 seconds", 10 * SECOND, 25 * SECOND],
    ["60 seconds", 6 * SECOND, 15 * SECOND],
    ["4 seconds", 400, 1000],
    ["0 seconds", 0, 0]
  ] as const)("one that lives %s: %i ms before its end, early from %i ms", (life, must, should) => {
    const millis = Duration.toMillis(life)
    const token = living(millis)
    expect(Token.mustRenewAt(token, Token.defaultWindows)).toBe(T0 + millis - must)
    expect(Token.shouldRenewAt(token, Token.defaultWindows)).toBe(T0 + millis - should)
  })

  it("one without a known end: never", () => {
    const token = living(undefined)
    for (const now of [0, T0, Number.MAX_SAFE_INTEGER]) {
      expect(Token.isFresh(token, now)).toBe(true)
      expect(Token.mustRenew(token, now, Token.defaultWindows)).toBe(false)
      expect(Token.shouldRenew(token, now, Token.defaultWindows)).toBe(false)
    }
  })

  it("one whose end came before its receipt has no windows", () => {
    const token = living(-5 * MINUTE)
    expect(Token.mustRenewAt(token, Token.defaultWindows)).toBe(T0 - 5 * MINUTE)
    expect(Token.isFresh(token, T0)).toBe(false)
  })

  it("each instant belongs to what follows it", () => {
    const token = living(60 * MINUTE)
    const end = T0 + 60 * MINUTE
    const at = (now: number) => [
      Token.shouldRenew(token, now, Token.defaultWindows),
      Token.mustRenew(token, now, Token.defaultWindows),
      Token.isFresh(token, now)
    ]
    expect(at(T0)).toEqual([false, false, true])
    expect(at(end - 5 * MINUTE - 1)).toEqual([false, false, true])
    expect(at(end - 5 * MINUTE)).toEqual([true, false, true])
    expect(at(end - 10 * SECOND - 1)).toEqual([true, false, true])
    expect(at(end - 10 * SECOND)).toEqual([true, true, true])
    expect(at(end - 1)).toEqual([true, true, true])
    expect(at(end)).toEqual([true, true, false])
  })

  it.prop(
    "never waits before it fetches early, and never uses a token beyond its end",
    [FastCheck.integer({ min: -1e9, max: 1e12 }), FastCheck.nat(1e10), FastCheck.nat(1e10)],
    ([life, must, should]) => {
      const token = living(life)
      const windows = { must, should }
      const [early, late] = [Token.shouldRenewAt(token, windows), Token.mustRenewAt(token, windows)]
      expect(early).toBeLessThanOrEqual(late)
      expect(late).toBeLessThanOrEqual(T0 + life)
      if (life > 0) {
        expect(early).toBeGreaterThanOrEqual(T0 + (life * 3) / 4 - 0.001)
        expect(late).toBeGreaterThanOrEqual(T0 + (life * 9) / 10 - 0.001)
      }
    },
    { fastCheck: { numRuns: sized(100, 1000) } }
  )
})

describe("a chain of tokens", () => {
  it("begins with a sign-in and counts its renewals", () => {
    const first = Token.first(received(), "ada")
    expect(first).toMatchObject({ generation: 1, chainStartedAt: T0, obtainedAt: T0, principal: "ada" })
    const next = Token.next(
      first,
      received({
        accessToken: Redacted.make("second"),
        refreshToken: Redacted.make("second refresh"),
        obtainedAt: T0 + 7,
        expiresAt: T0 + 99,
        clockDifference: 3
      })
    )
    expect(clear(next)).toMatchObject({
      generation: 2,
      chainStartedAt: T0,
      obtainedAt: T0 + 7,
      expiresAt: T0 + 99,
      clockDifference: 3,
      principal: "ada",
      accessToken: "second",
      refreshToken: "second refresh"
    })
    expect(Token.isSame(first, next)).toBe(false)
  })

  it("keeps the refresh token when no new one comes, and nothing else", () => {
    const bare = received({
      accessToken: Redacted.make("second"),
      refreshToken: undefined,
      expiresAt: undefined,
      clockDifference: undefined
    })
    const next = Token.next(Token.first(received()), bare)
    expect(clear(next)).toMatchObject({ accessToken: "second", refreshToken: "Canary+refresh==" })
    expect([next.expiresAt, next.clockDifference, next.principal]).toEqual([undefined, undefined, undefined])
  })

  it("ends after idleness or for good, if it can be renewed at all", () => {
    const lifetimes = { idle: 14, chain: 90 }
    const later = Token.next(Token.first(received()), received({ obtainedAt: T0 + 50 }))
    expect(Token.idleEndsAt(later, lifetimes)).toBe(T0 + 64)
    expect(Token.chainEndsAt(later, lifetimes)).toBe(T0 + 90)
    const alone = Token.first(received({ refreshToken: undefined }))
    expect([Token.idleEndsAt(alone, lifetimes), Token.chainEndsAt(alone, lifetimes)]).toEqual([undefined, undefined])
  })

  it.effect("of an existing access token has no end and no renewal, and began now", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(T0)
      const token = yield* Token.fromAccessToken(Redacted.make("given"))
      expect(clear(token)).toMatchObject({ accessToken: "given", obtainedAt: T0, chainStartedAt: T0, generation: 1 })
      expect([token.expiresAt, token.refreshToken, token.principal]).toEqual([undefined, undefined, undefined])
    })
  )

  it("is the same for a server when the access token is, whatever else is known of it", () => {
    const one = Token.first(received())
    expect(Token.isSame(one, one)).toBe(true)
    expect(Token.isSame(one, Token.first(received({ expiresAt: 5, refreshToken: undefined }), "ada"))).toBe(true)
    expect(Token.isSame(one, Token.first(received({ accessToken: Redacted.make("Canary.acces") })))).toBe(false)
  })
})

describe("a token as data", () => {
  const full = Token.next(Token.first(received(), "ada"), received())
  const bare = Token.first(received({ refreshToken: undefined, expiresAt: undefined, clockDifference: undefined }))
  const json = Schema.parseJson(Token.Token)

  it.effect.each([full, bare])("comes back from its encoded form as it was", (token) =>
    Effect.gen(function* () {
      const text = yield* Schema.encode(json)(token)
      expect(JSON.parse(text)).toMatchObject({ accessToken: "Canary.access", obtainedAt: T0 })
      const back = yield* Schema.decode(json)(text)
      expect(Equal.equals(back, token)).toBe(true)
      expect(clear(back)).toEqual(clear(token))
      expect(back).toBeInstanceOf(Token.Token)
      expect(Redacted.value(back.authorization)).toBe("Bearer Canary.access")
    })
  )

  it.effect.each([
    { obtainedAt: 1.5 },
    { obtainedAt: null },
    { generation: "1" },
    { expiresAt: Infinity },
    { chainStartedAt: undefined },
    { accessToken: 42 },
    { accessToken: null }
  ])("a record with %j is refused", (fields) =>
    Effect.gen(function* () {
      const record = { ...(yield* Schema.encode(Token.Token)(full)), ...fields }
      expect((yield* Effect.flip(Schema.decodeUnknown(Token.Token)(record)))._tag).toBe("ParseError")
    })
  )

  it("has a header, built once", () => {
    const token = Token.first(received())
    expect(Redacted.value(token.authorization)).toBe("Bearer Canary.access")
    expect(token.authorization).toBe(token.authorization)
  })

  it("prints as <redacted>, also after its header was built", () => {
    expect(Redacted.value(full.authorization)).toContain("Canary")
    for (const printed of [
      inspect(full, { depth: 10, showHidden: true, getters: true }),
      JSON.stringify(full),
      JSON.stringify({ full }),
      ...[full, full.authorization].map(String),
      inspect([full.authorization])
    ]) {
      expect(printed).toContain("<redacted>")
      expect(printed).not.toContain("Canary")
    }
  })
})
