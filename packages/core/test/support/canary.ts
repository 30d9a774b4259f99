/**
 * Looks for secrets in everything a test's session and client let out: log lines of every level, spans, metrics, errors
 * and answers, each as text, inspected and as JSON. `world` installs it, so every story is also a test of promise 7.
 */
import { inspect } from "node:util"
import type { Session, TokenStore } from "@mlserver-auth/core"
import { Accounts, AzureDirectory } from "@mlserver-auth/dev-server"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import * as HashSet from "effect/HashSet"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"

/** What was seen, and what must not be in it. */
export interface Canary {
  /** Adds something that nobody may ever see. */
  readonly plant: (secret: string) => void
  /** Adds a value that somebody may print. */
  readonly show: (value: unknown) => void
  /** What has been seen so far. */
  readonly seen: ReadonlySet<string>
  /** The secrets that were found, and where. */
  readonly found: () => ReadonlyArray<string>
}

const json = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? ""
  } catch (error) {
    return String(error)
  }
}

/** Everything that printing a value may show. */
const renderings = (value: unknown): ReadonlyArray<string> => [
  String(value),
  inspect(value, { depth: 12, showHidden: true, getters: true }),
  inspect(value),
  json(value),
  ...(value instanceof Error ? [value.message, value.stack ?? "", inspect(value.cause, { depth: 12 })] : [])
]

export const make = (): Canary => {
  const secrets = new Set<string>(
    [...Accounts.sampleUsers, ...AzureDirectory.sampleUsers].map((user) => String(user.password))
  )
  const seen = new Set<string>()
  return {
    plant: (secret) => void secrets.add(secret),
    show: (value) => {
      if (typeof value === "string") seen.add(value)
      else for (const text of renderings(value)) seen.add(text)
    },
    seen,
    found: () => {
      const all = [...seen]
      return [...secrets].flatMap((secret) =>
        all
          .filter((text) => [secret, encodeURIComponent(secret)].some((form) => text.includes(form)))
          .map((text) => `a secret is in: ${text.replaceAll(secret, "<FOUND>").slice(0, 400)}`)
      )
    }
  }
}

/** A tracer whose spans are shown. */
const tracer = (canary: Canary): Tracer.Tracer => {
  let count = 0
  return Tracer.make({
    span: (name, parent, context, links, startTime, kind) => {
      const attributes = new Map<string, unknown>()
      let status: Tracer.SpanStatus = { _tag: "Started", startTime }
      canary.show(name)
      return {
        _tag: "Span",
        name,
        spanId: `span${++count}`,
        traceId: "trace",
        parent,
        context: context as Context.Context<never>,
        get status() {
          return status
        },
        attributes,
        links: [...links],
        sampled: true,
        kind,
        attribute: (key, value) => {
          attributes.set(key, value)
          canary.show(`${key}=${String(value)}`)
        },
        event: (event, _time, given) => canary.show(`${event} ${json(given)}`),
        addLinks: () => {},
        end: (endTime, exit) => {
          status = { _tag: "Ended", startTime, endTime, exit }
          if (Exit.isFailure(exit)) canary.show(Cause.pretty(exit.cause))
        }
      }
    },
    context: (f) => f()
  })
}

const logger = (canary: Canary) =>
  Logger.make((options) => {
    for (const each of [Logger.stringLogger, Logger.logfmtLogger, Logger.jsonLogger]) canary.show(each.log(options))
    canary.show(options.message)
    canary.show(options.cause)
  })

/** Watches the rest of the scope, and fails it if a secret was seen. */
export const watch = Effect.gen(function* () {
  const canary = make()
  yield* Effect.withTracerScoped(tracer(canary))
  yield* Effect.locallyScoped(FiberRef.currentLoggers, HashSet.make(logger(canary)))
  yield* Effect.locallyScoped(FiberRef.currentMinimumLogLevel, LogLevel.All)
  yield* Effect.addFinalizer(() =>
    Effect.flatMap(Metric.snapshot, (metrics) => {
      for (const metric of metrics)
        canary.show(`${inspect(metric.metricKey, { depth: 6 })} ${json(metric.metricState)}`)
      const found = canary.found()
      return found.length === 0 ? Effect.void : Effect.die(new Error(found.slice(0, 5).join("\n")))
    })
  )
  return canary
})

const shown = <A, E, R>(canary: Canary, effect: Effect.Effect<A, E, R>) =>
  Effect.tapBoth(Effect.sandbox(effect), {
    onFailure: (cause) =>
      Effect.sync(() => {
        canary.show(Cause.pretty(cause, { renderErrorCause: true }))
        canary.show(cause)
        Option.map(Cause.failureOption(cause), canary.show)
      }),
    onSuccess: (value) => Effect.sync(() => canary.show(value))
  }).pipe(Effect.unsandbox)

/** A store whose tokens are planted. */
export const planting = (canary: Canary, store: TokenStore.Service): TokenStore.Service => ({
  ...store,
  write: (key, token, over) =>
    Effect.suspend(() => {
      canary.plant(Redacted.value(token.accessToken))
      if (token.refreshToken !== undefined) canary.plant(Redacted.value(token.refreshToken))
      return store.write(key, token, over)
    })
})

/** A session whose values and errors are shown. */
export const session = (canary: Canary, of: Session.Service): Session.Service => ({
  ...of,
  token: shown(canary, of.token),
  authorization: shown(canary, of.authorization),
  renew: (rejected, options) => shown(canary, of.renew(rejected, options)),
  signIn: (credential) => {
    canary.show(credential)
    return shown(canary, of.signIn(credential))
  },
  signOut: shown(canary, of.signOut),
  peek: shown(canary, of.peek)
})

/** A client whose answers and errors are shown. */
export const client = <E>(canary: Canary, of: HttpClient.HttpClient.With<E>): HttpClient.HttpClient.With<E> =>
  HttpClient.transformResponse(of, (effect) => shown(canary, effect))
