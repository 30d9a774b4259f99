import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Grants from "../src/Grants.js"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const ids = (n: number) => ({ access: `a${n}`, refresh: `r${n}` })
const start = (now = 0) => Grants.login(Grants.empty(), "ada", now, ids(1))
const reason = <A, E>(answer: Either.Either<A, E>) => (Either.isLeft(answer) ? answer.left : "granted")

/** A chain refreshed every `step` until `until`; the last pair is number `n`. */
const refreshedEvery = (step: number, until: number) => {
  let [, state] = start()
  let n = 1
  for (let now = step; now <= until; now += step) {
    const [answer, next] = Grants.refresh(state, `r${n}`, now, ids(n + 1))
    if (Either.isLeft(answer)) return { refusedAt: now, reason: answer.left }
    state = next
    n += 1
  }
  return { refusedAt: undefined, reason: undefined }
}

describe("a pair", () => {
  it.each([
    [0, "granted"],
    [HOUR - 1, "granted"],
    [HOUR, "expired"],
    [2 * HOUR, "expired"]
  ])("opens the API %i ms after log-in: %s", (now, expected) => {
    const [, state] = start()
    expect(reason(Grants.authenticate(state, "a1", now))).toBe(expected)
  })

  it.each([
    [0, "granted"],
    [13 * DAY, "granted"],
    [14 * DAY - 1, "granted"],
    [14 * DAY, "expired"],
    [15 * DAY, "expired"],
    [91 * DAY, "chain-ended"]
  ])("refreshes %i ms after log-in: %s", (now, expected) => {
    const [, state] = start()
    expect(reason(Grants.refresh(state, "r1", now, ids(2))[0])).toBe(expected)
  })

  it("is dead, access token and refresh token alike, the moment it is replaced", () => {
    const [, before] = start()
    const [, after] = Grants.refresh(before, "r1", 10, ids(2))
    expect(reason(Grants.authenticate(after, "a1", 10))).toBe("unknown")
    expect(reason(Grants.refresh(after, "r1", 10, ids(3))[0])).toBe("used")
    expect(reason(Grants.authenticate(after, "a2", 10))).toBe("granted")
  })

  it("is dead at once when it is revoked, and a revoked refresh token is not called used", () => {
    const [, before] = start()
    const [answer, after] = Grants.revoke(before, "r1", 10)
    expect(reason(answer)).toBe("granted")
    expect(reason(Grants.authenticate(after, "a1", 10))).toBe("unknown")
    expect(reason(Grants.refresh(after, "r1", 10, ids(2))[0])).toBe("revoked")
    expect(reason(Grants.revoke(after, "r1", 10)[0])).toBe("revoked")
  })

  it("of another chain of the same user is not touched by a refresh or a revocation", () => {
    const [, one] = start()
    const [, two] = Grants.login(one, "ada", 0, ids(10))
    const [, refreshed] = Grants.refresh(two, "r1", 5, ids(2))
    const [, revoked] = Grants.revoke(refreshed, "r2", 6)
    expect(reason(Grants.authenticate(revoked, "a10", 7))).toBe("granted")
  })
})

describe("a chain", () => {
  it("goes on for 90 days when it is refreshed daily, and not longer", () => {
    expect(refreshedEvery(DAY, 89 * DAY)).toEqual({ refusedAt: undefined, reason: undefined })
    expect(refreshedEvery(DAY, 120 * DAY)).toEqual({ refusedAt: 90 * DAY, reason: "chain-ended" })
  })

  it("ends after 14 days without a refresh however often it was refreshed before", () => {
    const [, first] = start()
    const [, second] = Grants.refresh(first, "r1", 10 * DAY, ids(2))
    expect(reason(Grants.refresh(second, "r2", 24 * DAY - 1, ids(3))[0])).toBe("granted")
    expect(reason(Grants.refresh(second, "r2", 24 * DAY, ids(3))[0])).toBe("expired")
  })

  it("obeys configured lives", () => {
    const state = Grants.empty({ accessToken: 10, refreshToken: 20, chain: 35 })
    const [, first] = Grants.login(state, "ada", 0, ids(1))
    expect(reason(Grants.authenticate(first, "a1", 10))).toBe("expired")
    const [, second] = Grants.refresh(first, "r1", 19, ids(2))
    expect(reason(Grants.refresh(second, "r2", 34, ids(3))[0])).toBe("granted")
    expect(reason(Grants.refresh(second, "r2", 35, ids(3))[0])).toBe("chain-ended")
  })
})

describe("counting", () => {
  it("tells a used refresh token from an unknown one", () => {
    const [, first] = start()
    const [, second] = Grants.refresh(first, "r1", 1, ids(2))
    const [, third] = Grants.refresh(second, "r1", 2, ids(3))
    const [, fourth] = Grants.refresh(third, "never-seen", 3, ids(4))
    expect(fourth.counts).toEqual({
      logins: 1,
      refreshes: 1,
      refreshesRefused: 2,
      reusedRefreshTokens: 1,
      revocations: 0,
      revocationsRefused: 0
    })
  })

  it("starts again from zero without ending a session", () => {
    const [, state] = start()
    const reset = Grants.resetCounts(state)
    expect(reset.counts.logins).toBe(0)
    expect(reason(Grants.authenticate(reset, "a1", 1))).toBe("granted")
  })
})

describe("an administrator", () => {
  const [, ada] = start()
  const [, both] = Grants.login(ada, "olga", 0, ids(2))

  it("ends all access tokens, and the refresh tokens live on", () => {
    const [ended, state] = Grants.expireAccessTokens(both, 5)
    expect(ended).toBe(2)
    expect(reason(Grants.authenticate(state, "a1", 5))).toBe("expired")
    expect(reason(Grants.refresh(state, "r1", 5, ids(3))[0])).toBe("granted")
    expect(Grants.expireAccessTokens(state, 6)[0]).toBe(0)
  })

  it("forgets the access tokens of one user", () => {
    const [forgotten, state] = Grants.revokeAccessTokens(both, "ada")
    expect(forgotten).toBe(1)
    expect(reason(Grants.authenticate(state, "a1", 5))).toBe("unknown")
    expect(reason(Grants.authenticate(state, "a2", 5))).toBe("granted")
    expect(reason(Grants.refresh(state, "r1", 5, ids(3))[0])).toBe("granted")
  })

  it("ends the sessions of one user, or of everybody", () => {
    const [one, state] = Grants.revokeSessions(both, "ada")
    expect(one).toBe(1)
    expect(reason(Grants.refresh(state, "r1", 5, ids(3))[0])).toBe("revoked")
    expect(reason(Grants.refresh(state, "r2", 5, ids(3))[0])).toBe("granted")
    expect(Grants.revokeSessions(both)[0]).toBe(2)
  })
})
