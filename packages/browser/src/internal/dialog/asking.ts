/** A person who is asked for user name and password at once, as people and password managers expect. */
import { type AuthError, CredentialRequired } from "@mlserver-auth/core/AuthError"
import type { UsernamePassword } from "@mlserver-auth/core/Credential"
import type * as CredentialPrompt from "@mlserver-auth/core/CredentialPrompt"
import * as Session from "@mlserver-auth/core/Session"
import type { Token } from "@mlserver-auth/core/Token"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"

/** What is asked for. */
export interface Question {
  readonly server: string
  /** Where it is known, only the password is wanted. */
  readonly username?: string | undefined
}

/** One form that is open, for as many tries as it takes. */
export interface Asking {
  /** The next answer that is given. */
  readonly answer: Effect.Effect<UsernamePassword, CredentialRequired>
  /** Fails when the person leaves. */
  readonly left: Effect.Effect<never, CredentialRequired>
  /** Shows that an answer is being tried. */
  readonly busy: (now: boolean) => void
  /** Says why an answer did not do. */
  readonly refuse: (why: string) => void
}

export type Open = (question: Question) => Effect.Effect<Asking, CredentialRequired, Scope.Scope>

const once = (open: Open, question: Question) =>
  Effect.scoped(Effect.flatMap(open(question), (asking) => Effect.raceFirst(asking.answer, asking.left)))

/** How long a password waits for the caller that has just asked for its user name, in milliseconds. */
const KEPT = 5_000

/** The port asks for one thing after the other; the person answers both in one form, while `turn` is taken. */
export const toPrompt = (open: Open, turn: Effect.Semaphore): Effect.Effect<CredentialPrompt.Service> =>
  Effect.sync(() => {
    let kept: { readonly for: string; readonly password: Redacted.Redacted<string> } | undefined
    const forget = () => void (kept = undefined)
    const both = (question: Question) => turn.withPermits(1)(once(open, question))
    const named = (server: string, username: string) => JSON.stringify([server, username])
    return {
      username: ({ server }) =>
        Effect.map(both({ server }), ({ password, username }) => {
          kept = { for: named(server, username), password }
          setTimeout(forget, KEPT)
          return username
        }),
      password: ({ server, username }) =>
        Effect.suspend(() => {
          const found = kept?.for === named(server, username) ? kept.password : undefined
          forget()
          return found === undefined
            ? Effect.map(both({ server, username }), ({ password }) => password)
            : Effect.succeed(found)
        }),
      device: Effect.fail(
        new CredentialRequired({ reason: "NotInteractive", detail: "device codes do not work in browsers" })
      )
    }
  })

/**
 * Asks until a sign-in works or the person leaves; the form shows what did not work. A second call for a session for which a
 * person is being asked joins the first; `turn` is taken while a person is asked.
 */
export const signIn = (
  open: Open,
  describe: (error: AuthError) => string,
  turn: Effect.Semaphore
): Effect.Effect<Token, CredentialRequired, Session.Session> =>
  Effect.flatMap(Session.Session, (session) => shared(session, alone(session, open, describe, turn)))

/** Sign-ins under way: a framework may mount, leave and mount again in one moment (React's StrictMode). */
const flights = new WeakMap<
  Session.Service,
  { readonly fiber: Fiber.Fiber<Token, CredentialRequired>; waiting: number }
>()

/** One for a session, which ends when the last of those who wait for it leaves. */
const shared = (session: Session.Service, ask: Effect.Effect<Token, CredentialRequired>) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const joined = flights.get(session)
      const flight = joined ?? { fiber: yield* Effect.forkDaemon(Effect.interruptible(ask)), waiting: 0 }
      flights.set(session, flight)
      flight.waiting++
      return yield* Effect.ensuring(
        restore(Fiber.join(flight.fiber)),
        Effect.suspend(() => {
          if (--flight.waiting > 0) return Effect.void
          if (flights.get(session) === flight) flights.delete(session)
          return Fiber.interrupt(flight.fiber)
        })
      )
    })
  )

const alone = (
  session: Session.Service,
  open: Open,
  describe: (error: AuthError) => string,
  turn: Effect.Semaphore
): Effect.Effect<Token, CredentialRequired> =>
  Effect.gen(function* () {
    const isSignedIn = Effect.match(session.peek, {
      onFailure: () => false,
      onSuccess: ({ _tag }) => _tag === "SignedIn"
    })
    const before = yield* isSignedIn
    const ask = asked(session, open, describe)
    return yield* turn.withPermits(1)(
      // The person who was asked meanwhile may have signed in for both: two clients of one store.
      Effect.flatMap(isSignedIn, (now) => (now && !before ? Effect.orElse(session.token, () => ask) : ask))
    )
  })

const asked = (session: Session.Service, open: Open, describe: (error: AuthError) => string) =>
  Effect.gen(function* () {
    const { issuer: server, principal } = session.key
    const asking = yield* open({ server, ...(principal === "" ? undefined : { username: principal }) })
    const tryOnce = Effect.gen(function* () {
      const credential = yield* asking.answer
      asking.busy(true)
      return yield* Effect.ensuring(
        session.signIn(credential),
        Effect.sync(() => asking.busy(false))
      )
    })
    const untilItWorks: Effect.Effect<Token> = Effect.catchAll(tryOnce, (error) =>
      Effect.zipRight(
        Effect.sync(() => asking.refuse(describe(error))),
        Effect.suspend(() => untilItWorks)
      )
    )
    return yield* Effect.raceFirst(untilItWorks, asking.left)
  }).pipe(Effect.scoped)
