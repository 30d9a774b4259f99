/** A trace from a real run: the token is revoked while 200 calls are on their way, and one renewal serves all of them. */
import { AuthHttpClient, Credential } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { NodeAuth } from "@mlserver-auth/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

const { password, username } = Accounts.ada

/** Spans as they are made: `{ name, start, end, attributes, parent }`, times in milliseconds. */
const recording = () => {
  const spans = []
  const tracer = Tracer.make({
    span: (name, parent, context, links, startTime, kind) => {
      const span = {
        _tag: "Span",
        name,
        parent,
        context,
        links,
        kind,
        sampled: true,
        spanId: String(spans.length),
        traceId: "trace",
        status: { _tag: "Started", startTime },
        attributes: new Map(),
        event: () => undefined,
        addLinks: () => undefined,
        attribute: (key, value) => span.attributes.set(key, value),
        end: (endTime, exit) => {
          span.status = { _tag: "Ended", startTime, endTime, exit }
        }
      }
      spans.push(span)
      return span
    },
    context: (run) => run()
  })
  const told = () =>
    spans
      .filter(({ status }) => status._tag === "Ended")
      .map(({ attributes, name, parent, spanId, status }) => ({
        name,
        id: spanId,
        parent: Option.getOrUndefined(parent)?.spanId,
        attributes: Object.fromEntries(attributes),
        start: Number(status.startTime) / 1e6,
        end: Number(status.endTime) / 1e6
      }))
  return { tracer, told, forget: () => spans.splice(0) }
}

/** The spans of that moment, from the release of the calls on. */
export const record = (calls) => {
  const { forget, told, tracer } = recording()
  const Auth = Layer.unwrapEffect(
    Effect.map(DevServer.DevServer, ({ url }) =>
      NodeAuth.layer({ server: url, credential: Credential.usernamePassword({ username, password }) })
    )
  )
  const story = Effect.gen(function* () {
    const { control } = yield* DevServer.DevServer
    const http = yield* AuthHttpClient.AuthHttpClient
    const call = Effect.withSpan(http.get("/services"), "call")
    // Once before, so that what is loaded at the first call is no part of the picture.
    yield* Effect.all(
      Array.from({ length: calls }, () => call),
      { concurrency: "unbounded" }
    )
    yield* control.revokeAccessTokens()
    yield* control.resetCounts
    forget()
    yield* Effect.all(
      Array.from({ length: calls }, () => call),
      { concurrency: "unbounded" }
    )
    return yield* control.counts
  }).pipe(Effect.provide(Auth), Effect.provide(DevServer.layer()), Effect.withTracer(tracer))
  return Effect.runPromise(story).then((counts) => ({ counts, spans: told() }))
}
