/** When an issuer is not asked although it could be: many callers in a loop are no reason to ask it in a loop. */
import * as Effect from "effect/Effect"
import * as AuthError from "../../AuthError.js"
import * as Token from "../../Token.js"
import { monotonic } from "../monotonic.js"

/** In milliseconds, after the issuer could not be reached; longer where it asked for that. Some issuers ask all clients for 0. */
const PAUSE = 1000

/** After the issuer asked for a person, in milliseconds: asking again without one changes nothing by itself. */
const PERSON_PAUSE = 60_000

/** What a renewal is about. */
export interface Subject {
  readonly token: Token.Token
  readonly claims: string | undefined
}

/** An issuer that cannot now, and says so. */
type Unavailable = AuthError.ServerUnavailable | AuthError.RenewalUncertain

const isUnavailable = (error: AuthError.AuthError): error is Unavailable =>
  error._tag === "ServerUnavailable" || (error._tag === "RenewalUncertain" && error.reason === "Status")

/** Instants are of the monotonic clock: a wall clock that is set back would prolong every wait by as much. */
export class Backoff {
  #restUntil = -Infinity
  #cause: Unavailable | undefined
  #person: (Subject & { readonly until: number; readonly error: AuthError.InteractionRequired }) | undefined

  /** Fails while the issuer wants to be left alone, with what it said. */
  readonly #rested: Effect.Effect<void, Unavailable> = Effect.flatMap(
    monotonic,
    (now): Effect.Effect<void, Unavailable> => {
      const cause = this.#cause
      if (cause === undefined || now >= this.#restUntil) return Effect.void
      const { code, server, status } = cause
      const retryAfter = Math.ceil(this.#restUntil - now)
      const seen = { server, status, retryAfter, ...(code !== undefined && { code }) }
      return cause._tag === "RenewalUncertain"
        ? new AuthError.RenewalUncertain({ ...seen, reason: cause.reason })
        : new AuthError.ServerUnavailable({ ...seen, reason: cause.reason, operation: cause.operation })
    }
  )

  /** The call, unless the issuer wants to be left alone: that is no answer of the issuer's, and begins no new pause. */
  observed<A>(call: Effect.Effect<A, AuthError.AuthError>): Effect.Effect<A, AuthError.AuthError> {
    return Effect.zipRight(
      this.#rested,
      Effect.tapError(call, (error) => (isUnavailable(error) ? this.#rest(error) : Effect.void))
    )
  }

  /** The issuer could not be had. */
  #rest(cause: Unavailable): Effect.Effect<void> {
    return Effect.map(monotonic, (now) => {
      this.#restUntil = now + Math.max(cause.retryAfter ?? 0, PAUSE)
      this.#cause = cause
    })
  }

  /** Fails while the issuer waits for a person, about this very token and these claims. */
  unattended({ claims, token }: Subject): Effect.Effect<void, AuthError.InteractionRequired> {
    return Effect.flatMap(monotonic, (now) => {
      const person = this.#person
      const same = person?.claims === claims && person !== undefined && Token.isSame(person.token, token)
      return same && now < person.until ? Effect.fail(person.error) : Effect.void
    })
  }

  /** The issuer asked for a person. */
  awaitPerson(subject: Subject, error: AuthError.InteractionRequired): Effect.Effect<void> {
    return Effect.map(monotonic, (now) => {
      this.#person = { ...subject, error, until: now + PERSON_PAUSE }
    })
  }
}
