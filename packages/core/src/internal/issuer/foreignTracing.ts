/**
 * Keeps a call out of the spans of an application's own instrumentation. Such instrumentation records whole URLs, and
 * Machine Learning Server wants the refresh token of a revocation in the query.
 *
 * OpenTelemetry's API is the one that the others (Sentry, Azure Monitor, Elastic) build on. It is looked up where it
 * registers itself, so that nothing depends on it; both names are part of what its major version 1 promises, since several
 * copies of it in one program must find each other.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import * as Scheduler from "effect/Scheduler"

const API = Symbol.for("opentelemetry.js.api.1")
const SUPPRESSED = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING")

interface Context {
  readonly setValue: (key: symbol, value: unknown) => Context
}

interface ContextManager {
  readonly active: () => Context
  readonly with: <A>(context: Context, run: () => A) => A
}

/** What an application registered, if it uses OpenTelemetry. */
const contextManager = (): ContextManager | undefined =>
  (globalThis as { readonly [API]?: { readonly context?: ContextManager } })[API]?.context

/**
 * A client whose calls OpenTelemetry does not see. Each runs on a fiber of its own, since the context of OpenTelemetry
 * belongs to the call stack and not to a fiber, and with a scheduler of its own: a shared one would run fibers of the
 * application inside that context, and their calls would be missing from the application's records.
 */
export const untraced = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
  HttpClient.transform(client, (effect) =>
    Effect.suspend(() => {
      const manager = contextManager()
      return manager === undefined
        ? effect
        : Effect.flatMap(Effect.runtime(), (runtime) => within(manager, runtime, effect))
    })
  )

const within = <A, E>(
  manager: ContextManager,
  runtime: Runtime.Runtime<never>,
  effect: Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.async<A, E>((resume) => {
    const caller = manager.active()
    const scheduler = new Scheduler.MixedScheduler(2048)
    // As an Exit: a fiber that ends with an error logs it, and the error of a client holds the request.
    const fiber = manager.with(caller.setValue(SUPPRESSED, true), () =>
      Runtime.runFork(runtime)(Effect.exit(effect), { scheduler })
    )
    fiber.addObserver((exit) => manager.with(caller, () => resume(Exit.flatten(exit))))
    return Fiber.interrupt(fiber)
  })
