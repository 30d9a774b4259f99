/** A person who is asked for user name and password at once, as people and password managers expect. */
import { type AuthError, CredentialRequired } from "@mlserver-auth/core/AuthError"
import type { UsernamePassword } from "@mlserver-auth/core/Credential"
import type * as CredentialPrompt from "@mlserver-auth/core/CredentialPrompt"
import * as Session from "@mlserver-auth/core/Session"
import type { Token } from "@mlserver-auth/core/Token"
import * as Effect from "effect/Effect"
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

/** How long a password waits for whoever has just asked for its user name, in milliseconds. */
const KEPT = 5_000

/** The port asks for one thing after the other; the person answers both in one form. One form at a time. */
export const toPrompt = (open: Open): Effect.Effect<CredentialPrompt.Service> =>
  Effect.map(Effect.makeSemaphore(1), (turn) => {
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

/** Asks until a sign-in works or the person leaves; what did not work is told in the form. */
export const signIn = (
  open: Open,
  describe: (error: AuthError) => string
): Effect.Effect<Token, CredentialRequired, Session.Session> =>
  Effect.gen(function* () {
    const session = yield* Session.Session
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
