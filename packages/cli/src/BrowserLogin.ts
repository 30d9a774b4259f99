/**
 * A sign-in in the browser of the person at this machine: told on stderr, or to a program as a line of JSON on stdout.
 */
import type { AuthError } from "@mlserver-auth/core/AuthError"
import * as Credential from "@mlserver-auth/core/Credential"
import type { Visit } from "@mlserver-auth/node/LoopbackRedirect"
import * as Effect from "effect/Effect"
import type { Connection } from "./Connection.js"
import { Invocation } from "./Invocation.js"
import { Output } from "./Output.js"
import { usage, type UsageError } from "./Usage.js"

/** How the sign-in goes. */
export interface Options {
  /** Whom the page is to begin with. */
  readonly user: string | undefined
  readonly claims: string | undefined
  /** Whether somebody else may be meant than whom the browser knows. */
  readonly asksWho: boolean
}

const WHERE = {
  true: "Sign in in the browser window that has opened. If there is none, open this address in a browser on this machine:",
  false: "To sign in, open this address in a browser on this machine:"
} as const

const told = ({ opened, port, url }: Visit): Effect.Effect<void, never, Invocation | Output> =>
  Effect.gen(function* () {
    const { answerJson, notice } = yield* Output
    // The sign-in goes on when the reader leaves: it was started for what comes after it.
    if ((yield* Invocation).json) return yield* Effect.ignore(answerJson({ event: "browser", url, port, opened }))
    yield* notice(WHERE[opened ? "true" : "false"])
    yield* notice(`\n  ${url}\n`)
    if (!opened) yield* notice(`It comes back to port ${port} of this machine: over SSH, forward that first (ssh -L).`)
    yield* notice("Waiting… (Ctrl-C cancels)")
  })

/** Signs in. A `UsageError` where nobody is there. */
export const signIn = (
  { session }: Connection,
  { asksWho, claims, user }: Options
): Effect.Effect<void, AuthError | UsageError, Output | Invocation> =>
  Effect.gen(function* () {
    const { silenced } = yield* Invocation
    if (silenced !== undefined) {
      return yield* usage(
        `A sign-in in the browser takes a person, and ${silenced} says that there is none`,
        "Use a device code with --json: a program then gets the code, and can show it.",
        'or give a password: printf %s "$PASSWORD" | mls login --method aad-password --user NAME --password-stdin'
      )
    }
    const { make } = yield* Effect.promise(() => import("@mlserver-auth/node/LoopbackRedirect"))
    const context = yield* Effect.context<Output | Invocation>()
    // Azure's portal registers this name only; see docs/cloud.md.
    const redirect = make({ host: "localhost", show: (visit) => Effect.provide(told(visit), context) })
    const ask = asksWho && user === undefined ? ("select_account" as const) : undefined
    yield* session.signIn(Credential.authorizationCode({ redirect, ask, claims, loginHint: user }))
  })
