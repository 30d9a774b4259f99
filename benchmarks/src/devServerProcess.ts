/** The dev server in a process of its own, moved by messages, so that its work is not the client's. */
import { DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"

/**
 * What the process does when told. `hold` keeps API requests waiting; `revokeHeld` waits until 200 of them are there,
 * ends all access tokens and lets them go.
 */
export type Order =
  | "counts"
  | "resetCounts"
  | "twoHoursLater"
  | "hold"
  | "revokeHeld"
  | "expire"
  | "revoke"
  | "slowRefresh"

const main = Effect.gen(function* () {
  const { control, url } = yield* DevServer.make()
  let revokeHeld: Effect.Effect<void> = Effect.void
  const orders: Readonly<Record<Order, Effect.Effect<unknown>>> = {
    counts: control.counts,
    resetCounts: control.resetCounts,
    twoHoursLater: control.advance("2 hours"),
    hold: Effect.map(control.hold("api"), (gate) => {
      const revoked = Effect.zipRight(gate.awaitWaiting(200), control.revokeAccessTokens())
      revokeHeld = Effect.zipRight(revoked, gate.release)
    }),
    revokeHeld: Effect.suspend(() => revokeHeld),
    expire: control.expireAccessTokens,
    revoke: control.revokeAccessTokens(),
    // A server that answers at once would hide that others ask meanwhile.
    slowRefresh: control.delay({ on: "refresh", duration: "50 millis" })
  }
  const obey = (order: Order) =>
    Effect.runFork(Effect.map(orders[order], (answer) => process.send?.({ order, answer: answer ?? null })))
  process.on("message", obey)
  process.send?.({ order: "url", answer: url })
  return yield* Effect.never
})

process.on("disconnect", () => process.exit(0))
Effect.runFork(Effect.scoped(main))
