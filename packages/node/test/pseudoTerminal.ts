/** Programs whose stdin and stderr are a pseudo-terminal, and a dialogue with them. */
import * as Effect from "effect/Effect"
import { assert } from "@effect/vitest"
import { execFile, spawnSync } from "node:child_process"
import * as Path from "node:path"

/** Whether there are pseudo-terminals here; tests that need them are shown as skipped where not. */
export const available = spawnSync("python3", ["-c", "import pty, termios"]).status === 0

/**
 * What is awaited on the screen, and then keys to press, a signal to send, `null` to hang up, or `true`: the program is
 * stopped, the terminal's modes are set back as a shell sets them, and the program goes on.
 */
export type Step = readonly [awaited: string, then: string | number | true | null]

export interface Played {
  readonly screen: string
  readonly stdout: string
  /** The exit code; negative: ended by this signal; `null`: it had to be killed. */
  readonly code: number | null
  /** Whether the terminal's modes are as before. */
  readonly restored: boolean
}

/** The variables of this process, without those that forbid prompts or say where a browser is. */
export const environment = (more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => {
  const hidden = [
    "CI",
    "MLS_NO_INPUT",
    "BROWSER",
    "SSH_CONNECTION",
    "SSH_CLIENT",
    "SSH_TTY",
    "DISPLAY",
    "WAYLAND_DISPLAY"
  ]
  const rest = Object.entries(process.env).filter(([name]) => !hidden.includes(name))
  return { ...Object.fromEntries(rest), TERM: "xterm", ...more }
}

/** Plays a dialogue; the program must end with `code`: 0 unless said otherwise. */
export const play = (
  steps: ReadonlyArray<Step>,
  command: ReadonlyArray<string>,
  { code = 0, env = {} }: { readonly code?: number; readonly env?: Readonly<Record<string, string>> } = {}
): Effect.Effect<Played> =>
  Effect.gen(function* () {
    const script = Path.join(import.meta.dirname, "pseudoTerminal.py")
    const text = yield* Effect.async<string>((resume) => {
      const child = execFile(
        "python3",
        [script, JSON.stringify(steps), ...command],
        { cwd: import.meta.dirname, env: environment(env) },
        (_, stdout, stderr) => resume(Effect.succeed(stdout || stderr))
      )
      return Effect.sync(() => child.kill())
    })
    const played = JSON.parse(text) as Played
    // Node itself aborts at its exit when its terminal is gone; what the program printed before counts then.
    const hungUp = steps.some(([, then]) => then === null)
    if (!hungUp) assert.strictEqual(played.code, code, text)
    assert.isTrue(played.restored, "the terminal is as before")
    return played
  })
