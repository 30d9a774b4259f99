/**
 * Files that a person names, and the text that a person's editor or shell wrote. PowerShell 5.1 writes UTF-16 where `>` is, and editors of Windows begin a file
 * with a byte-order mark: both are the same text to the person who wrote it.
 */

import type { Readable } from "node:stream"

const UTF16 = [
  { mark: [0xff, 0xfe], label: "utf-16le" },
  { mark: [0xfe, 0xff], label: "utf-16be" }
] as const

/**
 * The text of some bytes, without a byte-order mark: UTF-16 if they begin with its mark, otherwise UTF-8. What is neither
 * becomes U+FFFD; with `fatal` it throws a `TypeError`. Default of `fatal`: false.
 *
 * @example
 * import { TextFile } from "@mlserver-auth/node"
 * import * as Fs from "node:fs/promises"
 *
 * const settings = async (path: string): Promise<unknown> => JSON.parse(TextFile.decode(await Fs.readFile(path)))
 */
export const decode = (bytes: Uint8Array, options: { readonly fatal?: boolean } = {}): string => {
  const label = UTF16.find(({ mark }) => mark.every((byte, at) => bytes[at] === byte))?.label ?? "utf-8"
  return new TextDecoder(label, { fatal: options.fatal ?? false, ignoreBOM: false }).decode(bytes)
}

/**
 * The bytes of a file that a person names, as they come: of a file, a device, or a pipe, which shells make a file of
 * (`<(command)`). A pipe is waited for without a thread of Node's that would keep the process from ending. Rejected with
 * Node's error if the file cannot be opened.
 *
 * @example
 * import { TextFile } from "@mlserver-auth/node"
 *
 * const size = async (path: string): Promise<number> => {
 *   let length = 0
 *   for await (const chunk of await TextFile.open(path)) length += (chunk as Uint8Array).length
 *   return length
 * }
 */
export const open = async (path: string): Promise<Readable> => {
  const { createReadStream, promises } = process.getBuiltinModule("node:fs")
  return (await promises.stat(path)).isFIFO() ? rest(openPipe(path)) : createReadStream(path, { highWaterMark: PIECE })
}

const PIECE = 256 * 1024

/** Returns at once, where another `open` would wait for a writer and could not be given up. */
const openPipe = (path: string): number => {
  const { constants, openSync } = process.getBuiltinModule("node:fs")
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
}

const rest = (fd: number): Readable => {
  const { Socket } = process.getBuiltinModule("node:net")
  return new Socket({ fd, readable: true, writable: false })
}

/** How a file that a person names is read. */
export interface ReadOptions {
  /** Whether to wait for a program that writes into a pipe. `false`: a pipe without one is at its end. Default: true. */
  readonly waits?: boolean
}

/**
 * The bytes of a file that a person names, as a whole, but at most one byte more than `limit` (in bytes): so you can see that
 * there is too much, and a device that never ends is left. Rejected as `open`.
 *
 * @example
 * import { TextFile } from "@mlserver-auth/node"
 *
 * const text = async (path: string, limit = 64 * 1024): Promise<string> => {
 *   const bytes = await TextFile.read(path, limit)
 *   if (bytes.length > limit) throw new Error(`${path} has more than ${limit} bytes`)
 *   return TextFile.decode(bytes)
 * }
 */
export const read = async (path: string, limit: number, { waits = true }: ReadOptions = {}): Promise<Uint8Array> => {
  const isPipe = !waits && (await process.getBuiltinModule("node:fs").promises.stat(path)).isFIFO()
  const [chunks, source]: Taken = isPipe ? written(openPipe(path), limit) : [[], await open(path)]
  let length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  for await (const chunk of source) {
    chunks.push(chunk as Uint8Array)
    length += (chunk as Uint8Array).length
    if (length > limit) break
  }
  return Buffer.concat(chunks).subarray(0, limit + 1)
}

/** What was read, and what there is to come. */
type Taken = readonly [Array<Uint8Array>, Readable | ReadonlyArray<never>]

/** What is in a pipe already, and what comes where a program is at its other end. */
const written = (fd: number, limit: number): Taken => {
  const { closeSync, readSync } = process.getBuiltinModule("node:fs")
  const chunks: Array<Uint8Array> = []
  try {
    for (let length = 0, size = -1; length <= limit && size !== 0; length += size) {
      const piece = Buffer.alloc(PIECE)
      size = readSync(fd, piece)
      chunks.push(piece.subarray(0, size))
    }
  } catch (error) {
    // A program is there, and has written nothing more yet.
    if (error instanceof Error && "code" in error && error.code === "EAGAIN") return [chunks, rest(fd)]
    closeSync(fd)
    throw error
  }
  closeSync(fd)
  return [chunks, []]
}
