/** A program that is stopped while it asks, and goes on at a terminal that its shell has used in between. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { program } from "./program.js"
import * as Terminal from "./pseudoTerminal.js"

const PROGRAM = `
  import * as Effect from "effect/Effect"
  import * as Redacted from "effect/Redacted"
  import { make, secret } from "../src/TerminalPrompt.js"
  const asked = {
    password: Effect.gen(function* () {
      const prompt = yield* make()
      const username = yield* prompt.username({ server: "https://mls.test" })
      return [username, Redacted.value(yield* prompt.password({ server: "https://mls.test", username }))]
    }),
    secret: Effect.map(secret("Paste it: "), (token) => [Redacted.value(token)]),
    device: Effect.scoped(Effect.gen(function* () {
      const prompt = yield* (yield* make()).device
      const authorization = {
        userCode: "F7KQ2MXD", deviceCode: Redacted.make("d"), verificationUri: "https://x.test/device",
        verificationUriComplete: undefined, interval: 5000, lifetime: 900000, expiresAt: 900000
      }
      yield* prompt.show({ _tag: "Issued", authorization })
      process.on("SIGCONT", () => process.stderr.write("goes on"))
      yield* prompt.newCode
      return ["a new code"]
    }))
  }
  const answers = await Effect.runPromise(asked[process.argv[2]])
  console.log(JSON.stringify({ answers, listeners: process.listenerCount("SIGCONT") }))`

const played = (what: "password" | "secret" | "device", steps: ReadonlyArray<Terminal.Step>) =>
  Effect.gen(function* () {
    const file = yield* program(PROGRAM)
    const command = [process.execPath, file, what]
    const { screen, stdout } = yield* Terminal.play(steps, command)
    return { screen, ...(JSON.parse(stdout) as { answers: ReadonlyArray<string>; listeners: number }) }
  })

const NAME = "User name for https://mls.test: "
const PASSWORD = "Password of ada for https://mls.test: "

describe.skipIf(!Terminal.available)("stopped and continued at a terminal (pseudo-terminals need python3)", () => {
  it.scopedLive("a password goes on unseen, and both questions are shown anew", () =>
    Effect.gen(function* () {
      const { answers, listeners, screen } = yield* played("password", [
        [NAME, "a"],
        ["a", true],
        [`${NAME}a`, "da\r"],
        [PASSWORD, "s3"],
        ["", true],
        [PASSWORD, "cr3t\r"]
      ])
      assert.deepStrictEqual(answers, ["ada", "s3cr3t"])
      assert.strictEqual(screen, `${NAME}a${NAME}ada\r\n${PASSWORD}${PASSWORD}\r\n`)
      assert.strictEqual(listeners, 0)
    })
  )

  it.scopedLive("a token that is pasted is not shown", () =>
    Effect.gen(function* () {
      const { answers, listeners, screen } = yield* played("secret", [
        ["Paste it: ", true],
        ["Paste it: ", "t0ken\r"]
      ])
      assert.deepStrictEqual(answers, ["t0ken"])
      assert.notInclude(screen, "t0ken")
      assert.strictEqual(listeners, 0)
    })
  )

  it.scopedLive("the keys of a device code go on: one is heard without Enter, and not shown", () =>
    Effect.gen(function* () {
      const { answers, listeners, screen } = yield* played("device", [
        ["cancel)", true],
        ["goes on", "n"]
      ])
      assert.deepStrictEqual(answers, ["a new code"])
      assert.notMatch(screen, /goes onn/)
      assert.strictEqual(listeners, 1)
    })
  )
})
