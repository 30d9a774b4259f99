import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as AzureGrants from "../../src/azure/token/AzureGrants.js"
import * as Demands from "../../src/azure/token/Demands.js"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const rules: AzureGrants.Rules = { accessToken: HOUR, refreshToken: 90 * DAY, rotate: false }
const rotating = { ...rules, rotate: true }

const signIn: AzureGrants.SignIn = {
  username: "ada",
  resource: "mls",
  scopes: [],
  secondFactor: false,
  claims: undefined,
  offline: true
}
const same: AzureGrants.RefreshWish = {
  resource: undefined,
  scopes: undefined,
  claims: undefined,
  offline: true,
  crossOrigin: false
}
const ids = (n: number) => ({ access: `a${n}`, refresh: `r${n}` })

const [, started] = AzureGrants.issue(rules, AzureGrants.empty, signIn, 0, ids(1))

const said = (answer: Either.Either<unknown, AzureGrants.RefreshRefusal>) =>
  Either.isRight(answer) ? "granted" : typeof answer.left === "string" ? answer.left : answer.left._tag

const refreshed = (state: AzureGrants.State, token: string, now: number, by = rules, wish = same) =>
  AzureGrants.refresh(by, state, token, wish, now, ids(now + 100))

describe("a refresh token", () => {
  it.each([
    [0, "granted"],
    [90 * DAY - 1, "granted"],
    [90 * DAY, "expired"]
  ])("that nobody used works %i ms after the sign-in: %s", (now, expected) => {
    expect(said(refreshed(started, "r1", now)[0])).toBe(expected)
  })

  it("stays usable, and using it postpones its end", () => {
    const [, once] = refreshed(started, "r1", 80 * DAY)
    const [, twice] = refreshed(once, "r1", 160 * DAY)
    expect(said(refreshed(twice, "r1", 249 * DAY)[0])).toBe("granted")
    expect(said(refreshed(twice, "r1", 250 * DAY)[0])).toBe("expired")
  })

  it("works once where it rotates, and using it again is counted", () => {
    const [first, once] = refreshed(started, "r1", 1, rotating)
    const [second, twice] = refreshed(once, "r1", 2, rotating)
    const [next] = refreshed(twice, "r101", 3, rotating)
    expect([said(first), said(second), said(next)]).toEqual(["granted", "used", "granted"])
    expect(twice.counts).toMatchObject({ refreshes: 1, refreshesRefused: 1, reusedRefreshTokens: 1 })
  })

  it("is not used up where the answer has no other one", () => {
    const [first, once] = refreshed(started, "r1", 1, rotating, { ...same, offline: false })
    expect(Either.isRight(first) && first.right.refreshToken).toBe(undefined)
    expect(said(refreshed(once, "r1", 2, rotating)[0])).toBe("granted")
  })

  it("gives tokens for another resource too", () => {
    const [answer] = refreshed(started, "r1", 1, rules, { ...same, resource: "graph" })
    expect(Either.isRight(answer) && answer.right.access.resource).toBe("graph")
  })

  it.each([
    ["revoked", undefined, 2, "revoked"],
    ["sign-in-over", "ADA", 1, "sign-in-over"],
    ["revoked", "olga", 1, "granted"]
  ] as const)("dies early: %s for %s", (death, username, killed, expected) => {
    const [, both] = AzureGrants.issue(rules, started, { ...signIn, username: "olga" }, 0, ids(2))
    const [count, state] = AzureGrants.killRefreshTokens(both, death, username)
    expect([count, said(refreshed(state, "r1", 1)[0])]).toEqual([killed, expected])
    expect(said(AzureGrants.authenticate(state, "a1", 1))).toBe("granted")
  })
})

describe("an access token", () => {
  it("outlives the refresh that gave another one, and not its hour", () => {
    const [, state] = refreshed(started, "r1", 10)
    expect(said(AzureGrants.authenticate(state, "a1", HOUR - 1))).toBe("granted")
    expect(said(AzureGrants.authenticate(state, "a1", HOUR))).toBe("expired")
    expect(said(AzureGrants.authenticate(state, "a110", HOUR))).toBe("granted")
  })

  it("ends, or is forgotten, on demand, and refresh tokens live on", () => {
    const [ended, expired] = AzureGrants.expireAccessTokens(started, 5)
    const [gone, revoked] = AzureGrants.revokeAccessTokens(started, "ada")
    expect([ended, said(AzureGrants.authenticate(expired, "a1", 5))]).toEqual([1, "expired"])
    expect([gone, said(AzureGrants.authenticate(revoked, "a1", 5))]).toEqual([1, "unknown"])
    expect([said(refreshed(expired, "r1", 6)[0]), said(refreshed(revoked, "r1", 6)[0])]).toEqual(["granted", "granted"])
  })
})

describe("a demand for claims", () => {
  const claims = Demands.claimsAt(60_000)
  const demanded = (interaction: boolean, username?: string): AzureGrants.State => ({
    ...started,
    demands: Demands.demand(started.demands, claims, { interaction, username })
  })
  const lacking = (state: AzureGrants.State, serial: number, username = "ada") =>
    Demands.lacking(state.demands, username, serial) !== undefined

  it("names the moment after which a token must be made, in seconds", () => {
    expect(JSON.parse(claims)).toEqual({ access_token: { nbf: { essential: true, value: "60" } } })
  })

  it("holds until a token was asked for with exactly its claims; older tokens are never taken again", () => {
    const [, without] = refreshed(demanded(false), "r1", 1)
    const [, other] = refreshed(without, "r1", 2, rules, { ...same, claims: `${claims} ` })
    const [, met] = refreshed(other, "r1", 3, rules, { ...same, claims })
    const [, later] = refreshed(met, "r1", 4)
    expect([lacking(without, 2), lacking(other, 3)]).toEqual([true, true])
    expect([1, 2, 3, 4, 5].map((serial) => lacking(later, serial))).toEqual([true, true, true, false, false])
    expect(later.counts.refreshesWithClaims).toBe(2)
  })

  it("on one user is none on another, and one on everybody is met by each alone", () => {
    expect([lacking(demanded(false, "ada"), 1, "olga"), lacking(demanded(false, "ADA"), 1)]).toEqual([false, true])
    const [, met] = refreshed(demanded(false), "r1", 1, rules, { ...same, claims })
    expect([lacking(met, 2), lacking(met, 2, "olga")]).toEqual([false, true])
  })

  it("may take a person: then a refresh with the claims is refused until somebody signed in with them", () => {
    const state = demanded(true)
    expect(said(refreshed(state, "r1", 1, rules, { ...same, claims })[0])).toBe("Interaction")
    expect(said(refreshed(state, "r1", 1)[0])).toBe("granted")
    const [, met] = AzureGrants.issue(rules, state, { ...signIn, claims }, 2, ids(2))
    expect(said(refreshed(met, "r1", 3, rules, { ...same, claims })[0])).toBe("granted")
  })
})

const step = FastCheck.record({
  act: FastCheck.constantFrom("issue", "refresh", "revoke", "over"),
  which: FastCheck.nat(30),
  wait: FastCheck.oneof(FastCheck.nat(1000), FastCheck.nat(50 * DAY))
})

describe("whatever happened", () => {
  it("a rotating refresh token gives tokens at most once", () =>
    FastCheck.assert(
      FastCheck.property(FastCheck.array(step, { maxLength: 50 }), (steps) => {
        let [state, now, made] = [AzureGrants.empty, 0, 0]
        const used: Array<string> = []
        for (const { act, wait, which } of steps) {
          now += wait
          const token = `r${which % Math.max(1, made)}`
          if (act === "issue") state = AzureGrants.issue(rotating, state, signIn, now, ids(made++))[1]
          else if (act === "refresh") {
            const [answer, next] = AzureGrants.refresh(rotating, state, token, same, now, ids(made))
            state = next
            if (Either.isRight(answer)) {
              made += 1
              used.push(token)
            }
          } else state = AzureGrants.killRefreshTokens(state, act === "revoke" ? "revoked" : "sign-in-over")[1]
        }
        expect(new Set(used).size).toBe(used.length)
        expect(state.counts.refreshes).toBe(used.length)
        const alive = used.filter((token) => Either.isRight(refreshed(state, token, now, rotating)[0]))
        expect(alive).toEqual([])
      }),
      { numRuns: 300 }
    ))
})
