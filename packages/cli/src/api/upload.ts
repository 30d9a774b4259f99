/**
 * The body of a call, from a file or from what is piped in. What is small is held, and so can be sent once more with a
 * renewed token, has a length, and is shown by `--dry-run`. What is large goes out as it is read: a file, of which the
 * same holds but the last, and a pipe, which can be read once.
 */
import * as HttpBody from "@effect/platform/HttpBody"
import { replayable } from "@mlserver-auth/core/AuthHttpClient"
import * as PrivateFile from "@mlserver-auth/node/PrivateFile"
import * as TextFile from "@mlserver-auth/node/TextFile"
import * as Effect from "effect/Effect"
import { createReadStream } from "node:fs"
import * as Fs from "node:fs/promises"
import type { Readable } from "node:stream"
import { Output } from "../cli/output.js"
import * as ReaderShell from "../text/shellQuote.js"
import { usage, type UsageError } from "../cli/usage.js"

/** Bytes. */
export const HELD = 32 * 1024 * 1024

const PIECE = 256 * 1024

const unreadable = (what: string, code: string | undefined): UsageError =>
  usage(`--input: ${what} cannot be read (${code || "unknown"})`)

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

/** Opened anew each time it is sent; of a file that grows meanwhile, what it was. */
const file = (name: string, type: string, size: number): HttpBody.HttpBody => {
  const open = () => createReadStream(name, { end: size - 1, highWaterMark: PIECE })[Symbol.asyncIterator]()
  const body = HttpBody.raw({ [Symbol.asyncIterator]: open }, { contentType: type, contentLength: size })
  return Object.assign(body, { [replayable]: true })
}

/** Those that were read already, each let go when it is sent, and what comes after them. */
async function* following(read: Array<Uint8Array>, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (let chunk = read.shift(); chunk !== undefined; chunk = read.shift()) yield chunk
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}

/** JSON that is sent is UTF-8 without a mark (RFC 8259 8.1), whatever a person's editor or shell wrote; the rest goes as it is. */
const held = (bytes: Uint8Array, type: string): HttpBody.HttpBody => {
  const mark = Buffer.from(bytes.subarray(0, 3)).toString("hex")
  const isMarked = mark === "efbbbf" || mark.startsWith("fffe") || mark.startsWith("feff")
  const isJson = /^application\/(?:[^;]+\+)?json\b/i.test(type)
  return HttpBody.uint8Array(isMarked && isJson ? Buffer.from(TextFile.decode(bytes), "utf8") : bytes, type)
}

const piped = async (source: Readable, type: string): Promise<HttpBody.HttpBody> => {
  const chunks: Array<Uint8Array> = []
  let size = 0
  const rest = source[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
    chunks.push(next.value)
    size += next.value.length
    if (size > HELD) return HttpBody.raw(following(chunks, rest), { contentType: type })
  }
  return held(Buffer.concat(chunks), type)
}

const fromStdin = (type: string): Effect.Effect<HttpBody.HttpBody, UsageError, Output> =>
  Effect.gen(function* () {
    const { stdin } = process
    if (stdin.isTTY)
      yield* (yield* Output).notice(`Reading the body from stdin; end with Enter and ${ReaderShell.endOfInput()}.`)
    // Closed, or ended and read before: no more comes of it.
    if (stdin.readableEnded || stdin.destroyed) return HttpBody.uint8Array(new Uint8Array(), type)
    return yield* Effect.tryPromise({
      try: () => piped(stdin, type),
      catch: (error) => unreadable("stdin", codeOf(error))
    })
  })

const fromFile = async (name: string, type: string): Promise<HttpBody.HttpBody> => {
  const found = await Fs.stat(name)
  if (found.isFile() && found.size > HELD) return file(name, type, found.size)
  return piped(await TextFile.open(name), type)
}

/** The body that `--input` names: a file, or `-` for stdin. */
export const of = (name: string, type: string): Effect.Effect<HttpBody.HttpBody, UsageError, Output> =>
  name === "-"
    ? fromStdin(type)
    : Effect.mapError(
        PrivateFile.patiently(() => fromFile(name, type)),
        (code) => unreadable("the file", code)
      )
