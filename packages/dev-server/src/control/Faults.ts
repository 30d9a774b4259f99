/**
 * What is to go wrong, and when: plans wait in the order they were made, and each request takes the first that is
 * meant for its kind.
 */
import type * as Duration from "effect/Duration"
import * as Reply from "../http/Reply.js"
import { type Kind, matches, type On, type Request } from "../http/Request.js"

/** Which requests, and how many of them. */
export interface Target {
  /** The kind of request. */
  readonly on: On
  /** How many of the next requests of that kind. Default: 1. */
  readonly times?: number | undefined
}

/** Answers with a failure, instead of the work. */
export interface Failure extends Target {
  /** The HTTP status. */
  readonly status: number
  /** The `Retry-After` header: seconds, or a date as it stands. Default: none. */
  readonly retryAfter?: number | string | undefined
  /** "json": the server's or Azure's own error body; "html": a page; "empty": nothing; or this text. Default: "json". */
  readonly body?: "json" | "html" | "empty" | (string & {}) | undefined
}

/** Redirects, instead of the work. */
export interface Redirection extends Target {
  /** The address that the answer leads to. */
  readonly location: string
  /** The HTTP status. Default: 302. */
  readonly status?: number | undefined
}

/** Any answer, instead of the work. */
export interface Custom extends Target {
  /** The HTTP status. Default: 200. */
  readonly status?: number | undefined
  /** Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Default: empty. */
  readonly body?: string | Uint8Array | undefined
}

/** Waits before the work, or between the work and the answer. */
export interface Delay extends Target {
  /** How long. */
  readonly duration: Duration.DurationInput
  /**
   * "before": the request has arrived and nothing was done. "after": the work is done and the answer is not sent. Default:
   * "before".
   */
  readonly stage?: Stage | undefined
}

/** Before or after the work. */
export type Stage = "before" | "after"

/** The request that meets a planned answer, and the moment it does. */
export interface Met {
  readonly kind: Kind
  readonly request: Request
  readonly now: number
}

/** What happens to one request in the place of its answer. */
export type Fault =
  | { readonly _tag: "Answer"; readonly answer: (met: Met) => Reply.Answer }
  | { readonly _tag: "Drop" }
  | { readonly _tag: "Stall" }

interface Planned<A> {
  readonly on: On
  left: number
  readonly value: A
}

const take = <A>(plans: Array<Planned<A>>, kind: Kind): A | undefined => {
  const index = plans.findIndex((plan) => matches(plan.on, kind))
  const plan = plans[index]
  if (plan === undefined) return undefined
  plan.left -= 1
  if (plan.left <= 0) plans.splice(index, 1)
  return plan.value
}

const plan = <A>(plans: Array<Planned<A>>, target: Target, value: A, times = target.times ?? 1): void => {
  if (times > 0) plans.push({ on: target.on, left: times, value })
}

/** The plans of one server. */
export interface Faults {
  readonly plan: (target: Target, fault: Fault) => void
  readonly delay: (delay: Delay, times: number) => void
  readonly reject: (times: number) => void
  /** No fault is planned: the common case, which every request asks for. */
  readonly isQuiet: () => boolean
  readonly take: (kind: Kind) => { readonly fault: Fault | undefined; readonly delay: Delay | undefined }
  /** Is this authorised API call one of those to be answered 401? */
  readonly takeRejection: () => boolean
  readonly clear: () => void
}

/** No plans. */
export const make = (): Faults => {
  const faults: Array<Planned<Fault>> = []
  const delays: Array<Planned<Delay>> = []
  let rejections = 0
  return {
    plan: (target, fault) => plan(faults, target, fault),
    delay: (delay, times) => plan(delays, delay, delay, times),
    reject: (times) => {
      rejections = Math.max(0, times)
    },
    isQuiet: () => faults.length === 0 && delays.length === 0,
    take: (kind) => ({ fault: take(faults, kind), delay: take(delays, kind) }),
    takeRejection: () => {
      if (rejections === 0) return false
      rejections -= 1
      return true
    },
    clear: () => {
      faults.length = 0
      delays.length = 0
      rejections = 0
    }
  }
}

/** The answer of a planned failure; `planned` makes its error body, if no other one was asked for. */
export const failure = (options: Failure, planned: () => Reply.Answer): Reply.Answer => {
  const headers = {
    ...(options.retryAfter === undefined ? {} : { "retry-after": String(options.retryAfter) }),
    ...(options.status === 401 ? { "www-authenticate": "Bearer" } : {})
  }
  switch (options.body) {
    case undefined:
    case "json": {
      const answer = planned()
      return { ...answer, headers: { ...answer.headers, ...headers } }
    }
    case "html":
      return Reply.html(options.status, headers)
    case "empty":
      return Reply.empty(options.status, headers)
    default:
      return { status: options.status, headers, body: options.body }
  }
}

/** A planned failure in the server's own words. */
export const planned = (version: Reply.ApiVersion, status: number): Reply.Answer =>
  Reply.refused(version, {
    status,
    message: `The server was told to answer ${status}.`,
    exceptionType: "PlannedException"
  })

/** The answer of a planned redirection. */
export const redirection = (options: Redirection): Reply.Answer =>
  Reply.empty(options.status ?? 302, { location: options.location })

/** The answer that was given word for word. */
export const custom = (options: Custom): Reply.Answer => ({
  status: options.status ?? 200,
  headers: Object.fromEntries(
    Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])
  ),
  body: options.body ?? ""
})
