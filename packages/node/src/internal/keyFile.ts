/** The key of a store's records in a file beside them. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { randomBytes } from "node:crypto"
import * as Path from "node:path"
import { createOnly } from "./createOnly.js"
import { persistently } from "./diskFaults.js"
import * as Files from "./privateFiles.js"

/** Why the key cannot be had, as `RecordKeyUnavailable` tells it. */
export interface Trouble {
  readonly reason: "Damaged" | "Files"
  readonly problem: string
  readonly fix: string
  readonly retryable: boolean
  readonly code?: string
}

type Key = Redacted.Redacted<Uint8Array>

const BYTES = 32

/** A new key. */
export const generate = (): Key => Redacted.make(new Uint8Array(randomBytes(BYTES)))

/** A key as text: 43 characters, which every keyring takes. */
export const encode = (key: Key): string => Buffer.from(Redacted.value(key)).toString("base64url")

export const decode = (text: string): Key | undefined => {
  const bytes = Buffer.from(text, "base64url")
  return bytes.length === BYTES && bytes.toString("base64url") === text
    ? Redacted.make(new Uint8Array(bytes))
    : undefined
}

const File = Schema.parseJson(Schema.Struct({ version: Schema.Literal(1), key: Schema.String }))
const decodeFile = Schema.decodeOption(File)
const encodeFile = Schema.encodeSync(File)

export const pathIn = (directory: string): string => Path.join(directory, "store.key")

export const attempt = <A>(directory: string, action: () => Promise<A>): Effect.Effect<A, Trouble> =>
  Effect.tryPromise({ try: () => persistently(action), catch: (error) => trouble(directory, error) })

const trouble = (directory: string, error: unknown): Trouble => {
  const code = Files.codeOf(error)
  const told = error instanceof Files.NotPrivate || error instanceof Files.OpenToOthers
  const problem = told ? `${error.message} (the key of records)` : code || "unknown error"
  const fix = "Check the directory, or give another one."
  return { reason: "Files", problem: `${directory}: ${problem}`, fix, retryable: false, code }
}

/** `None` where there is no such file. */
export const find = (directory: string): Effect.Effect<Option.Option<Key>, Trouble> =>
  Effect.gen(function* () {
    const path = pathIn(directory)
    const contents = yield* attempt(directory, () => Files.read(path))
    if (contents === undefined) return Option.none()
    const key = Option.flatMapNullable(decodeFile(contents.text), (file) => decode(file.key))
    if (Option.isSome(key)) return key
    return yield* Effect.fail<Trouble>({
      reason: "Damaged",
      problem: `${path} holds no key`,
      fix: "Restore it from a backup, or remove it and sign in again.",
      retryable: false
    })
  })

/** The key there is, or a new one. Whoever comes second to making it takes the first one's. */
export const obtain = (directory: string): Effect.Effect<Key, Trouble> =>
  Effect.flatMap(
    find(directory),
    Option.match({ onSome: Effect.succeed, onNone: () => Effect.zipRight(make(directory), found(directory)) })
  )

const make = (directory: string, key: Key = generate()) =>
  attempt(directory, async () => {
    await Files.prepareDirectory(directory)
    await createOnly(pathIn(directory), encodeFile({ version: 1, key: encode(key) }))
  })

/**
 * The key that is there now. The former one is put back where it is gone, so that other records open still, and kept to
 * where nobody can tell: then the file is damaged or cannot be read, and may be restored.
 */
export const again = (directory: string, former: Key): Effect.Effect<Key, Trouble> =>
  Effect.flatMap(
    Effect.orElseSucceed(find(directory), () => Option.some(former)),
    Option.match({
      onSome: Effect.succeed,
      onNone: () => Effect.zipRight(make(directory, former), found(directory))
    })
  )

const found = (directory: string): Effect.Effect<Key, Trouble> =>
  Effect.flatMap(
    find(directory),
    Option.match({
      onSome: Effect.succeed,
      onNone: () =>
        Effect.fail<Trouble>({
          reason: "Files",
          problem: `${pathIn(directory)} was removed as soon as it was made`,
          fix: "Find out which program does that, and try again.",
          retryable: true
        })
    })
  )
