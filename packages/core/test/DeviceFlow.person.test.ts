import { describe, expect, it } from "@effect/vitest"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { CredentialRequired } from "../src/AuthError.js"
import * as Credential from "../src/Credential.js"
import { begin, names, only, story } from "./support/device.js"
import { deviceCode, issuer, pending, type Plan, refusal, tokens } from "./support/entra.js"

const codeOf = (code: string) => deviceCode({ user_code: code, device_code: `device-${code}` })
const expired = refusal("expired_token", { error_codes: [70019] })

describe("a new code", () => {
  it.effect("comes by itself as often as was said, and then no more", () =>
    Effect.gen(function* () {
      const plans = [codeOf("A"), pending, expired, codeOf("B"), expired, codeOf("C"), expired]
      const { codes, ended, events } = yield* story(plans, { newCodes: 2 })
      expect(codes()).toEqual([0, 10, 15])
      expect(names(events).filter((name) => name !== "Pending")).toEqual(["Issued", "Reissued", "Reissued", "Expired"])
      expect(only(events, "Reissued").map(({ authorization }) => authorization.userCode)).toEqual(["B", "C"])
      expect(ended).toMatchObject(Either.left({ _tag: "CredentialRejected", reason: "DeviceCodeExpired" }))
    })
  )

  it.effect("comes by itself where the end of the old one's life was only counted here", () =>
    Effect.gen(function* () {
      const plans = [deviceCode({ expires_in: "12" }), pending, pending, codeOf("B"), tokens()]
      const { codes, ended, polls } = yield* story(plans, { newCodes: 1 })
      expect([codes(), polls()]).toEqual([
        [0, 12],
        [5, 10, 17]
      ])
      expect(Either.isRight(ended)).toBe(true)
    })
  )

  it.effect("comes at once by a keystroke, is polled for with its own device code, and has a life of its own", () =>
    Effect.gen(function* () {
      const { codes, events, fiber, polls, press, sent } = yield* begin(
        [codeOf("A"), pending, codeOf("B"), pending, tokens()],
        {
          person: true
        }
      )
      yield* TestClock.adjust("7 seconds")
      yield* press
      yield* TestClock.adjust("10 seconds")
      expect(Either.isRight(yield* Fiber.join(fiber))).toBe(true)
      expect([codes(), polls()]).toEqual([
        [0, 7],
        [5, 12, 17]
      ])
      expect(sent.at(-1)?.body).toMatchObject({ code: "device-B" })
      expect(only(events, "Pending").map(({ left }) => left / 1000)).toEqual([900, 895, 900, 895])
    })
  )

  it.effect("waits for the person after the old one has expired, however long", () =>
    Effect.gen(function* () {
      const { codes, events, fiber, press } = yield* begin([codeOf("A"), expired, codeOf("B"), tokens()], {
        person: true
      })
      yield* TestClock.adjust("3 hours")
      expect(events.at(-1)).toEqual({ _tag: "Expired", mayReissue: true })
      yield* press
      yield* TestClock.adjust("5 seconds")
      expect(Either.isRight(yield* Fiber.join(fiber))).toBe(true)
      expect(codes()).toEqual([0, 3 * 3600])
    })
  )

  it.effect("is not lost when the key is pressed while a poll is under way", () =>
    Effect.gen(function* () {
      const { codes, fiber, press } = yield* begin([codeOf("A"), "silence", codeOf("B"), tokens()], { person: true })
      yield* TestClock.adjust("6 seconds")
      yield* press
      yield* TestClock.adjust("1 minute")
      expect(Either.isRight(yield* Fiber.join(fiber))).toBe(true)
      expect(codes()).toEqual([0, 35])
    })
  )

  it.effect("that cannot be had ends the sign-in as what it is", () =>
    Effect.gen(function* () {
      const { ended } = yield* story([codeOf("A"), expired, { breaks: "ENETDOWN" }], { newCodes: 1 })
      expect(ended).toMatchObject(Either.left({ _tag: "ServerUnavailable", code: "ENETDOWN", retryable: true }))
    })
  )
})

describe("a sign-in is cancelled by interruption", () => {
  it.effect.each([
    ["while it waits", pending, "12 seconds", 2],
    ["while a poll hangs", "silence", "6 seconds", 1]
  ] as const)("%s: at once, and nothing is sent any more", ([, plan, when, polled]) =>
    Effect.gen(function* () {
      const { fiber, polls } = yield* begin([deviceCode(), plan])
      yield* TestClock.adjust(when)
      // No clock moves here: whoever waited for one would wait for ever.
      expect(Exit.isInterrupted(yield* Fiber.interrupt(fiber))).toBe(true)
      yield* TestClock.adjust("1 hour")
      expect(polls()).toHaveLength(polled)
    })
  )

  it.effect("while the code is asked for", () =>
    Effect.gen(function* () {
      const { fiber, sent } = yield* begin(["silence"])
      yield* TestClock.adjust("1 second")
      expect(Exit.isInterrupted(yield* Fiber.interrupt(fiber))).toBe(true)
      expect(sent).toHaveLength(1)
    })
  )
})

describe("clocks", () => {
  /** A clock that jumps between two instants of the test's: set by NTP or a person, or all of it while a machine sleeps. */
  const jumping = Effect.map(Effect.clock, (clock) => {
    const ahead = { wall: 0, monotonic: 0 }
    const millis = () => clock.unsafeCurrentTimeMillis() + ahead.wall
    const nanos = () => clock.unsafeCurrentTimeNanos() + BigInt(ahead.monotonic) * 1_000_000n
    const jumpy: Clock.Clock = {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      unsafeCurrentTimeMillis: millis,
      currentTimeMillis: Effect.sync(millis),
      unsafeCurrentTimeNanos: nanos,
      currentTimeNanos: Effect.sync(nanos),
      sleep: (duration) => clock.sleep(duration)
    }
    return { jumpy, jump: (by: Partial<typeof ahead>) => Effect.sync(() => void Object.assign(ahead, by)) }
  })

  it.effect.each([3_600_000, -3_600_000])(
    "the wall clock jumps by %i ms during polling: the code's life is what it was",
    (jump) =>
      Effect.gen(function* () {
        const clock = yield* jumping
        const { events, fiber } = yield* begin([
          deviceCode(),
          ...Array.from({ length: 3 }, () => pending),
          tokens()
        ]).pipe(Effect.withClock(clock.jumpy))
        yield* TestClock.adjust("7 seconds")
        yield* clock.jump({ wall: jump })
        yield* TestClock.adjust("1 minute")
        expect(Either.isRight(yield* Fiber.join(fiber))).toBe(true)
        expect(only(events, "Pending").map(({ left }) => left / 1000)).toEqual([900, 895, 890, 885])
      })
  )

  it.effect("the machine sleeps for an hour: on waking no dead code is polled for, and a new one is offered", () =>
    Effect.gen(function* () {
      const clock = yield* jumping
      const plans = [codeOf("A"), pending, codeOf("B"), tokens()]
      const { events, fiber, polls, press } = yield* Effect.withClock(begin(plans, { person: true }), clock.jumpy)
      yield* TestClock.adjust("7 seconds")
      yield* clock.jump({ wall: 3_600_000, monotonic: 3_600_000 })
      yield* TestClock.adjust("1 minute")
      expect([polls(), events.at(-1)]).toEqual([[5], { _tag: "Expired", mayReissue: true }])
      yield* press
      yield* TestClock.adjust("5 seconds")
      expect(Either.isRight(yield* Fiber.join(fiber))).toBe(true)
    })
  )

  it.effect("a timer that fires a moment early is no reason for a poll that is not due", () =>
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const early: Clock.Clock = {
        [Clock.ClockTypeId]: Clock.ClockTypeId,
        unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis(),
        currentTimeMillis: clock.currentTimeMillis,
        unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
        currentTimeNanos: Effect.suspend(() => clock.currentTimeNanos),
        sleep: (duration) => clock.sleep(Duration.millis(Duration.toMillis(duration) - 1))
      }
      const plans = [deviceCode({ expires_in: "7" }), pending]
      const { fiber, polls } = yield* Effect.withClock(begin(plans), early)
      yield* TestClock.adjust("1 minute")
      expect(yield* Fiber.join(fiber)).toMatchObject(Either.left({ reason: "DeviceCodeExpired" }))
      expect(polls()).toEqual([4.999])
    })
  )

  it.effect("the life of a code counts from the request, not from a late answer", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const { events, fiber, sent } = yield* begin([deviceCode({ expires_in: "60" }), pending], {
        client: HttpClient.transformResponse((answer) => Effect.zipRight(Deferred.await(gate), answer))
      })
      yield* TestClock.adjust("20 seconds")
      yield* Deferred.succeed(gate, undefined)
      yield* TestClock.adjust("1 hour")
      expect(yield* Fiber.join(fiber)).toMatchObject(Either.left({ reason: "DeviceCodeExpired" }))
      expect(only(events, "Pending")[0]?.left).toBe(40_000)
      expect(Math.max(...sent.map(({ at }) => at))).toBeLessThan(60_000)
    })
  )
})

describe("the prompt", () => {
  const signIn = (prompt: Credential.DeviceCodeOptions["prompt"], ...plans: ReadonlyArray<Plan>) =>
    Effect.gen(function* () {
      const { issuer: it, sent } = yield* issuer(...plans)
      const fiber = yield* Effect.fork(Effect.either(it.grant(Credential.deviceCode({ prompt }))))
      yield* TestClock.adjust("1 minute")
      return { fiber, sent }
    })

  it.effect("has shown the code before the first poll", () =>
    Effect.gen(function* () {
      const shown = yield* Deferred.make<void>()
      const show = () => Deferred.await(shown)
      const { fiber, sent } = yield* signIn({ show }, deviceCode(), tokens())
      expect(sent).toHaveLength(1)
      yield* Deferred.succeed(shown, undefined)
      yield* TestClock.adjust("5 seconds")
      expect(Either.isRight(yield* Fiber.join(fiber))).toBe(true)
    })
  )

  it.effect("that cannot show it ends the sign-in with its own reason", () =>
    Effect.gen(function* () {
      const gone = new CredentialRequired({ reason: "Cancelled", detail: "" })
      const { fiber, sent } = yield* signIn({ show: () => Effect.fail(gone) }, deviceCode(), tokens())
      expect(yield* Fiber.join(fiber)).toEqual(Either.left(gone))
      expect(sent).toHaveLength(1)
    })
  )

  it.effect("is opened before a code is asked for, and closed however it ends", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const prompt = Effect.acquireRelease(
        Effect.sync(() => {
          log.push("open")
          return { show: () => Effect.void }
        }),
        () => Effect.sync(() => log.push("close"))
      )
      for (const end of [tokens(), refusal("authorization_declined")]) {
        yield* Effect.flatMap(signIn(prompt, deviceCode(), end), ({ fiber }) => Fiber.join(fiber))
      }
      const { fiber } = yield* signIn(prompt, deviceCode(), pending)
      yield* Fiber.interrupt(fiber)
      expect(log).toEqual(["open", "close", "open", "close", "open", "close"])
      const nobody = new CredentialRequired({ reason: "NotInteractive", detail: "" })
      const refused = yield* signIn(Effect.fail(nobody), deviceCode(), tokens())
      expect([yield* Fiber.join(refused.fiber), refused.sent]).toEqual([Either.left(nobody), []])
    })
  )
})
