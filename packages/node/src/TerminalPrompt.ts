/**
 * Asks a person at a terminal for what is missing. Everything is written to stderr, so that stdout stays the program's
 * answer, and nothing ever waits for a person who is not there.
 *
 * A line editor of its own, after a comparison: npm's `read` 5 waits for ever when the terminal is hung up, cannot be
 * interrupted and writes to stdout unless told otherwise; `@inquirer/password` 5 brings nine packages and draws more
 * than one line; readline's `question` echoes and has no word for an interrupted or ended input.
 */
import { CredentialRequired } from "@mlserver-auth/core/AuthError"
import * as CredentialPrompt from "@mlserver-auth/core/CredentialPrompt"
import type { Event } from "@mlserver-auth/core/DeviceAuthorization"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { StringDecoder } from "node:string_decoder"
import { type Ending, LineEditor } from "./internal/lineEditor.js"

/** How people are asked. */
export interface Options {
  /**
   * `false`: never ask, fail at once. Otherwise it is asked where stdin and stderr are terminals and neither `CI` nor
   * `MLS_NO_INPUT` is set (to anything but `0` or `false`).
   */
  readonly interactive?: boolean | undefined
}

/**
 * A prompt at this process's terminal; one question at a time.
 *
 * Enter ends the line, Ctrl-U empties it, Ctrl-W and backspace erase, a paste counts as typing: its line end, and only
 * that, is not part of the answer. Ctrl-C, Ctrl-D on an empty line and a terminal hung up are `CredentialRequired` with
 * `Cancelled`. The terminal is as before afterwards, however the question ends.
 */
export const make = (options: Options = {}): Effect.Effect<CredentialPrompt.Service> =>
  Effect.map(Effect.makeSemaphore(1), (turn) => ({
    username: ({ server }) => turn.withPermits(1)(ask(options, `User name for ${shown(server)}: `, "user name", false)),
    password: ({ server, username }) =>
      Effect.map(
        turn.withPermits(1)(ask(options, `Password of ${shown(username)} for ${shown(server)}: `, "password", true)),
        Redacted.make
      ),
    device: Effect.sync(() => ({ show: (event) => Effect.sync(() => shownEvent(event)) }))
  }))

const shownEvent = (event: Event): void => {
  if (event._tag !== "Issued" && event._tag !== "Reissued") return
  const { userCode, verificationUri } = event.authorization
  process.stderr.write(`To sign in, open ${shown(verificationUri)} and enter ${shown(userCode)}\n`)
}

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

/** Controls, and format characters that turn the direction of text: nothing that an address says moves the cursor. */
const shown = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "")

const ask = (
  options: Options,
  prompt: string,
  what: string,
  hidden: boolean
): Effect.Effect<string, CredentialRequired> =>
  Effect.suspend(() => {
    const obstacle = obstacleTo(options)
    return obstacle === undefined
      ? question(prompt, hidden)
      : Effect.fail(
          new CredentialRequired({ reason: "NotInteractive", detail: `the ${what} is missing, and ${obstacle}` })
        )
  })

const obstacleTo = (options: Options): string | undefined => {
  if (options.interactive === false) return "prompts are switched off"
  for (const name of ["MLS_NO_INPUT", "CI"]) {
    const value = process.env[name]
    if (value !== undefined && !["", "0", "false"].includes(value.toLowerCase())) return `${name} is set`
  }
  if (!process.stdin.isTTY) return "standard input is not a terminal"
  if (!process.stderr.isTTY) return "standard error is not a terminal"
  return undefined
}

const cancelled = Effect.suspend(() => Effect.fail(new CredentialRequired({ reason: "Cancelled", detail: "" })))

const question = (prompt: string, hidden: boolean): Effect.Effect<string, CredentialRequired> =>
  Effect.async((resume) => {
    const { stderr, stdin } = process
    const decoder = new StringDecoder("utf8")
    const editor = new LineEditor(
      (character) => hidden || stderr.write(character),
      (line) => hidden || stderr.write(`\r\x1b[K${prompt}${line}`)
    )
    const wasRaw = stdin.isRaw
    const leave = (): void => {
      stdin.off("data", onData).off("end", onEnd).off("error", onEnd)
    }
    const restore = (): void => {
      leave()
      stdin.pause()
      stdin.setRawMode(wasRaw)
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
      resume(cancelled)
    }
    // Before the prompt is seen: whoever answers at once must not be echoed, nor edited by the terminal itself.
    stdin.setRawMode(true)
    stderr.write(prompt)
    stdin.on("data", onData).on("end", onEnd).on("error", onEnd)
    stdin.resume()
    return Effect.sync(restore)
  })
