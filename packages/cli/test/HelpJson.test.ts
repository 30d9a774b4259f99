import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ExitCode, signals } from "../src/cli/exitCode.js"
import * as Sandbox from "./Sandbox.js"

interface Parameter {
  readonly name: string
  readonly aliases: ReadonlyArray<string>
}

interface Command {
  readonly command: string
  readonly usage: string
  readonly arguments: ReadonlyArray<Parameter>
  readonly options: ReadonlyArray<Parameter>
}

interface Help {
  readonly commands: ReadonlyArray<Command>
  readonly exitCodes: ReadonlyArray<{ readonly code: number; readonly mayPass: boolean | null }>
  readonly environment: ReadonlyArray<{ readonly names: ReadonlyArray<string> }>
}

const jsonOf = ({ code, stderr, stdout }: Sandbox.Ended) => {
  assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: "" })
  return Sandbox.jsonOf(stdout) as Help
}

/** What an option is without what others are: an option of one command, as a person would read it. */
const plain = {
  aliases: [],
  value: null,
  choices: [],
  required: false,
  repeated: false,
  default: null,
  environment: []
}

describe("mls help --json", () => {
  it.scopedLive("has each command with the options that its own --help has", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      const { commands } = jsonOf(yield* mls(["help", "--json"]))
      const names = commands.map(({ command }) => command)
      const listed = (yield* mls(["--help"])).stdout.match(/(?<=^ {2}mls )[a-z-]+(?= )/gm) ?? []
      assert.includeMembers(names, [
        ...listed,
        "whoami",
        "profile use",
        "services consume",
        "config show",
        "completions"
      ])
      const pages = yield* Effect.forEach(commands, ({ command }) => mls(["help", ...command.split(" ")]), {
        concurrency: 4
      })
      for (const [at, { command, options, usage }] of commands.entries()) {
        const text = pages[at]?.stdout ?? ""
        assert.include(text, `  ${usage}\n`)
        const told = text.match(/^ {2}(?:-\w, )?--[\w-]+/gm)?.map((line) => line.trim()) ?? []
        const known = options.map(({ aliases, name }) => [...aliases, name].join(", "))
        assert.deepStrictEqual(known, told, command)
      }
    })
  )

  it.scopedLive("tells types, choices, defaults, repetition, and variables", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      const { commands } = jsonOf(yield* mls(["help", "--json"]))
      const option = (of: string, wanted: string): object | undefined =>
        commands.find(({ command }) => command === of)?.options.find(({ name }) => name === wanted)
      const argument = (of: string, at: number): object | undefined =>
        commands.find(({ command }) => command === of)?.arguments[at]
      assert.deepInclude(option("login", "--wire"), { ...plain, type: "choice", choices: ["v1", "v2"] })
      assert.deepInclude(option("api", "--header"), {
        ...plain,
        type: "text",
        aliases: ["-H"],
        value: "name:value",
        repeated: true
      })
      assert.deepInclude(option("token", "--no-input"), {
        ...plain,
        type: "boolean",
        default: false,
        environment: ["MLS_NO_INPUT", "CI"]
      })
      assert.deepInclude(option("token", "--cacert"), {
        ...plain,
        type: "file",
        value: "file",
        environment: ["MLS_CACERT"]
      })
      assert.deepInclude(option("dev-server", "--port"), { ...plain, type: "text", value: "number", default: "12800" })
      assert.deepInclude(option("login", "--new-codes"), { ...plain, type: "integer", value: "number", default: 0 })
      assert.deepInclude(argument("api", 0), { ...plain, type: "text", required: true, repeated: true })
      assert.deepInclude(argument("services get", 1), { ...plain, name: "VERSION", type: "text" })
      assert.deepInclude(argument("profile use", 0), { ...plain, name: "PROFILE", type: "text", required: true })
      const shells = { type: "choice", choices: ["bash", "zsh", "fish", "pwsh"], required: true }
      assert.deepInclude(argument("completions", 0), { ...plain, ...shells })
    })
  )

  it.scopedLive("has every exit code once, and every variable that an option names", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      const { environment, exitCodes, ...help } = jsonOf(yield* mls(["help", "--json"]))
      const codes = new Set([...Object.values(ExitCode), ...Object.values(signals)])
      assert.sameMembers(
        exitCodes.map(({ code }) => code),
        [...codes]
      )
      const passing = exitCodes.filter(({ mayPass }) => mayPass === true).map(({ code }) => code)
      assert.deepStrictEqual(passing, [ExitCode.unreachable, ExitCode.locked])
      const known = environment.flatMap(({ names }) => names)
      const named = JSON.stringify(help).match(/\bMLS_[A-Z_]+\b/g) ?? []
      assert.isAbove(named.length, 10)
      assert.includeMembers(known, named)
    })
  )

  it.scopedLive("tells of one command and those that it has, and of nothing else: exit 2", () =>
    Effect.gen(function* () {
      const { mls, plant } = yield* Sandbox.make
      const { commands } = jsonOf(yield* mls(["help", "config", "--json"]))
      assert.deepStrictEqual(
        commands.map(({ command }) => command),
        ["config", "config show"]
      )
      plant("hunter2")
      for (const words of [["hunter2"], ["conf"], ["config", "hunter2"], ["errors"]]) {
        assert.deepInclude(yield* mls(["help", ...words, "--json"]), { code: 2, stdout: "" }, words.join(" "))
      }
    })
  )
})
