/**
 * What is to go wrong, and when: plans wait in the order they were made, and each request takes the first that is
 * meant for its kind.
 */
import type * as Duration from "effect/Duration"
import * as Reply from "./Reply.js"
import { type Kind, matches, type On, type Request } from "./Request.js"

/** Which requests, and how many of them; one unless told. */
export interface Target {
  readonly on: On
  readonly times?: number | undefined
}

/** Answer with a failure in the place of doing the work. */
export interface Failure extends Target {
  readonly status: number
  /** The `Retry-After` header: seconds, or a date as it stands. */
  readonly retryAfter?: number | string | undefined
  /** The server's or the authority's own error body (default), a page, nothing, or this text. */
  readonly body?: "json" | "html" | "empty" | (string & {}) | undefined
}

/** Send elsewhere, in the place of doing the work. */
export interface Redirection extends Target {
  readonly location: string
  /** 302 unless told. */
  readonly status?: number | undefined
}

/** Any answer at all, in the place of doing the work. */
export interface Custom extends Target {
  readonly status?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | Uint8Array | undefined
}

/** Wait before the work, or between the work and the answer. */
export interface Delay extends Target {
  readonly duration: Duration.DurationInput
  /**
   * `before` (default): the request has arrived and nothing was done. `after`: the work is done and the answer is not
   * sent.
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
  /** Nothing is planned for anybody: the common case, asked for at each request. */
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

/** The answer of a planned failure; `told` is whose error body it has unless another one was asked for. */
export const failure = (options: Failure, told: () => Reply.Answer): Reply.Answer => {
  const headers = {
    ...(options.retryAfter === undefined ? {} : { "retry-after": String(options.retryAfter) }),
    ...(options.status === 401 ? { "www-authenticate": "Bearer" } : {})
  }
  switch (options.body) {
    case undefined:
    case "json": {
      const answer = told()
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
export const told = (version: Reply.ApiVersion, status: number): Reply.Answer =>
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
