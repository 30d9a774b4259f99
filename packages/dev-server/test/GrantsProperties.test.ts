import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Grants from "../src/Grants.js"

const HOUR = 3_600_000

const acts = ["login", "refresh", "revoke", "expire", "forget", "end"] as const

/** What can happen: a log-in, or something done with one of the tokens handed out so far, and time passes. */
const step = FastCheck.record({
  act: FastCheck.constantFrom(...acts),
  which: FastCheck.nat(40),
  username: FastCheck.constantFrom("ada", "olga"),
  wait: FastCheck.oneof(FastCheck.nat(1000), FastCheck.nat(400 * HOUR))
})
type Step = typeof step extends FastCheck.Arbitrary<infer S> ? S : never

interface History {
  state: Grants.State
  now: number
  readonly issued: Array<Grants.Grant>
  readonly used: Set<string>
  readonly dead: Set<string>
  readonly refused: { refreshes: number; reuses: number; revocations: number }
}

const fresh = (history: History) => ({
  access: `a${history.issued.length}`,
  refresh: `r${history.issued.length}`
})

const administer = (state: Grants.State, act: "expire" | "forget" | "end", username: string, now: number) => {
  if (act === "expire") return Grants.expireAccessTokens(state, now)[1]
  return (act === "forget" ? Grants.revokeAccessTokens : Grants.revokeSessions)(state, username)[1]
}

const takeStep = (history: History, { act, username, wait, which }: Step): Either.Either<Grants.Grant, string> => {
  history.now += wait
  const { now, state } = history
  const token = history.issued[which % Math.max(1, history.issued.length)]?.refresh ?? "r0"
  switch (act) {
    case "login": {
      const [grant, next] = Grants.login(state, username, now, fresh(history))
      history.state = next
      history.issued.push(grant)
      return Either.right(grant)
    }
    case "refresh": {
      const [answer, next] = Grants.refresh(state, token, now, fresh(history))
      history.state = next
      if (Either.isRight(answer)) {
        history.issued.push(answer.right)
        history.used.add(token)
      } else {
        history.refused.refreshes += 1
        if (history.used.has(token)) history.refused.reuses += 1
      }
      return answer
    }
    case "revoke": {
      const [answer, next] = Grants.revoke(state, token, now)
      history.state = next
      if (Either.isRight(answer)) history.dead.add(token)
      else history.refused.revocations += 1
      return answer
    }
    default: {
      history.state = administer(state, act, username, now)
      return Either.left(act)
    }
  }
}

const begin = (): History => ({
  state: Grants.empty(),
  now: 0,
  issued: [],
  used: new Set(),
  dead: new Set(),
  refused: { refreshes: 0, reuses: 0, revocations: 0 }
})

/** Runs `check` after every step of random histories. */
const always = (check: (history: History, answer: Either.Either<Grants.Grant, string>, step: Step) => void) =>
  FastCheck.assert(
    FastCheck.property(FastCheck.array(step, { maxLength: 60 }), (steps) => {
      const history = begin()
      for (const step of steps) check(history, takeStep(history, step), step)
    }),
    { numRuns: 300 }
  )

describe("after whatever happened", () => {
  it("a chain has at most one live pair, and it is the last it was given", () =>
    always(({ issued, now, state }) => {
      const live = Grants.live(state, now)
      expect(new Set(live.map((grant) => grant.chain)).size).toBe(live.length)
      for (const grant of live) {
        expect(grant.refresh).toBe(issued.filter((it) => it.chain === grant.chain).at(-1)?.refresh)
      }
    }))

  it("a refresh token that was used or revoked never works again, and neither does its access token", () =>
    always(({ dead, issued, now, state, used }) => {
      for (const grant of issued.filter((it) => used.has(it.refresh) || dead.has(it.refresh))) {
        expect(Either.isLeft(Grants.refresh(state, grant.refresh, now, { access: "x", refresh: "y" })[0])).toBe(true)
        expect(Either.isLeft(Grants.authenticate(state, grant.access, now))).toBe(true)
      }
    }))

  it("no token outlives its life, and no chain its 90 days", () =>
    always(({ issued, now, state }) => {
      const aged = issued.filter((it) => now >= it.issuedAt + HOUR)
      expect(aged.filter((it) => Either.isRight(Grants.authenticate(state, it.access, now)))).toEqual([])
      const over = issued.filter((it) => now >= Math.min(it.issuedAt + 336 * HOUR, it.startedAt + 2160 * HOUR))
      expect(over.filter((it) => Either.isRight(Grants.revoke(state, it.refresh, now)[0]))).toEqual([])
    }))

  it("a refresh keeps the user, the chain and its beginning", () =>
    always(({ issued }, answer, { act }) => {
      if (act !== "refresh" || Either.isLeft(answer)) return
      const first = issued.find((it) => it.chain === answer.right.chain)
      expect(answer.right).toMatchObject({ username: first?.username, startedAt: first?.startedAt })
    }))

  it("the counters are the history in numbers", () =>
    always(({ dead, issued, refused, state: { counts }, used }) => {
      expect(counts).toEqual({
        logins: issued.length - used.size,
        refreshes: used.size,
        refreshesRefused: refused.refreshes,
        reusedRefreshTokens: refused.reuses,
        revocations: dead.size,
        revocationsRefused: refused.revocations
      })
    }))
})
