import { describe, expect, it } from "@effect/vitest"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as TimeLimit from "../src/TimeLimit.js"
import { begin } from "./support/device.js"
import { deviceCode, tokens } from "./support/entra.js"
import { freezing } from "./support/freezing.js"
import { client, held, issuerOver, pair } from "./support/wire.js"

const bounded = (answer: Effect.Effect<string>) =>
  answer.pipe(TimeLimit.timeoutFail({ duration: "30 seconds", onTimeout: () => "too late" }), Effect.either)

describe("a limit in a program that looks", () => {
  it.effect("ends when it says", () =>
    Effect.gen(function* () {
      const waiting = yield* Effect.fork(bounded(Effect.never))
      yield* TestClock.adjust("29999 millis")
      expect(Option.isNone(yield* Fiber.poll(waiting))).toBe(true)
      yield* TestClock.adjust("1 millis")
      expect(yield* Fiber.join(waiting)).toMatchObject({ left: "too late" })
    })
  )

  it.effect("is no limit of what comes in time", () =>
    Effect.gen(function* () {
      const waiting = yield* Effect.fork(bounded(Effect.delay(Effect.succeed("answer"), "29999 millis")))
      yield* TestClock.adjust("30 seconds")
      expect(yield* Fiber.join(waiting)).toMatchObject({ right: "answer" })
    })
  )

  it.live("is called off by code that is no effect", () =>
    Effect.gen(function* () {
      const ends: Array<string> = []
      const ended = yield* Deferred.make<void>()
      TimeLimit.start(1, () => void ends.push("called off"))()
      TimeLimit.start(2, () => {
        ends.push("passed")
        Deferred.unsafeDone(ended, Effect.void)
      })
      yield* Deferred.await(ended)
      expect(ends).toEqual(["passed"])
    })
  )
})

describe("a limit that is noticed late", () => {
  it.effect.each([
    [1, 100],
    [400, 400],
    [3000, 2000],
    [3_600_000, 2000]
  ] as const)("%i ms late, it lets what has arrived be read for %i ms", ([late, grace]) =>
    Effect.gen(function* () {
      const { freeze, inside } = yield* freezing
      const answer = yield* Deferred.make<string>()
      const read = yield* Effect.fork(inside(bounded(Deferred.await(answer))))
      const silent = yield* Effect.fork(inside(bounded(Effect.never)))
      yield* TestClock.adjust("10 seconds")
      yield* freeze(late)
      yield* TestClock.adjust("20 seconds")
      yield* TestClock.adjust(grace - 1)
      expect(Option.isNone(yield* Fiber.poll(silent))).toBe(true)
      yield* Deferred.succeed(answer, "was in the socket")
      expect(yield* Fiber.join(read)).toMatchObject({ right: "was in the socket" })
      yield* TestClock.adjust(1)
      expect(yield* Fiber.join(silent)).toMatchObject({ left: "too late" })
    })
  )

  it.effect("looks again where the program is stopped again, and not for ever", () =>
    Effect.gen(function* () {
      const { freeze, inside } = yield* freezing
      const silent = yield* Effect.fork(inside(TimeLimit.timeoutOption("1 second")(Effect.never)))
      yield* TestClock.adjust(1)
      let stops = 0
      for (; Option.isNone(yield* Fiber.poll(silent)) && stops < 10; stops++) {
        yield* freeze("1 hour")
        yield* TestClock.adjust("2 seconds")
      }
      expect(yield* Fiber.join(silent)).toEqual(Option.none())
      expect(stops).toBe(4)
    })
  )
})

describe("a call to an issuer that was answered while the program was not there", () => {
  it.effect("brings the renewed token, though its time was over before it was read", () =>
    Effect.gen(function* () {
      const { freeze, inside } = yield* freezing
      const gate = yield* Deferred.make<void>()
      const { http } = client([pair()])
      const late = HttpClient.transformResponse(http, (answer) => Effect.zipRight(Deferred.await(gate), answer))
      const it = yield* issuerOver(late)
      const renewing = yield* Effect.fork(inside(it.renew(held)))
      yield* TestClock.adjust("1 second")
      yield* freeze("3 seconds")
      yield* TestClock.adjust("29 seconds")
      yield* Deferred.succeed(gate, undefined)
      expect(yield* Fiber.join(renewing)).toMatchObject({ generation: 2 })
    })
  )

  it.effect("signs in with the device code that was approved meanwhile", () =>
    Effect.gen(function* () {
      const { freeze, inside } = yield* freezing
      const gate = yield* Deferred.make<void>()
      let polls = 0
      const { fiber } = yield* inside(
        begin([deviceCode(), tokens()], {
          client: HttpClient.transformResponse((answer) =>
            Effect.suspend(() => (polls++ === 0 ? answer : Effect.zipRight(Deferred.await(gate), answer)))
          )
        })
      )
      yield* TestClock.adjust("6 seconds")
      yield* freeze("1 hour")
      yield* TestClock.adjust("29 seconds")
      yield* Deferred.succeed(gate, undefined)
      expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "Right" })
      expect(polls).toBe(2)
    })
  )
})
