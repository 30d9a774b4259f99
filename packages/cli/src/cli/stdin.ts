/**
 * What is piped in: a secret, or the settings of another person. Read whole and bounded.
 */
import { ConfigurationInvalid, type CredentialRequired } from "@mlserver-auth/core/AuthError"
import * as PrivateFile from "@mlserver-auth/node/PrivateFile"
import * as TerminalPrompt from "@mlserver-auth/node/TerminalPrompt"
import * as TextFile from "@mlserver-auth/node/TextFile"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Output } from "./output.js"
import * as ReaderShell from "../text/shellQuote.js"
import { usage, type UsageError } from "./usage.js"

const NO_BLANK = "Without one: `echo SECRET| mls`."

const SECRET_LIMIT = 128 * 1024

/**
 * Everything up to the end of stdin, or until it is whole, so that a person can go on typing at a terminal. A
 * `UsageError` beyond the limit, in bytes.
 */
export const readAll = (
  limit: number,
  isWhole: (read: Uint8Array) => boolean = () => false
): Effect.Effect<Uint8Array, UsageError> =>
  Effect.async((resume) => {
    const { stdin } = process
    const chunks: Array<Buffer> = []
    let size = 0
    const stop = () => {
      stdin.off("data", onData).off("end", onEnd).off("close", onEnd).off("error", onEnd)
      stdin.pause()
    }
    const onEnd = () => {
      stop()
      resume(Effect.succeed(Buffer.concat(chunks)))
    }
    const onData = (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size <= limit) return isWhole(Buffer.concat(chunks)) ? onEnd() : undefined
      stop()
      resume(usage(`More than ${limit} bytes came from stdin`, "Was the wrong file piped in?"))
    }
    // Closed, or ended and read before: no event would come any more.
    if (stdin.readableEnded || stdin.destroyed) return onEnd()
    stdin.on("data", onData).on("end", onEnd).on("close", onEnd).on("error", onEnd)
    stdin.resume()
    return Effect.sync(stop)
  })

/** How a file, or stdin in its place, is read. */
export interface Source {
  /** Bytes. One more is read, so that too much is seen: the path may be that of anything. */
  readonly limit: number
  /** What a person at a terminal is asked for. */
  readonly hint: string
  /** For whom the file is: the setting that an error names. */
  readonly setting: string
  /** What was typed so far is all of it. */
  readonly isWhole?: (read: Uint8Array) => boolean
}

/** The bytes of a file, or of stdin for `-`. */
export const fileOrStdin = (
  name: string,
  { hint, isWhole, limit, setting }: Source
): Effect.Effect<Uint8Array, UsageError | ConfigurationInvalid, Output> =>
  Effect.gen(function* () {
    if (name !== "-") {
      return yield* Effect.mapError(
        PrivateFile.patiently(() => TextFile.read(name, limit)),
        (code) =>
          new ConfigurationInvalid({
            setting,
            problem: `the file cannot be read (${code || "unknown error"})`,
            fix: "Give the path of a file, or - for stdin."
          })
      )
    }
    if (!process.stdin.isTTY) return yield* readAll(limit)
    yield* (yield* Output).notice(hint)
    // The end of a terminal's input would be the end of all questions.
    return yield* readAll(limit, isWhole)
  })

/**
 * A secret: UTF-8, with exactly one line end taken off its end, so that `echo` and `printf` both work. At a terminal it
 * is one line, and not shown; leaving it is `CredentialRequired` with `Cancelled`.
 */
export const readSecret = (
  what: string
): Effect.Effect<Redacted.Redacted<string>, UsageError | CredentialRequired, Output> =>
  Effect.gen(function* () {
    if (process.stdin.isTTY) {
      return yield* TerminalPrompt.secret(`Reading the ${what} from stdin, hidden; end with Enter: `)
    }
    const bytes = yield* readAll(SECRET_LIMIT)
    const text = yield* Effect.try({
      try: () => TextFile.decode(bytes, { fatal: true }),
      catch: () => usage(`The ${what} on stdin is not UTF-8`, ReaderShell.converted())
    })
    const secret = text.replace(/\r?\n$/, "")
    if (ReaderShell.isOfEcho(text)) {
      yield* (yield* Output).marked(
        "!",
        `The ${what} ends with a blank, as \`echo SECRET | mls\` of cmd sends it. ${NO_BLANK}`
      )
    }
    return Redacted.make(secret)
  })
