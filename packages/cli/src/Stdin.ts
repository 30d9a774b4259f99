/**
 * What is piped in: a secret, or the body of a request. Read whole and bounded.
 */
import type { CredentialRequired } from "@mlserver-auth/core/AuthError"
import * as TerminalPrompt from "@mlserver-auth/node/TerminalPrompt"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Output } from "./Output.js"
import { usage, type UsageError } from "./Usage.js"

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

/** The same; a person is told that they are waited for. */
export const readInput = (limit: number, what: string): Effect.Effect<Uint8Array, UsageError, Output> =>
  Effect.gen(function* () {
    const { notice } = yield* Output
    if (process.stdin.isTTY) yield* notice(`Reading the ${what} from stdin; end with Enter and Ctrl-D.`)
    return yield* readAll(limit)
  })

/**
 * A secret: UTF-8, with exactly one line end taken off its end, so that `echo` and `printf` both work. At a terminal it
 * is one line, and not shown; leaving it is `CredentialRequired` with `Cancelled`.
 */
export const readSecret = (what: string): Effect.Effect<Redacted.Redacted<string>, UsageError | CredentialRequired> =>
  Effect.gen(function* () {
    if (process.stdin.isTTY) {
      return yield* TerminalPrompt.secret(`Reading the ${what} from stdin, hidden; end with Enter: `)
    }
    const bytes = yield* readAll(SECRET_LIMIT)
    const text = yield* Effect.try({
      try: () => new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes),
      catch: () => usage(`The ${what} on stdin is not UTF-8`, "Convert it, for example with iconv.")
    })
    return Redacted.make(text.replace(/\r?\n$/, ""))
  })
