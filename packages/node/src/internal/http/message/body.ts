/** A body read whole, once, for however many ask; or passed on as a stream, once. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { ByteReader } from "./byteReader.js"

/** The decoded answer is larger than the layer's `maxResponseBytes` or the caller's `HttpIncomingMessage.maxBodySize`. */
export class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge"
  readonly code = "MLS_BODY_TOO_LARGE"
  constructor(limit: number) {
    super(`the answer is larger than ${limit} bytes`)
  }
}

/** A stream can be passed on once. */
export class BodyConsumed extends Error {
  override readonly name = "BodyConsumed"
  readonly code = "MLS_BODY_CONSUMED"
  constructor() {
    super("the body was already read as a stream")
  }
}

type Outcome = Exit.Exit<Uint8Array, Error>

export class BodyReader {
  private readonly reader: ByteReader
  private readonly waiters = new Set<(outcome: Outcome) => void>()
  private readonly parts: Array<Uint8Array> = []
  private outcome: Outcome | undefined = undefined
  private size = 0
  private streamed = false

  constructor(reader: ByteReader) {
    this.reader = reader
  }

  /** The whole body. A reader that is interrupted leaves alone; when the last one leaves, the request is aborted. */
  collect(limit: number): Effect.Effect<Uint8Array, Error> {
    if (this.streamed) return Exit.fail(new BodyConsumed())
    if (this.outcome === undefined && this.waiters.size === 0) {
      this.reader.hurry()
      this.advance(limit)
    }
    return this.outcome ?? this.join
  }

  /** The body, once it was collected. */
  get whole(): Uint8Array | undefined {
    return this.outcome !== undefined && Exit.isSuccess(this.outcome) ? this.outcome.value : undefined
  }

  /** The body as it comes. Ending the stream early aborts the request. */
  stream(limit: number): Stream.Stream<Uint8Array, Error> {
    return Stream.suspend(() => {
      if (this.outcome !== undefined) return Stream.fromEffect(this.outcome)
      if (this.streamed || this.waiters.size > 0) return Stream.fail(new BodyConsumed())
      this.streamed = true
      return Stream.ensuring(
        Stream.repeatEffectChunkOption(this.pull(limit)),
        Effect.sync(() => this.reader.cancel())
      )
    })
  }

  private get join(): Effect.Effect<Uint8Array, Error> {
    return Effect.async((resume) => {
      this.waiters.add(resume)
      return Effect.sync(() => {
        this.waiters.delete(resume)
        if (this.waiters.size === 0) this.reader.cancel()
      })
    })
  }

  private advance(limit: number): void {
    for (;;) {
      const chunks = this.reader.take()
      for (const chunk of chunks) {
        this.parts.push(chunk)
        this.size += chunk.byteLength
      }
      if (this.size > limit) return this.settle(this.refuse(limit))
      if (chunks.length > 0) continue
      if (this.reader.failure !== undefined) return this.settle(Exit.fail(this.reader.failure))
      if (this.reader.ended) return this.settle(Exit.succeed(joined(this.parts)))
      return this.reader.wait(() => this.advance(limit))
    }
  }

  private settle(outcome: Outcome): void {
    this.outcome = outcome
    this.parts.length = 0
    for (const waiter of this.waiters) waiter(outcome)
    this.waiters.clear()
  }

  private pull(limit: number): Effect.Effect<Chunk.Chunk<Uint8Array>, Option.Option<Error>> {
    return Effect.async((resume) => {
      const advance = (): void => {
        const chunks = this.reader.take()
        for (const chunk of chunks) this.size += chunk.byteLength
        if (this.size > limit) return resume(Effect.mapError(this.refuse(limit), Option.some))
        if (chunks.length > 0) return resume(Effect.succeed(Chunk.unsafeFromArray(chunks)))
        if (this.reader.failure !== undefined) return resume(Effect.fail(Option.some(this.reader.failure)))
        if (this.reader.ended) return resume(Effect.fail(Option.none()))
        return this.reader.wait(advance)
      }
      advance()
    })
  }

  private refuse(limit: number): Exit.Exit<never, Error> {
    this.reader.cancel()
    return Exit.fail(new BodyTooLarge(limit))
  }
}

const joined = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
}
