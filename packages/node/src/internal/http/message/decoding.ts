/** Content codings (RFC 9110 8.4.1) over a reader of bytes. */
import type { Transform } from "node:stream"
import { zlib } from "../../builtins.js"
import type { ByteReader } from "./byteReader.js"

/** What is asked for when the caller asks for nothing. */
export const ACCEPTED = "gzip, deflate, br"

/** More than these are not undone: no server wraps a body as often. */
const CODINGS = 5

/**
 * The reader of the decoded bytes. Codings are undone from the last one to the first (RFC 9110 8.4); one that is not known
 * here ends that, and what is inside it is handed over as it is.
 */
export const decode = (reader: ByteReader, codings: string | undefined): ByteReader => {
  if (codings === undefined) return reader
  const named = codings.split(",").map((coding) => coding.trim().toLowerCase())
  if (named.length > CODINGS) return reader
  let decoded = reader
  for (const coding of named.reverse()) {
    if (coding === "" || coding === "identity") continue
    const open = decoderOf(coding)
    if (open === undefined) break
    decoded = new Decoded(decoded, open)
  }
  return decoded
}

const decoderOf = (coding: string): ((first: number) => Transform) | undefined => {
  switch (coding) {
    case "gzip":
    case "x-gzip":
      return () => zlib().createGunzip()
    case "br":
      return () => zlib().createBrotliDecompress()
    case "deflate":
      // The name means zlib's format; some servers send raw deflate. The first byte tells.
      return (first) => ((first & 0x0f) === 8 ? zlib().createInflate() : zlib().createInflateRaw())
    default:
      return undefined
  }
}

class Decoded implements ByteReader {
  ended = false
  failure: Error | undefined = undefined
  private readonly source: ByteReader
  private readonly open: (first: number) => Transform
  private decoder: Transform | undefined = undefined
  private waiting: (() => void) | undefined = undefined

  constructor(source: ByteReader, open: (first: number) => Transform) {
    this.source = source
    this.open = open
    this.pump()
  }

  take(): Array<Uint8Array> {
    const taken: Array<Uint8Array> = []
    for (let chunk = this.read(); chunk !== null; chunk = this.read()) taken.push(chunk)
    return taken
  }

  wait(listener: () => void): void {
    this.waiting = listener
  }

  hurry(): void {
    this.source.hurry()
  }

  cancel(): void {
    this.source.cancel()
    this.decoder?.destroy()
  }

  private read(): Uint8Array | null {
    return (this.decoder?.read() as Uint8Array | null | undefined) ?? null
  }

  private pump(): void {
    for (;;) {
      let flowing = true
      const chunks = this.source.take()
      for (const chunk of chunks) flowing = this.decoderFor(chunk).write(chunk)
      if (!flowing) return void this.decoder?.once("drain", () => this.pump())
      if (chunks.length > 0) continue
      if (this.source.failure !== undefined) return this.fail(this.source.failure)
      if (this.source.ended) return this.finish()
      return this.source.wait(() => this.pump())
    }
  }

  private decoderFor(chunk: Uint8Array): Transform {
    if (this.decoder !== undefined) return this.decoder
    const decoder = this.open(chunk[0] ?? 0)
    decoder.on("readable", () => this.notify())
    decoder.on("end", () => {
      this.ended = true
      this.notify()
    })
    decoder.on("error", (error) => {
      this.source.cancel()
      this.fail(error)
    })
    return (this.decoder = decoder)
  }

  private finish(): void {
    if (this.decoder !== undefined) return void this.decoder.end()
    this.ended = true
    this.notify()
  }

  private fail(error: Error): void {
    this.failure ??= error
    this.notify()
  }

  private notify(): void {
    const waiting = this.waiting
    this.waiting = undefined
    waiting?.()
  }
}
