/**
 * A sign-in in the browser of the person at this machine: told on stderr, or to a program as a line of JSON on stdout.
 */
import type { AuthError } from "@mlserver-auth/core/AuthError"
import * as Credential from "@mlserver-auth/core/Credential"
import type { Visit } from "@mlserver-auth/node/LoopbackRedirect"
import * as Effect from "effect/Effect"
import type { Connection } from "../connection.js"
import { Invocation } from "../../cli/invocation.js"
import { Output } from "../../cli/output.js"
import type { UsageError } from "../../cli/usage.js"
import { needsPerson } from "./loginOptions.js"

/** Options of the sign-in. */
export interface Options {
  /** Whom the page is to begin with. */
  readonly user: string | undefined
  readonly claims: string | undefined
  /** Whether another user may be meant than the one that the browser knows. */
  readonly asksWho: boolean
}

const WHERE = {
  true: "Sign in in the browser window that has opened. If there is none, open this address in a browser on this machine:",
  false: "To sign in, open this address in a browser on this machine:"
} as const

const printVisit = ({ opened, port, url }: Visit): Effect.Effect<void, never, Invocation | Output> =>
  Effect.gen(function* () {
    const { answerJson, notice } = yield* Output
    // The sign-in goes on when the reader leaves: it was started for what comes after it.
    if ((yield* Invocation).json)
      return yield* Effect.ignore(answerJson("login-event", { event: "browser", url, port, opened }))
    yield* notice(WHERE[opened ? "true" : "false"])
    yield* notice(`\n  ${url}\n`)
    if (!opened) yield* notice(`It comes back to port ${port} of this machine: over SSH, forward that first (ssh -L).`)
    yield* notice("Waiting… (Ctrl-C cancels)")
  })

/** Signs in. A `UsageError` where there is no person. */
export const signIn = (
  { session }: Connection,
  { asksWho, claims, user }: Options
): Effect.Effect<void, AuthError | UsageError, Output | Invocation> =>
  Effect.gen(function* () {
    const { silenced } = yield* Invocation
    if (silenced !== undefined) {
      return yield* needsPerson("A sign-in in the browser", silenced, "Use a device code with --json")
    }
    const { make } = yield* Effect.promise(() => import("@mlserver-auth/node/LoopbackRedirect"))
    const context = yield* Effect.context<Output | Invocation>()
    // Azure's portal registers this name only; see docs/how-to/cloud.md.
    const redirect = make({ host: "localhost", show: (visit) => Effect.provide(printVisit(visit), context) })
    const ask = asksWho && user === undefined ? ("select_account" as const) : undefined
    yield* session.signIn(Credential.authorizationCode({ redirect, ask, claims, loginHint: user }))
  })
