/** When an issuer is not asked although it could be: many callers in a loop are no reason to ask it in a loop. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as AuthError from "../AuthError.js"
import * as Token from "../Token.js"

/** After the issuer could not be had, in milliseconds; unless it asked for longer. */
const PAUSE = 1000

/** After the issuer asked for a person, in milliseconds: asking again without one changes nothing by itself. */
const PERSON_PAUSE = 60_000

/** What a renewal is about. */
export interface Subject {
  readonly token: Token.Token
  readonly claims: string | undefined
}

export class Restraint {
  #restUntil = -Infinity
  #cause: AuthError.ServerUnavailable | undefined
  #person: (Subject & { readonly until: number; readonly error: AuthError.InteractionRequired }) | undefined

  /** Fails while the issuer wants to be left alone, with what it said. */
  readonly rested: Effect.Effect<void, AuthError.ServerUnavailable> = Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const cause = this.#cause
    if (cause === undefined || now >= this.#restUntil) return Effect.void
    const { code, operation, reason, server, status } = cause
    const seen = { ...(status !== undefined && { status }), ...(code !== undefined && { code }) }
    return new AuthError.ServerUnavailable({ operation, reason, server, retryAfter: this.#restUntil - now, ...seen })
  })

  /** The issuer could not be had. */
  rest(cause: AuthError.ServerUnavailable): Effect.Effect<void> {
    return Effect.map(Clock.currentTimeMillis, (now) => {
      this.#restUntil = now + (cause.retryAfter ?? PAUSE)
      this.#cause = cause
    })
  }

  /** Fails while the issuer waits for a person, about this very token and these claims. */
  unattended({ claims, token }: Subject): Effect.Effect<void, AuthError.InteractionRequired> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const person = this.#person
      const same = person?.claims === claims && person !== undefined && Token.isSame(person.token, token)
      return same && now < person.until ? Effect.fail(person.error) : Effect.void
    })
  }

  /** The issuer asked for a person. */
  awaitPerson(subject: Subject, error: AuthError.InteractionRequired): Effect.Effect<void> {
    return Effect.map(Clock.currentTimeMillis, (now) => {
      this.#person = { ...subject, error, until: now + PERSON_PAUSE }
    })
  }
}
