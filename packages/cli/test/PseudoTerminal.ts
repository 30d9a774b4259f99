/** A terminal for the program: util-linux's `script` gives a process one of its own, and passes its exit code on. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { quoted } from "../src/text/shellQuote.js"
import * as Sandbox from "./Sandbox.js"

export const hasTerminals =
  ChildProcess.spawnSync("script", ["-qec", "exit 7", "/dev/null"], { stdio: "ignore" }).status === 7

export const atTerminal = (command: string): string =>
  `script -qec "mls() { \\"$NODE\\" \\"$MLS\\" \\"\\$@\\"; }; ${command}" /dev/null`

export const CTRL_C = "\u0003"
export const CTRL_D = "\u0004"
/** As a terminal passes on what was pasted. */
export const pasted = (text: string): string => `\u001b[200~${text}\u001b[201~`

/** Between what commands print and what is told of them. */
const MARK = "\u001e"

/** What the terminal showed of a command, how it ended, and whether it left the terminal's settings as they were. */
export interface Shown {
  readonly screen: string
  readonly code: number
  readonly restored: boolean
}

/** A command of a session; the rest is for the shell: variables, a directory to change to; what it does as soon as the command ended. */
export interface Line {
  readonly prefix?: string | undefined
  readonly suffix?: string | undefined
  readonly args: ReadonlyArray<string>
}

/** The shell survives a Ctrl-C, to tell of it; programs get the signal as ever. */
const scriptOf = (lines: ReadonlyArray<Line>, columns: number): string =>
  [
    `stty cols ${columns}`,
    "trap : INT",
    ...lines.flatMap(({ args, prefix = "", suffix = "" }) => [
      "before=$(stty -a)",
      `${prefix} "$NODE" "$MLS" ${args.map((word) => quoted(word)).join(" ")} ${suffix}`,
      `code=$?; [ "$before" = "$(stty -a)" ]; printf '\\036%s\\036%s\\036\\n' $code $?`
    ])
  ].join("\n")

const shownOf = (output: string): ReadonlyArray<Shown> => {
  const parts = output.split(MARK)
  const each = Array.from({ length: Math.floor(parts.length / 3) }, (_, at) => parts.slice(at * 3, at * 3 + 3))
  return each.map(([screen = "", code, same]) => ({
    screen: screen.replace(/^\r\n/, ""),
    code: Number(code),
    restored: same === "0"
  }))
}

/** A session at a terminal that is so wide: the lines one after the other. What goes to file descriptor 5 is its stderr. */
export interface Session extends Sandbox.Running {
  readonly shown: Effect.Effect<ReadonlyArray<Shown>>
}

/** Starts one. What it prints may be a secret where a line is meant to print one. */
export const session = (
  { home, shell }: Pick<Sandbox.Sandbox, "home" | "shell">,
  lines: ReadonlyArray<Line>,
  { columns = 80, ...options }: Sandbox.Options & { readonly columns?: number } = {}
): Effect.Effect<Session, never, Scope.Scope> =>
  Effect.gen(function* () {
    const directory = yield* Effect.promise(() => Fs.mkdtemp(Path.join(home, "session-")))
    const file = Path.join(directory, "script")
    yield* Effect.promise(() => Fs.writeFile(file, scriptOf(lines, columns)))
    const running = yield* shell(`exec script -qec "sh '${file}'" /dev/null 5>&2`, { ...options, stdin: Sandbox.OPEN })
    return { ...running, shown: Effect.map(running.ended, ({ stdout }) => shownOf(stdout)) }
  })
