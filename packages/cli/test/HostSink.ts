/** Where a run writes: kept, or lost in one of the ways in which what processes write is lost. */
import { Writable } from "node:stream"

/**
 * "closed": Node opens /dev/null in the place of a stream that is closed; "full": a disk without room; "gone": a pipe whose
 * reader has left.
 */
export type Fate = "closed" | "full" | "gone"

const CODES = { full: "ENOSPC", gone: "EPIPE" } as const

/** As Node's own standard streams: an error does not end it, and it can be written to again. */
interface Undestroyed {
  readonly _undestroy: () => void
}

/** A standard stream. */
export class Sink extends Writable {
  readonly isTTY: true | undefined
  readonly columns: number | undefined
  readonly rows: number | undefined

  readonly #taken: (chunk: Buffer) => void
  readonly #fate: Fate | undefined

  constructor(taken: (chunk: Buffer) => void, fate: Fate | undefined, columns: number | undefined) {
    super({ decodeStrings: true })
    this.#taken = taken
    this.#fate = fate
    this.isTTY = columns === undefined ? undefined : true
    this.columns = columns
    this.rows = columns === undefined ? undefined : 24
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error) => void): void {
    const fate = this.#fate
    if (fate === undefined) this.#taken(chunk)
    const code = fate === undefined || fate === "closed" ? undefined : CODES[fate]
    done(code === undefined || chunk.length === 0 ? undefined : Object.assign(new Error(`write ${code}`), { code }))
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    done(error)
    const { _undestroy } = this as unknown as Undestroyed
    _undestroy.call(this)
  }
}
