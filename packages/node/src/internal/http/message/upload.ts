/** What is sent of a request besides its head. No Effect: `DirectCall` sends by this too. */
import type { Readable } from "node:stream"
import { asError, UploadFailed } from "../failure.js"

/** What is written, and the type that only its encoding knows. */
export interface Sendable {
  readonly content: Uint8Array | Readable | undefined
  readonly type?: string | undefined
}

/** What became of a stream, as the request's own fault. */
export const failed = (error: unknown): Error =>
  error instanceof UploadFailed ? error : new UploadFailed(asError(error))

interface Watcher {
  readonly onPiece: () => void
  /** More or fewer bytes came than were announced. */
  readonly onWrong: () => void
}

/** Counts what a stream sends. Before it is piped, so that a wrong length is known before the request ends by it. */
export const watch = (content: Readable, length: number | undefined, { onPiece, onWrong }: Watcher): void => {
  let size = 0
  content.on("data", (chunk: Uint8Array | string) => {
    size += Buffer.byteLength(chunk)
    onPiece()
    if (length !== undefined && size > length) onWrong()
  })
  content.on("end", () => {
    if (length !== undefined && size < length) onWrong()
  })
}
