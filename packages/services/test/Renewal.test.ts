import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { server, servicesOf } from "./Servers.js"

it.scoped("1,000 consumes at once with a revoked token: one renewal, and 1,000 scores", () =>
  Effect.gen(function* () {
    const peer = yield* server()
    const { services } = yield* servicesOf(peer)
    const one = (hp: number) => services.consume({ name: "manualTransmission", version: "1.0.0" }, { hp, wt: 2.8 })
    yield* one(120)
    yield* peer.control.revokeAccessTokens()
    yield* peer.control.resetCounts
    const hps = Array.from({ length: 1000 }, (_, at) => 50 + at / 10)
    const outcomes = yield* Effect.forEach(hps, one, { concurrency: "unbounded" })
    const answers = outcomes.map(({ outputParameters }) => Number(outputParameters?.["answer"]))
    // Each caller has the answer to its own question: more horses, more often a manual transmission.
    expect(answers.every((answer, at) => at === 0 || answer > (answers[at - 1] ?? 1))).toBe(true)
    expect(yield* peer.control.counts).toMatchObject({
      logins: 0,
      refreshes: 1,
      unauthorized: 1000,
      reusedRefreshTokens: 0
    })
  })
)
