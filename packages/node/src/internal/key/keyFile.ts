/** The key of a store's records in a file beside them. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { randomBytes } from "node:crypto"
import * as Path from "node:path"
import { createOnly } from "../store/createOnly.js"
import { operation, persistently } from "../store/diskFaults.js"
import * as HeldFiles from "../store/heldFiles.js"
import * as Files from "../store/privateFiles.js"
import * as KeyText from "./keyText.js"

/** Why the key cannot be had, as `RecordKeyUnavailable` tells it. */
export interface KeyError {
  readonly reason: "Damaged" | "Files"
  readonly problem: string
  readonly fix: string
  readonly retryable: boolean
  readonly code?: string
}

type Key = Redacted.Redacted<Uint8Array>

/** A new key. */
export const generate = (): Key => Redacted.make(new Uint8Array(randomBytes(LENGTH)))

const LENGTH = 32

export const pathIn = (directory: string): string => Path.join(directory, KeyText.KEY_FILE)

export const attempt = <A>(directory: string, action: () => Promise<A>): Effect.Effect<A, KeyError> =>
  operation(action).pipe(
    persistently,
    HeldFiles.patiently(HeldFiles.TIMEOUT.LOOK),
    Effect.mapError((error) => keyError(directory, error))
  )

const keyError = (directory: string, error: unknown): KeyError => {
  const code = Files.codeOf(error)
  const isOurs = error instanceof Files.NotPrivate || error instanceof Files.OpenToOthers
  const problem = isOurs ? `${error.message} (the key of records)` : code || "unknown error"
  const fix = "Check the directory, or give another one."
  return { reason: "Files", problem: `${directory}: ${problem}`, fix, retryable: false, code }
}

/** `None` where there is no such file. */
export const find = (directory: string): Effect.Effect<Option.Option<Key>, KeyError> =>
  Effect.gen(function* () {
    const path = pathIn(directory)
    const contents = yield* attempt(directory, () => Files.read(path))
    if (contents === undefined) return Option.none()
    const key = KeyText.keyIn(contents.text)
    if (key !== undefined) return Option.some(Redacted.make(key))
    return yield* Effect.fail<KeyError>({
      reason: "Damaged",
      problem: `${path} holds no key`,
      fix: "Restore it from a backup, or remove it and sign in again.",
      retryable: false
    })
  })

/** The key there is, or a new one. The second program to make it takes the first one's. */
export const obtain = (directory: string): Effect.Effect<Key, KeyError> =>
  Effect.flatMap(
    find(directory),
    Option.match({ onSome: Effect.succeed, onNone: () => Effect.zipRight(make(directory), found(directory)) })
  )

const make = (directory: string, key: Key = generate()) =>
  attempt(directory, async () => {
    await Files.prepareDirectory(directory)
    await createOnly(pathIn(directory), KeyText.keyFile(Redacted.value(key)))
  })

/**
 * The key that is there now. The former one is put back where it is gone, so that other records open still, and kept to
 * where the file does not say: then the file is damaged or cannot be read, and may be restored.
 */
export const again = (directory: string, former: Key): Effect.Effect<Key, KeyError> =>
  Effect.flatMap(
    Effect.orElseSucceed(find(directory), () => Option.some(former)),
    Option.match({
      onSome: Effect.succeed,
      onNone: () => Effect.zipRight(make(directory, former), found(directory))
    })
  )

const found = (directory: string): Effect.Effect<Key, KeyError> =>
  Effect.flatMap(
    find(directory),
    Option.match({
      onSome: Effect.succeed,
      onNone: () =>
        Effect.fail<KeyError>({
          reason: "Files",
          problem: `${pathIn(directory)} was removed as soon as it was made`,
          fix: "Find out which program does that, and try again.",
          retryable: true
        })
    })
  )
