/** When an issuer is not asked although it could be: many callers in a loop are no reason to ask it in a loop. */
import * as Effect from "effect/Effect"
import * as AuthError from "../AuthError.js"
import * as Token from "../Token.js"
import { monotonic } from "./monotonic.js"

/** After the issuer could not be had, in milliseconds; unless it asked for longer. Some ask for 0, for everybody. */
const PAUSE = 1000

/** After the issuer asked for a person, in milliseconds: asking again without one changes nothing by itself. */
const PERSON_PAUSE = 60_000

/** What a renewal is about. */
export interface Subject {
  readonly token: Token.Token
  readonly claims: string | undefined
}

/** Instants are of the monotonic clock: a wall clock that is set back would prolong every wait by as much. */
export class Restraint {
  #restUntil = -Infinity
  #cause: AuthError.ServerUnavailable | undefined
  #person: (Subject & { readonly until: number; readonly error: AuthError.InteractionRequired }) | undefined

  /** Fails while the issuer wants to be left alone, with what it said. */
  readonly #rested: Effect.Effect<void, AuthError.ServerUnavailable> = Effect.flatMap(monotonic, (now) => {
    const cause = this.#cause
    if (cause === undefined || now >= this.#restUntil) return Effect.void
    const { code, operation, reason, server, status } = cause
    const seen = { ...(status !== undefined && { status }), ...(code !== undefined && { code }) }
    return new AuthError.ServerUnavailable({
      operation,
      reason,
      server,
      retryAfter: Math.ceil(this.#restUntil - now),
      ...seen
    })
  })

  /** The call, unless the issuer wants to be left alone: that is no answer of the issuer's, and begins no new pause. */
  observed<A>(call: Effect.Effect<A, AuthError.AuthError>): Effect.Effect<A, AuthError.AuthError> {
    return Effect.zipRight(
      this.#rested,
      Effect.tapErrorTag(call, "ServerUnavailable", (cause) => this.#rest(cause))
    )
  }

  /** The issuer could not be had. */
  #rest(cause: AuthError.ServerUnavailable): Effect.Effect<void> {
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
