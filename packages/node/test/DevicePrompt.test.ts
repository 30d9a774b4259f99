import { DeviceAuthorization, Event } from "@mlserver-auth/core/DeviceAuthorization"
import { TerminalPrompt } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { vi } from "vitest"
import * as DevicePrompt from "../src/internal/terminal/devicePrompt.js"
import { GONE } from "../src/internal/terminal/keyboard.js"
import * as Screen from "./screen.js"

const authorization = new DeviceAuthorization({
  userCode: "F7KQ2MXD",
  deviceCode: Redacted.make("canary-device-code"),
  verificationUri: "https://x.test/device",
  verificationUriComplete: undefined,
  interval: 5000,
  lifetime: 900_000,
  expiresAt: 900_000
})
const pending = Event.Pending({ authorization, left: 900_000, interval: 5000 })

/** A prompt whose keys the test presses. */
const attended = Effect.gen(function* () {
  const screen = Screen.make(80)
  const keys = yield* Queue.unbounded<string>()
  const calls: Array<string> = []
  const kill = vi.spyOn(process, "kill").mockImplementation((_, signal) => {
    calls.push(String(signal))
    return true
  })
  yield* Effect.addFinalizer(() => Effect.sync(() => kill.mockRestore()))
  const release = Effect.sync(() => void calls.push("released"))
  const { newCode = Effect.never, show } = yield* DevicePrompt.withKeys(screen, { keys, release }, { browser: false })
  /** Whether the person wants a new code now. */
  const wanted = Effect.gen(function* () {
    const waiting = yield* Effect.fork(Effect.timeoutOption(newCode, "1 milli"))
    yield* TestClock.adjust("1 milli")
    return Option.isSome(yield* waiting)
  })
  /** Returns when the keys have had their effect. */
  const press = (...pressed: ReadonlyArray<string>) =>
    Effect.zipRight(Queue.offerAll(keys, pressed), TestClock.adjust("1 milli"))
  yield* show(Event.Issued({ authorization }))
  return { screen, calls, show, wanted, press }
})

describe("one sign-in at a time", () => {
  it.scoped("the next one is shown when the one before has ended; one that was given up waits no more", () =>
    Effect.gen(function* () {
      yield* Effect.addFinalizer(() => Effect.sync(() => vi.unstubAllEnvs()))
      vi.stubEnv("CI", "")
      vi.stubEnv("MLS_NO_INPUT", "")
      const { device } = yield* TerminalPrompt.make()
      const first = yield* Scope.make()
      yield* Scope.extend(device, first)
      const [given, next] = [yield* Effect.fork(device), yield* Effect.fork(device)]
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(given)
      assert.isTrue(Option.isNone(yield* Fiber.poll(next)))
      yield* Scope.close(first, Exit.void)
      assert.strictEqual(typeof (yield* Fiber.join(next)).show, "function")
    })
  )
})

describe("the keys of a device code", () => {
  it.scoped("n that is pressed while nobody listens is kept, and twice is once", () =>
    Effect.gen(function* () {
      const { press, wanted } = yield* attended
      assert.isFalse(yield* wanted)
      yield* press("x", "N", "n", "\u001b[A")
      assert.isTrue(yield* wanted)
      assert.isFalse(yield* wanted)
    })
  )

  it.scoped("n that was meant for the code before does not end the new one", () =>
    Effect.gen(function* () {
      const { press, show, wanted } = yield* attended
      yield* press("n")
      assert.isTrue(yield* wanted)
      yield* press("n")
      yield* show(Event.Reissued({ authorization }))
      assert.isFalse(yield* wanted)
    })
  )

  it.scoped("Enter is confirmed behind the countdown for some seconds", () =>
    Effect.gen(function* () {
      const { press, screen, show } = yield* attended
      yield* press("\r")
      yield* show(pending)
      assert.match(screen.lines().at(-1) ?? "", /left {2}code copied/)
      yield* TestClock.adjust("6 seconds")
      assert.notInclude(screen.lines().at(-1), "copied")
    })
  )

  for (const [name, key] of [
    ["Ctrl-C", "\x03"],
    ["Ctrl-D", "\x04"]
  ] as const) {
    it.scoped(
      `${name} gives the terminal back, then raises SIGINT, and cancels the next step; nothing is drawn any more`,
      () =>
        Effect.gen(function* () {
          const { calls, press, screen, show, wanted } = yield* attended
          yield* press(key)
          assert.deepStrictEqual(calls, ["released", "SIGINT"])
          const before = screen.written()
          assert.deepInclude(yield* Effect.flip(show(pending)), { _tag: "CredentialRequired", reason: "Cancelled" })
          assert.isFalse(yield* wanted)
          yield* TestClock.adjust("1 minute")
          assert.strictEqual(screen.written(), before)
        })
    )
  }

  it.scoped("a terminal that is gone cancels the next step, and raises nothing", () =>
    Effect.gen(function* () {
      const { calls, press, show } = yield* attended
      yield* press(GONE)
      assert.deepInclude(yield* Effect.flip(show(pending)), { reason: "Cancelled" })
      assert.deepStrictEqual(calls, [])
    })
  )

  it.effect("when the sign-in ends, however it ends, the countdown is taken away", () =>
    Effect.gen(function* () {
      const { screen } = yield* Effect.scoped(attended)
      assert.match(screen.lines().at(-1) ?? "", /if you started this sign-in yourself/)
      const before = screen.written()
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(screen.written(), before)
    })
  )
})
