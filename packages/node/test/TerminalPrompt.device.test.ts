import type { TerminalPrompt } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Authority from "./authority.js"
import { program } from "./program.js"
import * as Terminal from "./pseudoTerminal.js"
import { seen } from "./screen.js"

/** Shows a code, waits for what the setting says, and prints how that went. */
const PROGRAM = `
  import * as Effect from "effect/Effect"
  import * as Fiber from "effect/Fiber"
  import * as Redacted from "effect/Redacted"
  import { make } from "../src/TerminalPrompt.js"
  const { options, until, handler } = JSON.parse(process.argv[2])
  const code = (userCode) => ({
    userCode, deviceCode: Redacted.make("canary-device-code"), verificationUri: "https://x.test/device",
    verificationUriComplete: undefined, interval: 5000, lifetime: 900000, expiresAt: 900000
  })
  const signIn = Effect.scoped(Effect.gen(function* () {
    const prompt = yield* (yield* make(options)).device
    const show = (_tag, more) => prompt.show({ _tag, ...more })
    yield* show("Issued", { authorization: code("F7KQ2MXD") })
    if (until === "newCode") {
      yield* prompt.newCode
      yield* show("Reissued", { authorization: code("NEWC0DE") })
    }
    if (until === "line") yield* show("Pending", { authorization: code("F7KQ2MXD"), left: 9000, interval: 5000 })
    if (until === "never") yield* Effect.never
    if (until === "step") yield* Effect.forever(
      Effect.zipRight(Effect.sleep("20 millis"), show("Pending", { authorization: code("F7KQ2MXD"), left: 9000, interval: 5000 }))
    )
    yield* show("Approved", { principal: "ada", expiresAt: undefined })
    return { keys: prompt.newCode !== undefined, raw: process.stdin.isRaw === true }
  }))
  const fiber = Effect.runFork(Effect.either(signIn))
  let signal
  if (handler === "interrupt") process.once("SIGINT", () => { signal = "SIGINT"; Effect.runFork(Fiber.interrupt(fiber)) })
  // The signal is on its way when the sign-in is cancelled; which of the two is seen first is the system's business.
  const ignored = handler === "ignore"
    ? new Promise((resolve) => {
        // Listening for a signal keeps no program alive until it comes.
        const alive = setInterval(() => {}, 1000)
        process.once("SIGINT", () => { signal = "SIGINT"; clearInterval(alive); resolve() })
      })
    : undefined
  const exit = await Effect.runPromise(Fiber.await(fiber))
  await ignored
  const { left: error, right } = exit._tag === "Success" ? exit.value : { left: { reason: "Interrupted" } }
  console.log(JSON.stringify({
    ...right, signal, reason: error?.reason, message: error?.message, rawAfter: process.stdin.isRaw === true
  }))`

interface Setting {
  readonly options?: TerminalPrompt.Options
  /** What is waited for before the approval. */
  readonly until?: "newCode" | "line" | "never" | "step"
  readonly handler?: "interrupt" | "ignore"
}

interface Printed {
  readonly keys?: boolean
  readonly raw?: boolean
  readonly rawAfter: boolean
  readonly reason?: string
  readonly message?: string
  readonly signal?: string
}

const command = (file: string, setting: Setting): ReadonlyArray<string> => [
  process.execPath,
  file,
  JSON.stringify(setting)
]

const dialogue = (
  steps: ReadonlyArray<Terminal.Step>,
  setting: Setting = {},
  env: Readonly<Record<string, string>> = {},
  code = 0
) =>
  Effect.gen(function* () {
    const file = yield* program(PROGRAM)
    const played = yield* Terminal.play(steps, command(file, setting), { env, code })
    assert.notInclude(played.screen + played.stdout, "canary")
    const printed = played.stdout === "" ? undefined : (JSON.parse(played.stdout) as Printed)
    return { ...played, printed, lines: seen(played.screen.replaceAll("\r\n", "\n")) }
  })

const WAITING = "cancel)"

const frame = (code: string): ReadonlyArray<string> => [
  "  To sign in, open   https://x.test/device",
  `  and enter          ${code}`,
  "  Only enter this code if you started this sign-in yourself."
]

describe.skipIf(!Terminal.available)("a device code at a terminal (pseudo-terminals need python3)", () => {
  it.scopedLive("is shown on stderr until it is approved; stdout is the answer only", () =>
    Effect.gen(function* () {
      const { lines, printed } = yield* dialogue([])
      assert.deepStrictEqual(lines, [...frame("F7KQ2MXD"), "  Approved by ada."])
      assert.deepStrictEqual(printed, { keys: true, raw: true, rawAfter: false })
    })
  )

  it.scopedLive("says in which terms the code authorises", () =>
    Effect.gen(function* () {
      const authorises = { client: "c", resource: "r", tenant: "t" }
      const { lines } = yield* dialogue([], { options: { device: { authorises } } })
      assert.strictEqual(lines[2], "  Authorises         client c for resource r in tenant t")
    })
  )

  it.scopedLive("n asks for a new code", () =>
    Effect.gen(function* () {
      const { lines } = yield* dialogue([[WAITING, "n"]], { until: "newCode" })
      assert.deepStrictEqual(lines, [
        ...frame("F7KQ2MXD"),
        "  A new code; forget the one before.",
        ...frame("NEWC0DE"),
        "  Approved by ada."
      ])
    })
  )

  it.scopedLive("Enter copies the code by the terminal and opens the page; other keys do nothing", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const [program, record] = [Path.join(directory, "browser"), Path.join(directory, "record")]
      yield* Effect.promise(() => Fs.writeFile(program, `#!/bin/sh\necho "$@" >> ${record}\n`, { mode: 0o700 }))
      const steps = [
        ["Enter: copy and open", "\x1b[A \x1b[Bq\r"],
        ["browser opened", "n"]
      ] as const
      const { screen } = yield* dialogue(steps, { until: "newCode" }, { BROWSER: program })
      assert.strictEqual(yield* Effect.promise(() => Fs.readFile(record, "utf8")), "https://x.test/device\n")
      assert.include(screen, `\x1b]52;c;${Buffer.from("F7KQ2MXD").toString("base64")}\x07`)
      assert.strictEqual(screen.split("\x1b]52").length, 2)
    })
  )

  it.scopedLive("where no page can be opened Enter copies only, and switched off it does not even that", () =>
    Effect.gen(function* () {
      const { screen } = yield* dialogue(
        [
          ["(Enter: copy code, n", "\r"],
          ["code copied", "n"]
        ],
        { until: "newCode" }
      )
      assert.include(screen, "\x1b]52;")
      const options = { device: { clipboard: false } }
      const silent = yield* dialogue(
        [
          ["left  (n: new code", "\r\n"],
          ["", "n"]
        ],
        { until: "newCode", options }
      )
      assert.notInclude(silent.screen, "\x1b]52;")
    })
  )

  for (const [name, key] of [
    ["Ctrl-C", "\x03"],
    ["Ctrl-D", "\x04"]
  ] as const) {
    it.scopedLive(`${name} ends a program that handles no signals, as elsewhere, with the terminal as before`, () =>
      Effect.gen(function* () {
        const { stdout } = yield* dialogue([[WAITING, key]], { until: "never" }, {}, -2)
        assert.strictEqual(stdout, "")
      })
    )

    it.scopedLive(`${name} reaches the program's own handler, which interrupts the sign-in`, () =>
      Effect.gen(function* () {
        const { lines, printed } = yield* dialogue([[WAITING, key]], { until: "never", handler: "interrupt" })
        assert.deepInclude(printed, { signal: "SIGINT", reason: "Interrupted", rawAfter: false })
        assert.deepStrictEqual(lines, frame("F7KQ2MXD"))
      })
    )

    it.scopedLive(`${name} in a program that goes on all the same: the sign-in is cancelled at its next step`, () =>
      Effect.gen(function* () {
        const { printed } = yield* dialogue([[WAITING, key]], { until: "step", handler: "ignore" })
        assert.deepInclude(printed, { signal: "SIGINT", reason: "Cancelled", rawAfter: false })
      })
    )
  }

  it.scopedLive("a program ended by a signal from elsewhere leaves the terminal as before", () =>
    Effect.gen(function* () {
      const { stdout } = yield* dialogue([[WAITING, 15]], { until: "never" }, {}, -15)
      assert.strictEqual(stdout, "")
    })
  )

  it.scopedLive("a terminal that is hung up cancels", () =>
    Effect.gen(function* () {
      const { printed } = yield* dialogue([[WAITING, null]], { until: "step" })
      assert.strictEqual(printed?.reason, "Cancelled")
    })
  )

  for (const [name, setting, env] of [
    ["interactive: false", { options: { interactive: false } }, {}],
    ["CI", {}, { CI: "true" }],
    ["MLS_NO_INPUT", {}, { MLS_NO_INPUT: "1" }]
  ] as const) {
    it.scopedLive(`${name}: nothing is shown, and the error says that a person is needed`, () =>
      Effect.gen(function* () {
        const { printed, screen } = yield* dialogue([], setting, env)
        assert.strictEqual(printed?.reason, "NotInteractive")
        assert.include(printed?.message, "a device code needs a person")
        assert.strictEqual(screen, "")
      })
    )
  }

  it.scopedLive("a terminal that can do nothing gets plain lines and no keys", () =>
    Effect.gen(function* () {
      const { printed, screen } = yield* dialogue([], { until: "line" }, { TERM: "dumb" })
      assert.deepStrictEqual(screen.split("\r\n"), [
        ...frame("F7KQ2MXD"),
        "  Waiting… 15:00 left",
        "  Approved by ada.",
        ""
      ])
      assert.deepInclude(printed, { keys: false, raw: false })
    })
  )
})

describe("a device code without a terminal", () => {
  for (const stdin of ["ignore", "pipe"] as const) {
    it.scopedLive(`stdin ${stdin}: it is still shown, on stderr, in lines that stay`, () =>
      Effect.gen(function* () {
        const file = yield* program(PROGRAM)
        const [node = "", ...args] = command(file, { until: "line" })
        const [stdout, stderr] = yield* Effect.async<readonly [string, string]>((resume) => {
          const env = Terminal.environment()
          const child = spawn(node, args, { cwd: import.meta.dirname, env, stdio: [stdin, "pipe", "pipe"] })
          const text = ["", ""] as [string, string]
          child.stdout?.on("data", (chunk: Buffer) => (text[0] += chunk.toString()))
          child.stderr?.on("data", (chunk: Buffer) => (text[1] += chunk.toString()))
          child.on("close", () => resume(Effect.succeed(text)))
          return Effect.sync(() => child.kill())
        })
        assert.deepStrictEqual(stderr.split("\n"), [
          ...frame("F7KQ2MXD"),
          "  Waiting… 15:00 left",
          "  Approved by ada.",
          ""
        ])
        assert.deepInclude(JSON.parse(stdout), { keys: false })
      })
    )
  }
})
