import { DeviceAuthorization, Event } from "@mlserver-auth/core/DeviceAuthorization"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as DeviceView from "../src/internal/terminal/deviceView.js"
import * as Screen from "./screen.js"

const MINUTE = 60_000

const code = (parts: Partial<DeviceAuthorization> = {}) =>
  new DeviceAuthorization({
    userCode: "F7KQ2MXD",
    deviceCode: Redacted.make("canary-device-code"),
    verificationUri: "https://microsoft.com/devicelogin",
    verificationUriComplete: undefined,
    interval: 5000,
    lifetime: 15 * MINUTE,
    expiresAt: 15 * MINUTE,
    ...parts
  })

const authorization = code()
const issued = Event.Issued({ authorization })
const pending = (left: number) => Event.Pending({ authorization, left, interval: 5000 })
const faulted = (parts: Partial<Extract<Event, { readonly _tag: "Faulted" }>> = {}) =>
  Event.Faulted({ reason: "Transport", status: undefined, code: "ECONNRESET", retryIn: 20_000, ...parts })

const FRAME = [
  "  To sign in, open   https://microsoft.com/devicelogin",
  "  and enter          F7KQ2MXD",
  "  Only enter this code if you started this sign-in yourself."
]
const HINT = "(Enter: copy and open, n: new code, Ctrl-C: cancel)"
const KEYS = { copies: true, opens: true }

/** A view on a screen, with its countdown going. */
const viewed = (columns?: number, keys: typeof KEYS | undefined = KEYS) =>
  Effect.gen(function* () {
    const screen = Screen.make(columns)
    const view = DeviceView.make(screen, undefined, keys)
    yield* Effect.forkScoped(view.run)
    yield* Effect.yieldNow()
    return { ...screen, ...view, last: () => screen.lines().at(-1) }
  })

describe("on a terminal", () => {
  it.scoped("the code stands alone in its line, and the time that is left is counted down in place", () =>
    Effect.gen(function* () {
      const view = yield* viewed(80)
      yield* view.show(issued)
      yield* view.show(pending(15 * MINUTE))
      assert.deepStrictEqual(view.lines(), [...FRAME, `  Waiting… 15:00 left  ${HINT}`])
      yield* TestClock.adjust("29 seconds")
      assert.deepStrictEqual(view.lines(), [...FRAME, `  Waiting… 14:31 left  ${HINT}`])
      yield* view.show(pending(32_000))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(view.last(), `  Waiting… 0:31 left  ${HINT}`)
      yield* TestClock.adjust("40 seconds")
      assert.strictEqual(view.last(), `  Waiting… 0:00 left  ${HINT}`)
    })
  )

  it.scoped("what the sign-in itself counts is believed: a laptop that slept loses its minutes", () =>
    Effect.gen(function* () {
      const view = yield* viewed(80)
      yield* view.show(issued)
      yield* view.show(pending(3 * MINUTE))
      assert.strictEqual(view.last(), `  Waiting… 3:00 left  ${HINT}`)
    })
  )

  it.scoped("a code that lives for more than an hour is counted in hours", () =>
    Effect.gen(function* () {
      const view = yield* viewed(80)
      yield* view.show(issued)
      yield* view.show(pending(90 * MINUTE + 1))
      assert.strictEqual(view.last(), `  Waiting… 1:30:01 left  ${HINT}`)
    })
  )

  it.scoped("trouble is told behind the countdown until it is tried again, and leaves no line behind", () =>
    Effect.gen(function* () {
      const view = yield* viewed(140)
      yield* view.show(issued)
      for (const [event, text] of [
        [faulted(), "no connection (ECONNRESET); again in 20 s"],
        [faulted({ reason: "Timeout" }), "no answer in time; again in 20 s"],
        [faulted({ reason: "Status", status: 503 }), "answered 503; again in 20 s"],
        [faulted({ reason: "Unreadable" }), "an answer that cannot be read; again in 20 s"],
        [Event.Slowed({ interval: 10_000 }), "asked to be slower: every 10 s from now on"]
      ] as const) {
        yield* view.show(event)
        yield* view.show(pending(10 * MINUTE))
        assert.include(view.last(), `  Waiting… 10:00 left  ${text}  (Enter: `)
        yield* TestClock.adjust("20 seconds")
        assert.match(view.last() ?? "", /^ {2}Waiting… 9:40 left {2}\(Enter: /)
        assert.strictEqual(view.lines().length, FRAME.length + 1)
      }
    })
  )

  it.scoped("an expired code waits for a key and counts nothing; a new code takes its place", () =>
    Effect.gen(function* () {
      const view = yield* viewed(80)
      yield* view.show(issued)
      yield* view.show(Event.Expired({ mayReissue: true }))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(view.lines(), [...FRAME, "  The code has expired.  (n: new code, Ctrl-C: cancel)"])
      const next = code({ userCode: "NEWC0DE" })
      yield* view.show(Event.Reissued({ authorization: next }))
      const [first = "", , last = ""] = FRAME
      assert.deepStrictEqual(view.lines().slice(3), [
        "  A new code; forget the one before.",
        first,
        "  and enter          NEWC0DE",
        last,
        `  Waiting… 15:00 left  ${HINT}`
      ])
    })
  )

  it.scoped("approval takes the countdown away for good and says whose it was", () =>
    Effect.gen(function* () {
      const view = yield* viewed(80)
      yield* view.show(issued)
      yield* view.show(Event.Approved({ principal: "ada@contoso.com", expiresAt: undefined }))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(view.lines(), [...FRAME, "  Approved by ada@contoso.com."])
    })
  )

  it.scoped("a narrow terminal gets values on lines of their own, and a countdown that never wraps", () =>
    Effect.gen(function* () {
      const view = yield* viewed(35)
      yield* view.show(issued)
      yield* view.show(faulted())
      assert.deepStrictEqual(view.lines().slice(0, 4), [
        "  To sign in, open",
        "  https://microsoft.com/devicelogin",
        "  and enter",
        "  F7KQ2MXD"
      ])
      assert.strictEqual(view.last(), "  Waiting… 15:00 left")
      const tiny = yield* viewed(16)
      yield* tiny.show(issued)
      assert.include(tiny.lines(), "https://microsoft.com/devicelogin")
      assert.strictEqual(tiny.last(), "  Waiting… 15:0")
    })
  )

  it.scoped("a wide terminal says more of the keys, and only of those that do something", () =>
    Effect.gen(function* () {
      for (const [keys, hint] of [
        [KEYS, "(Enter: copy code and open browser, n: new code, Ctrl-C: cancel)"],
        [{ copies: true, opens: false }, "(Enter: copy code, n: new code, Ctrl-C: cancel)"],
        [{ copies: false, opens: false }, "(n: new code, Ctrl-C: cancel)"]
      ] as const) {
        const view = yield* viewed(100, keys)
        yield* view.show(issued)
        assert.strictEqual(view.last(), `  Waiting… 15:00 left  ${hint}`)
      }
      const screen = Screen.make(100)
      yield* DeviceView.make(screen, undefined, undefined).show(issued)
      assert.strictEqual(screen.lines().at(-1), "  Waiting… 15:00 left  (Ctrl-C: cancel)")
    })
  )
})

describe("where nothing can be written over", () => {
  it.scoped("one line for each event that matters, none for each poll or second", () =>
    Effect.gen(function* () {
      const view = yield* viewed(undefined)
      yield* view.show(issued)
      yield* view.show(pending(14 * MINUTE))
      yield* TestClock.adjust("1 minute")
      yield* view.show(Event.Slowed({ interval: 10_000 }))
      yield* view.show(faulted())
      yield* view.show(Event.Expired({ mayReissue: false }))
      yield* view.show(Event.Reissued({ authorization: code({ userCode: "NEWC0DE" }) }))
      yield* view.show(Event.Approved({ principal: undefined, expiresAt: 1 }))
      yield* view.clear
      const [first = "", , last = ""] = FRAME
      assert.deepStrictEqual(view.lines(), [
        ...FRAME,
        "  Waiting… 15:00 left",
        "  Waiting… asked to be slower: every 10 s from now on",
        "  Waiting… no connection (ECONNRESET); again in 20 s",
        "  The code has expired.",
        "  A new code; forget the one before.",
        first,
        "  and enter          NEWC0DE",
        last,
        "  Waiting… 15:00 left",
        "  Approved."
      ])
      assert.notMatch(view.written(), /(?!\n)\p{Cc}/u)
    })
  )
})

describe("what is on the screen", () => {
  it.effect("names what the code authorises, with ids shortened to their ends", () =>
    Effect.gen(function* () {
      const screen = Screen.make(100)
      const client = "1f0c0000-0000-0000-0000-0000000009a2"
      const resource = "api://mlserver"
      yield* DeviceView.make(screen, { client, resource, tenant: "contoso.com" }, undefined).show(issued)
      assert.strictEqual(
        screen.lines()[2],
        "  Authorises         client 1f0c…9a2 for resource api://mlserver in tenant contoso.com"
      )
    })
  )

  it.effect("no control or direction character of the authority's reaches it, and no device code", () =>
    Effect.gen(function* () {
      const hostile = "\u001b[2J\u202e\u0007\u2028"
      for (const columns of [80, 20, undefined]) {
        const screen = Screen.make(columns)
        const view = DeviceView.make(screen, { client: hostile, resource: hostile, tenant: hostile }, KEYS)
        const authorization = code({ userCode: `A${hostile}B`, verificationUri: `https://x.test/${hostile}` })
        yield* view.show(Event.Issued({ authorization }))
        yield* view.show(faulted({ code: hostile }))
        yield* view.remark(hostile)
        yield* view.show(Event.Approved({ principal: hostile, expiresAt: undefined }))
        const seen = screen.lines().join("")
        assert.notMatch(seen, /[\p{Cc}\p{Cf}\p{Zl}]/u)
        assert.include(seen, "A[2JB")
        assert.notInclude(screen.written(), "canary")
      }
    })
  )
})
