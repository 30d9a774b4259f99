/** What makes sessions that share issuer, store and shutdown. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { CredentialSource } from "../../CredentialSource.js"
import * as Token from "../../Token.js"
import { TokenIssuer } from "../../TokenIssuer.js"
import { TokenStore } from "../../TokenStore.js"
import * as Flights from "./flights.js"
import { SessionImpl } from "./session.js"

const millis = (given: Duration.DurationInput | undefined, otherwise: number): number =>
  given === undefined ? otherwise : Duration.toMillis(given)

/** The options that all sessions of one factory share. */
interface Shared {
  readonly mustRenewWithin?: Duration.DurationInput | undefined
  readonly shouldRenewWithin?: Duration.DurationInput | undefined
  readonly shutdownGrace?: Duration.DurationInput | undefined
}

export const make = (options: Shared) =>
  Effect.gen(function* () {
    const issuer = yield* TokenIssuer
    const store = yield* TokenStore
    const clock = yield* Effect.clock
    const flights = yield* Flights.make(options.shutdownGrace ?? "5 seconds")
    const windows: Token.RenewalWindows = {
      must: millis(options.mustRenewWithin, Token.defaultWindows.must),
      should: millis(options.shouldRenewWithin, Token.defaultWindows.should)
    }
    return (principal: string, source: CredentialSource["Type"]): SessionImpl =>
      new SessionImpl({ issuer, store, source, clock, flights, windows, key: issuer.key(principal) })
  })
