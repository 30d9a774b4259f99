/** What an operator could see: spans with their attributes, and whatever a failure prints. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
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
