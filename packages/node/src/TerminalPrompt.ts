/**
 * Asks a person at a terminal for the missing parts of a credential. It writes to stderr only, so that stdout contains the
 * program's answer only. Without a terminal it fails at once.
 *
 * A line editor of its own, after a comparison: npm's `read` 5 waits for ever when the terminal is hung up, cannot be
 * interrupted and writes to stdout by default; `@inquirer/password` 5 brings nine packages and draws more
 * than one line; readline's `question` echoes and has no word for an interrupted or ended input.
 */
import { CredentialRequired } from "@mlserver-auth/core/AuthError"
import * as CredentialPrompt from "@mlserver-auth/core/CredentialPrompt"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { StringDecoder } from "node:string_decoder"
import * as DevicePrompt from "./internal/terminal/devicePrompt.js"
import { whyCannotPrompt } from "./internal/terminal/interactivity.js"
import { type Ending, LineEditor } from "./internal/terminal/lineEditor.js"
import * as RawMode from "./internal/terminal/rawMode.js"
import { printable } from "./internal/terminal/printable.js"

export type { DeviceOptions } from "./internal/terminal/devicePrompt.js"

/** Options of the prompt. */
export interface Options {
  /**
   * `false`: never ask, fail at once. Default: ask if stdin and stderr are terminals, and neither `CI` nor `MLS_NO_INPUT` is
   * set (to anything but `0` or `false`).
   */
  readonly interactive?: boolean | undefined
  /** How a device code is shown. Default: Enter copies the code and opens a browser. */
  readonly device?: DevicePrompt.DeviceOptions | undefined
}

/**
 * A prompt at this process's terminal; one question at a time.
 *
 * Enter ends the line, Ctrl-U empties it, Ctrl-W and backspace erase, a paste counts as typing: its line end, and only
 * that, is not part of the answer. Ctrl-C, Ctrl-D on an empty line and a terminal that hangs up fail with
 * `CredentialRequired` `Cancelled`; no terminal, with `NotInteractive`. Afterwards the terminal is as before.
 *
 * A device code is shown wherever a person may be asked, on a terminal with a countdown. If stdin is a terminal too, Enter
 * copies the code and opens a browser, `n` asks for a new code, and Ctrl-C and Ctrl-D raise SIGINT: the program ends as
 * at any other moment, and if it goes on the sign-in is `Cancelled`. `BROWSER` names the program that opens pages.
 *
 * @example
 * import { TerminalPrompt } from "@mlserver-auth/node"
 * import * as Effect from "effect/Effect"
 *
 * // Writes "Password of ada for https://mls.contoso.com:12800: " to stderr; what is typed is not seen.
 * const password = Effect.flatMap(TerminalPrompt.make(), (prompt) =>
 *   prompt.password({ server: "https://mls.contoso.com:12800", username: "ada" })
 * )
 */
export const make = (options: Options = {}): Effect.Effect<CredentialPrompt.Service> =>
  Effect.map(Effect.makeSemaphore(1), (turn) => ({
    username: ({ server }) =>
      turn.withPermits(1)(ask(options, `User name for ${printable(server)}: `, "user name", false)),
    password: ({ server, username }) =>
      Effect.map(
        turn.withPermits(1)(
          ask(options, `Password of ${printable(username)} for ${printable(server)}: `, "password", true)
        ),
        Redacted.make
      ),
    device: Effect.zipRight(held(turn), DevicePrompt.open(options, options.device ?? {}))
  }))

/**
 * The prompt as a layer.
 *
 * @example
 * import { CredentialSource } from "@mlserver-auth/core"
 * import { TerminalPrompt } from "@mlserver-auth/node"
 * import * as Layer from "effect/Layer"
 *
 * const Source = CredentialSource.layerConfigOrPrompt().pipe(Layer.provide(TerminalPrompt.layer()))
 */
export const layer = (options?: Options): Layer.Layer<CredentialPrompt.CredentialPrompt> =>
  Layer.effect(CredentialPrompt.CredentialPrompt, make(options))

/**
 * Asks for a secret that a person pastes or types at the terminal: what they type is not seen, and has any length, where a
 * terminal left to itself shows it and cuts a line off at 4095 bytes. `text` is written to stderr before; Enter ends it.
 *
 * Fails with `CredentialRequired`: `Cancelled` as `make`, `NotInteractive` if standard input is no terminal.
 *
 * @example
 * import { Credential } from "@mlserver-auth/core"
 * import { TerminalPrompt } from "@mlserver-auth/node"
 * import * as Effect from "effect/Effect"
 *
 * const pasted = Effect.map(TerminalPrompt.secret("Access token: "), (token) => Credential.accessToken(token))
 */
export const secret = (text: string): Effect.Effect<Redacted.Redacted<string>, CredentialRequired> =>
  Effect.suspend(() =>
    process.stdin.isTTY
      ? Effect.map(question(printable(text), true), Redacted.make)
      : new CredentialRequired({ reason: "NotInteractive", detail: "standard input is not a terminal" })
  )

/** The turn, until the scope closes. */
const held = (turn: Effect.Semaphore): Effect.Effect<void, never, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.zipRight(
      restore(turn.take(1)),
      Effect.addFinalizer(() => turn.release(1))
    )
  )

const ask = (
  options: Options,
  prompt: string,
  what: string,
  hidden: boolean
): Effect.Effect<string, CredentialRequired> =>
  Effect.suspend(() => {
    const obstacle = whyCannotPrompt(options)
    return obstacle === undefined
      ? question(prompt, hidden)
      : Effect.fail(
          new CredentialRequired({ reason: "NotInteractive", detail: `the ${what} is missing, and ${obstacle}` })
        )
  })

const cancelled = Effect.suspend(() => Effect.fail(new CredentialRequired({ reason: "Cancelled", detail: "" })))

const nothing = (): void => {}

/** A line, and how it is shown again after something else was written. */
interface Line {
  readonly editor: LineEditor
  readonly redraw: () => void
}

/** A line that is not seen. */
const silent = (prompt: string): Line => ({
  editor: new LineEditor(nothing, nothing),
  redraw: () => void process.stderr.write(prompt)
})

/** A line that is seen, behind its prompt, on as many rows as both need. */
const echoing = (prompt: string): Line => {
  const { stderr } = process
  let seen = prompt
  const add = (character: string): void => {
    seen += character
    stderr.write(character)
  }
  const anew = (line: string): void => {
    const above = Math.floor((seen.length - 1) / (stderr.columns || 80))
    seen = `${prompt}${line}`
    // A terminal that cannot move its cursor gets another line.
    const start = process.env["TERM"] === "dumb" ? "\n" : `${above > 0 ? `\x1b[${above}A` : ""}\r\x1b[J`
    stderr.write(`${start}${seen}`)
  }
  return { editor: new LineEditor(add, anew), redraw: () => void stderr.write(seen) }
}

const question = (prompt: string, hidden: boolean): Effect.Effect<string, CredentialRequired> =>
  Effect.async((resume) => {
    const { stderr, stdin } = process
    const decoder = new StringDecoder("utf8")
    const { editor, redraw } = hidden ? silent(prompt) : echoing(prompt)
    const leave = (): void => {
      stdin.off("data", onData).off("end", onEnd).off("error", onEnd)
    }
    const restore = (): void => {
      leave()
      stdin.pause()
      raw.giveBack()
      stderr.write("\n")
    }
    const end = (ending: Ending): void => {
      restore()
      if (ending.rest !== "") stdin.unshift(Buffer.from(ending.rest))
      resume(ending._tag === "Entered" ? Effect.succeed(ending.text) : cancelled)
    }
    const onData = (chunk: Buffer | string): void => {
      const ending = editor.feed(typeof chunk === "string" ? chunk : decoder.write(chunk))
      if (ending !== undefined) end(ending)
    }
    // Hung up: there is no terminal any more to restore or to write to.
    const onEnd = (): void => {
      leave()
      raw.forget()
      resume(cancelled)
    }
    // Before the prompt is seen: a person who answers at once must not be echoed, nor edited by the terminal itself.
    const raw = RawMode.take(redraw)
    stderr.write(prompt)
    stdin.on("data", onData).on("end", onEnd).on("error", onEnd)
    stdin.resume()
    return Effect.sync(restore)
  })
