/** Sign-ins with a device code under TestClock, and when each call was made. */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as TestClock from "effect/TestClock"
import type * as Duration from "effect/Duration"
import type * as Credential from "../../src/Credential.js"
import type { Event } from "../../src/DeviceAuthorization.js"
import { issuerOver, type Plan, watched } from "./entra.js"
import { client } from "./wire.js"

export type Options = Omit<Credential.DeviceCodeOptions, "prompt"> & {
  /** Somebody sits at the keyboard. */
  readonly person?: boolean
  readonly client?: (bare: HttpClient.HttpClient) => HttpClient.HttpClient
}

/** A sign-in that is under way. */
export const begin = (plans: ReadonlyArray<Plan>, options: Options = {}) =>
  Effect.gen(function* () {
    const { client: wrap, person, ...rest } = options
    const startedAt = yield* Clock.currentTimeMillis
    const seconds = (isCode: boolean) =>
      sent.filter(({ url }) => url.includes("devicecode") === isCode).map(({ at }) => (at - startedAt) / 1000)
    const keys = yield* Queue.unbounded<void>()
    const { http, sent } = client(plans)
    const issuer = yield* issuerOver(wrap?.(http) ?? http)
    const { credential, events } = watched(
      person === true ? { ...rest, newCode: Effect.asVoid(Queue.take(keys)) } : rest
    )
    const fiber = yield* Effect.fork(Effect.either(issuer.grant(credential)))
    return {
      events,
      sent,
      fiber,
      /** The person asks for a new code. */
      press: Queue.offer(keys, void 0),
      /** Seconds from the start at which codes were asked for and polled for. */
      codes: () => seconds(true),
      polls: () => seconds(false)
    }
  })

/** A sign-in that has had all the time that it may need. */
export const story = (plans: ReadonlyArray<Plan>, options: Options = {}, time: Duration.DurationInput = "2 hours") =>
  Effect.gen(function* () {
    const signIn = yield* begin(plans, options)
    yield* TestClock.adjust(time)
    return { ...signIn, ended: yield* Fiber.join(signIn.fiber) }
  })

/** The names of events, in their order. */
export const names = (events: ReadonlyArray<Event>) => events.map(({ _tag }) => _tag)

/** The events of one kind. */
export const only = <Tag extends Event["_tag"]>(events: ReadonlyArray<Event>, tag: Tag) =>
  events.filter((event): event is Extract<Event, { readonly _tag: Tag }> => event._tag === tag)
