/** What a lock file says of its holder. */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"

/** The version this program writes. A change that an older program would misread needs the next number. */
const VERSION = 1

const Name = Schema.String.pipe(Schema.maxLength(255))

const HolderFields = Schema.Struct({
  pid: Schema.Int.pipe(Schema.positive()),
  host: Name,
  /** Changes with every start of the machine. */
  boot: Schema.optional(Name),
  /** Which numbers of processes are meant: containers on one machine have numbers of their own. */
  space: Schema.optional(Name),
  /** When the process started, in ticks since the boot: a number is given again, the two together are not. */
  started: Schema.optional(Name),
  /** Of a worker thread, which may end before its process. */
  thread: Schema.optional(Schema.Struct({ id: Schema.Int.pipe(Schema.positive()), started: Name }))
})

/** A process that holds a lock, as it is known to itself. What a platform does not tell is absent. */
export type Holder = typeof HolderFields.Type

const Record = Schema.Struct({
  version: Schema.Literal(VERSION),
  /** Of this one taking of the lock; never used again. It becomes a part of a file's name. */
  token: Schema.String.pipe(Schema.pattern(/^[0-9a-f]{32}$/)),
  /** Epoch milliseconds of the holder's clock; for people. */
  since: Schema.Number.pipe(Schema.int(), Schema.between(0, 8.64e15)),
  holder: HolderFields
})

const encodeRecord = Schema.encodeSync(Record)
const decodeRecord = Schema.decodeUnknownEither(Schema.parseJson(Record))
const decodeVersion = Schema.decodeUnknownEither(Schema.parseJson(Schema.Struct({ version: Schema.Int })))

export const encode = (token: string, since: number, holder: Holder): string =>
  JSON.stringify(encodeRecord({ version: VERSION, token, since, holder }))

/** A file that was read: its text, and what tells it from another one of the same name. */
export interface Written {
  readonly text: string
  readonly inode: number
  /** Epoch milliseconds. */
  readonly modifiedAt: number
}

/** A lock as it was found. */
export interface Found {
  /** Of this one taking of the lock: nothing that is found later under the same name has it again. */
  readonly token: string
  /** Absent where the text is not one of this version's. */
  readonly holder: Holder | undefined
  readonly newer: boolean
  /** Epoch milliseconds, of the holder's clock if it is known, else of the file. */
  readonly since: number
  /** When the holder last gave a sign of life. */
  readonly modifiedAt: number
}

export const decode = (written: Written): Found => {
  const { modifiedAt, text } = written
  const record = Either.getOrUndefined(decodeRecord(text))
  if (record !== undefined) {
    const { holder, since, token } = record
    return { token, holder, since, newer: false, modifiedAt }
  }
  const version = Either.getOrUndefined(decodeVersion(text))?.version ?? VERSION
  const newer = version > VERSION
  return { token: markOf(written), holder: undefined, since: modifiedAt, newer, modifiedAt }
}

/** In the place of a token that cannot be read. It changes with every sign of life, so that none is overlooked. */
const markOf = ({ inode, modifiedAt, text }: Written): string =>
  createHash("sha256").update(`${inode} ${modifiedAt} ${text}`).digest("hex").slice(0, 32)
