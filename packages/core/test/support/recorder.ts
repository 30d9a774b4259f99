/** What an operator could see: spans with their attributes, and whatever a failure prints. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"

/** A tracer that keeps all that it is told. */
export const recorder = () => {
  const told: Array<unknown> = []
  const names: Array<string> = []
  const tracer = Tracer.make({
    span: (name, parent, context, links, startTime, kind) => {
      names.push(name)
      const attributes = new Map<string, unknown>()
      const span: Tracer.Span = {
        _tag: "Span",
        name,
        spanId: String(names.length),
        traceId: "trace",
        parent,
        context,
        status: { _tag: "Started", startTime },
        attributes,
        links,
        sampled: true,
        kind,
        end: (_, exit) => void told.push(inspect(exit, { depth: 20 })),
        attribute: (key, value) => {
          attributes.set(key, value)
          told.push([key, value])
        },
        event: (event, _, values) => void told.push([event, values]),
        addLinks: () => undefined
      }
      return span
    },
    context: (f) => f()
  })
  return { names, told, tracer }
}

/** Everything that a failure can print. */
export const printed = (exit: Exit.Exit<unknown, unknown>): string => {
  const cause = Option.getOrElse(Exit.causeOption(exit), () => Cause.empty)
  const error = Option.getOrUndefined(Cause.failureOption(cause))
  return [
    Cause.pretty(cause, { renderErrorCause: true }),
    inspect(exit, { depth: 20, showHidden: true }),
    JSON.stringify(exit),
    inspect(error, { depth: 20, showHidden: true, getters: true }),
    JSON.stringify(error),
    String(error),
    error instanceof Error ? error.stack : ""
  ].join("\n")
}

/** All that an operator could see of an effect that is given an hour or two to end, and the names of its spans. */
export const observed = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const { names, told, tracer } = recorder()
    const logs: Array<string> = []
    const logger = Logger.make((entry) => logs.push(inspect(entry, { depth: 20 })))
    const fiber = yield* effect.pipe(
      Effect.withSpan("outer"),
      Effect.withTracer(tracer),
      Logger.withMinimumLogLevel(LogLevel.All),
      Effect.exit,
      Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
      Effect.fork
    )
    yield* TestClock.adjust("2 hours")
    return { names, text: printed(yield* Fiber.join(fiber)) + inspect(told, { depth: 20 }) + logs.join("\n") }
  })
