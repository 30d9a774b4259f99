/** What an operator sees of a session: counters, a duration, and the attributes of spans. Never a secret, never a user. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as Option from "effect/Option"

/** Renewals that ended, by `outcome`: renewed, granted, adopted, superseded, or the tag of the error. */
export const renewals = Metric.counter("mlserver_auth_renewals_total", {
  description: "Renewals that ended, by outcome",
  incremental: true
})

/** Sign-ins that ended, by `outcome`: granted, or the tag of the error. */
export const signIns = Metric.counter("mlserver_auth_sign_ins_total", {
  description: "Sign-ins that ended, by outcome",
  incremental: true
})

/** Answers 401 to signed requests, by `decision` of the policy. */
export const unauthorized = Metric.counter("mlserver_auth_unauthorized_total", {
  description: "Answers that the 401 policy decided on",
  incremental: true
})

/** How long renewals took, in milliseconds. */
export const renewalDuration = Metric.histogram(
  "mlserver_auth_renewal_duration_milliseconds",
  MetricBoundaries.exponential({ start: 1, factor: 2, count: 16 }),
  "How long renewals took"
)

/** How a renewal or a sign-in ended, in one word: its outcome, or the tag of the error. */
const outcomeOf = <A, E extends { readonly _tag: string }>(exit: Exit.Exit<A, E>, of: (value: A) => string): string =>
  Exit.match(exit, {
    onSuccess: of,
    onFailure: (cause) => {
      const error = Cause.failureOption(cause)
      if (Option.isSome(error)) return error.value._tag
      return Cause.isInterrupted(cause) ? "Interrupted" : "Defect"
    }
  })

/** Wraps a renewal in its span, and counts, times and logs its end. */
export const observeRenewal =
  (why: string, server: string, waiters: () => number) =>
  <A extends { readonly outcome: string }, E extends { readonly _tag: string }, R>(renewal: Effect.Effect<A, E, R>) =>
    Effect.flatMap(Clock.currentTimeMillis, (startedAt) =>
      Effect.onExit(renewal, (exit) =>
        Effect.gen(function* () {
          const outcome = outcomeOf(exit, (obtained) => obtained.outcome)
          const seen = { outcome, waiters: waiters(), milliseconds: (yield* Clock.currentTimeMillis) - startedAt }
          yield* Metric.update(Metric.tagged(renewals, "outcome", outcome), 1)
          yield* Metric.update(renewalDuration, seen.milliseconds)
          yield* Effect.annotateCurrentSpan(seen)
          yield* Effect.annotateLogs(Effect.logDebug("token renewal ended"), { why, server, ...seen })
        })
      )
    ).pipe(
      Effect.withSpan("Session.renew", { attributes: { why, "server.address": server }, captureStackTrace: false })
    )

/** Wraps a sign-in in its span, and counts and logs its end. */
export const observeSignIn =
  (server: string) =>
  <A, E extends { readonly _tag: string }, R>(signIn: Effect.Effect<A, E, R>) =>
    Effect.onExit(signIn, (exit) =>
      Effect.gen(function* () {
        const outcome = outcomeOf(exit, () => "granted")
        yield* Metric.update(Metric.tagged(signIns, "outcome", outcome), 1)
        yield* Effect.annotateCurrentSpan({ outcome })
        yield* Effect.annotateLogs(Effect.logDebug("sign-in ended"), { server, outcome })
      })
    ).pipe(Effect.withSpan("Session.signIn", { attributes: { "server.address": server }, captureStackTrace: false }))
