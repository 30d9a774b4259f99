import type { TerminalPrompt } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { LineEditor } from "../src/internal/terminal/lineEditor.js"
import { program } from "./program.js"
import * as Terminal from "./pseudoTerminal.js"

/** Asks for a user name and a password, and prints how that went. */
const PROGRAM = `
  import * as Effect from "effect/Effect"
  import * as Redacted from "effect/Redacted"
  import { make, secret } from "../src/TerminalPrompt.js"
  const { server, options, only, after } = JSON.parse(process.argv[2])
  const asked = Effect.gen(function* () {
    if (only === "secret") return { password: Redacted.value(yield* secret("Paste it:\u0007 ")) }
    const prompt = yield* make(options)
    const username = only === "password" ? "ada" : yield* prompt.username({ server })
    const password = Redacted.value(yield* prompt.password({ server, username }))
    return { username, password }
  })
  const result = await Effect.runPromise(Effect.either(
    after === undefined ? asked : Effect.timeoutFail(asked, { duration: after, onTimeout: () => ({ reason: "Timeout" }) })
  ))
  const { left: error, right } = result
  const { reason, message } = error ?? {}
  console.log(JSON.stringify({ ...right, reason, message, raw: process.stdin.isRaw === true }))`

interface Setting {
  readonly server?: string
  readonly options?: TerminalPrompt.Options
  readonly only?: "password" | "secret"
  readonly after?: string
}

interface Printed {
  readonly username?: string
  readonly password?: string
  readonly reason?: string
  readonly message?: string
  readonly raw: boolean
}

const command = (file: string, setting: Setting): ReadonlyArray<string> => [
  process.execPath,
  file,
  JSON.stringify({ server: "https://mls.test", ...setting })
]

/** Plays a dialogue with the program. */
const dialogue = (
  steps: ReadonlyArray<Terminal.Step>,
  setting: Setting = {},
  env: Readonly<Record<string, string>> = {}
) =>
  Effect.gen(function* () {
    const file = yield* program(PROGRAM)
    const played = yield* Terminal.play(steps, command(file, setting), { env })
    const printed = played.stdout === "" ? undefined : (JSON.parse(played.stdout) as Printed)
    return { ...played, printed }
  })

const NAME = "User name for https://mls.test: "
const PASSWORD = "Password of ada for https://mls.test: "

describe.skipIf(!Terminal.available)("at a terminal (pseudo-terminals need python3)", () => {
  it.scopedLive("asks for both on stderr, shows the name and hides the password; stdout is the answer only", () =>
    Effect.gen(function* () {
      const { printed, screen, stdout } = yield* dialogue([
        [NAME, "ada\r"],
        [PASSWORD, "s3cr3t ü☃\r"]
      ])
      assert.deepStrictEqual(printed, { username: "ada", password: "s3cr3t ü☃", raw: false })
      assert.strictEqual(screen, `${NAME}ada\r\n${PASSWORD}\r\n`)
      assert.notInclude(stdout, NAME)
    })
  )

  it.scopedLive("corrects with backspace, Ctrl-U and Ctrl-W, by whole characters", () =>
    Effect.gen(function* () {
      const { printed } = yield* dialogue(
        [[PASSWORD, "wrong\x15one two\x17twö☃\x7f\x7fo 😀\x7f\x7f!\x1b[D\x1b[200~\r"]],
        { only: "password" }
      )
      assert.strictEqual(printed?.password, "one two!")
    })
  )

  it.scopedLive("takes a secret longer than a line of a terminal, hidden", () =>
    Effect.gen(function* () {
      const token = "0123456789".repeat(600)
      const { printed, screen } = yield* dialogue([["Paste it: ", `${token}\r`]], { only: "secret" })
      assert.strictEqual(printed?.password, token)
      assert.strictEqual(screen, "Paste it: \r\n")
    })
  )

  it.scopedLive("a paste of both lines answers both questions", () =>
    Effect.gen(function* () {
      const { printed } = yield* dialogue([[NAME, "ada\r\n pass word \n"]])
      assert.deepInclude(printed, { username: "ada", password: " pass word " })
    })
  )

  for (const [name, keys] of [
    ["Ctrl-C", "half\x03"],
    ["Ctrl-D on an empty line", "\x04"]
  ] as const) {
    it.scopedLive(`${name} cancels`, () =>
      Effect.gen(function* () {
        const { printed } = yield* dialogue([[PASSWORD, keys]], { only: "password" })
        assert.deepInclude(printed, { reason: "Cancelled", raw: false })
      })
    )
  }

  it.scopedLive("a terminal that is hung up cancels", () =>
    Effect.gen(function* () {
      const { printed } = yield* dialogue([[PASSWORD, null]], { only: "password" })
      assert.strictEqual(printed?.reason, "Cancelled")
    })
  )

  it.scopedLive("Ctrl-D within a line is no end", () =>
    Effect.gen(function* () {
      const { printed } = yield* dialogue([[PASSWORD, "a\x04b\r"]], { only: "password" })
      assert.strictEqual(printed?.password, "ab")
    })
  )

  it.scopedLive("an interrupted question gives the terminal back", () =>
    Effect.gen(function* () {
      const { printed } = yield* dialogue([[PASSWORD, "half"]], { only: "password", after: "200 millis" })
      assert.deepInclude(printed, { reason: "Timeout", raw: false })
    })
  )

  it.scopedLive("control and direction characters of an address do not reach the screen", () =>
    Effect.gen(function* () {
      const { screen } = yield* dialogue([["bank: ", "\x03"]], { server: "\x1b[2Jhttps://\u202eevil\u0007.bank" })
      assert.strictEqual(screen, "User name for [2Jhttps://evil.bank: \r\n")
    })
  )

  for (const [name, setting, env] of [
    ["interactive: false", { options: { interactive: false } }, {}],
    ["CI", {}, { CI: "true" }],
    ["MLS_NO_INPUT", {}, { MLS_NO_INPUT: "1" }]
  ] as const) {
    it.scopedLive(`${name}: nobody is asked, and the error says what to pass instead`, () =>
      Effect.gen(function* () {
        const { printed, screen } = yield* dialogue([], setting, env)
        assert.strictEqual(printed?.reason, "NotInteractive")
        assert.include(printed?.message, "the user name is missing")
        assert.include(printed?.message, "Pass the credential without a prompt")
        assert.strictEqual(screen, "")
      })
    )
  }

  it.scopedLive("CI=false is not CI", () =>
    Effect.gen(function* () {
      const { printed } = yield* dialogue([[PASSWORD, "x\r"]], { only: "password" }, { CI: "false" })
      assert.strictEqual(printed?.password, "x")
    })
  )
})

describe("without a terminal", () => {
  for (const [name, stdin, setting] of [
    ["a closed stdin", "ignore", {}],
    ["a pipe that says nothing", "pipe", {}],
    ["a pipe that ends", "end", {}],
    ["a pipe, asked for a secret", "pipe", { only: "secret" }]
  ] as const) {
    it.scopedLive(`${name}: fails at once`, () =>
      Effect.gen(function* () {
        const file = yield* program(PROGRAM)
        const [node = "", ...args] = command(file, setting)
        const stdout = yield* Effect.async<string>((resume) => {
          const child = spawn(node, args, {
            cwd: import.meta.dirname,
            env: Terminal.environment(),
            stdio: [stdin === "ignore" ? "ignore" : "pipe", "pipe", "inherit"]
          })
          let text = ""
          child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()))
          if (stdin === "end") child.stdin?.end("ada\nsecret\n")
          child.on("close", () => resume(Effect.succeed(text)))
          return Effect.sync(() => child.kill())
        })
        const printed = JSON.parse(stdout) as Printed
        assert.strictEqual(printed.reason, "NotInteractive")
        assert.include(printed.message, "standard input is not a terminal")
      })
    )
  }
})

describe("the line editor", () => {
  const typed = (...chunks: ReadonlyArray<string>) => {
    const editor = new LineEditor(
      () => {},
      () => {}
    )
    return chunks.reduce<ReturnType<LineEditor["feed"]>>((ending, chunk) => ending ?? editor.feed(chunk), undefined)
  }

  it("joins an escape sequence that arrives in pieces", () => {
    assert.deepStrictEqual(typed("a\x1b", "[", "1;5", "Cb\r"), { _tag: "Entered", text: "ab", rest: "" })
  })

  it("takes one line end off a paste and leaves what follows to the next question", () => {
    assert.deepStrictEqual(typed("one\r\ntwo\n\n"), { _tag: "Entered", text: "one", rest: "two\n\n" })
    assert.deepStrictEqual(typed("one\n\n"), { _tag: "Entered", text: "one", rest: "\n" })
  })

  it("keeps blanks and drops controls", () => {
    assert.deepStrictEqual(typed(" a\tb\x00\x1a \r"), { _tag: "Entered", text: " ab ", rest: "" })
  })
})
