/**
 * Interface: the key that encrypts token records, and where it is kept. `FileTokenStore` asks for it when it first has a
 * record to seal or to open, not before.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as KeyFile from "./internal/key/keyFile.js"
import type * as Keyring from "./internal/key/keyring.js"

/**
 * How many bytes a key has: 32, for AES-256.
 *
 * @example
 * import { RecordKey } from "@mlserver-auth/node"
 * import * as Encoding from "effect/Encoding"
 *
 * // A key to put into a vault, once.
 * const text = Encoding.encodeBase64(crypto.getRandomValues(new Uint8Array(RecordKey.LENGTH)))
 */
export const LENGTH = 32

/**
 * The place of a key: the desktop's keyring, a file beside the records, or your application. Each record contains it, so that
 * a record says which key opens it.
 *
 * @example
 * import { RecordKey } from "@mlserver-auth/node"
 *
 * const where: Record<RecordKey.Place, string> = { keyring: "your keyring", file: "store.key", application: "our vault" }
 * const all = RecordKey.Place.literals.map((place) => where[place]).join(", ") // "your keyring, store.key, our vault"
 */
export const Place = Schema.Literal("keyring", "file", "application")
/** The place of a key. */
export type Place = typeof Place.Type

/** A key: 32 random bytes. */
export type Key = Redacted.Redacted<Uint8Array>

/**
 * The key is not available, or the library cannot find out whether there is one.
 *
 * - `NotInstalled`: the optional package for keyrings is not there, or cannot be loaded.
 * - `NoKeyring`: this session has no keyring, or it refuses without saying why.
 * - `Locked`: there is one, and it is not unlocked.
 * - `TimedOut`: it did not answer; it may wait for a person.
 * - `NotThere`: the keyring should have the key and does not give it, which is no proof that it is gone.
 * - `Damaged`: what is there is no key; it is left as it is.
 * - `Files`: the file could not be used; `code` is Node's.
 */
export class RecordKeyUnavailable extends Schema.TaggedError<RecordKeyUnavailable>()("RecordKeyUnavailable", {
  reason: Schema.Literal("NotInstalled", "NoKeyring", "Locked", "TimedOut", "NotThere", "Damaged", "Files"),
  problem: Schema.String,
  fix: Schema.String,
  retryable: Schema.Boolean,
  code: Schema.optional(Schema.String)
}) {
  override get message(): string {
    return `key of token records: ${this.problem}. ${this.fix}`
  }
}

/** What a place must do. A key that was once made is never replaced. */
export interface Service {
  readonly place: Place
  /** `None` only where it is certain that no key was made, or that it is gone for good. */
  readonly find: Effect.Effect<Option.Option<Key>, RecordKeyUnavailable>
  /** The key there is, or a new one; two programs that make one in the same moment end with the same. */
  readonly obtain: Effect.Effect<Key, RecordKeyUnavailable>
  /**
   * The key to seal with now, given the one that a running program sealed with before: it may have been replaced or removed
   * since, and what is sealed with a key that is in no place never opens again. Absent: a key never changes.
   */
  readonly again?: ((former: Key) => Effect.Effect<Key, RecordKeyUnavailable>) | undefined
}

/**
 * The key that encrypts records, for `FileTokenStore.layerSealed`.
 *
 * @example
 * import { FileTokenStore, RecordKey } from "@mlserver-auth/node"
 * import * as Layer from "effect/Layer"
 *
 * // The records in the program's own directory, their key in one that backups leave out.
 * const Key = Layer.succeed(RecordKey.RecordKey, RecordKey.keyFile("/var/lib/report-keys"))
 * const Store = FileTokenStore.layerSealed({ directory: "/var/lib/report" }).pipe(Layer.provide(Key))
 */
export class RecordKey extends Context.Tag("@mlserver-auth/node/RecordKey")<RecordKey, Service>() {}

/**
 * A key of your application: 32 random bytes, for example from a secret that is mounted into a container. With another
 * length, `find` and `obtain` fail with `RecordKeyUnavailable` (`Damaged`).
 *
 * @example
 * import { FileTokenStore, RecordKey } from "@mlserver-auth/node"
 * import * as Redacted from "effect/Redacted"
 *
 * const sealedWith = (secret: Uint8Array) => FileTokenStore.layer({ sealing: RecordKey.given(Redacted.make(secret)) })
 */
export const given = (key: Key): Service => {
  const obtain = Effect.suspend(() =>
    Redacted.value(key).length === LENGTH
      ? Effect.succeed(key)
      : Effect.fail(
          new RecordKeyUnavailable({
            reason: "Damaged",
            problem: `the key that was given does not have ${LENGTH} bytes`,
            fix: "Give 32 random bytes, not a password.",
            retryable: false
          })
        )
  )
  return { place: "application", find: Effect.asSome(obtain), obtain }
}

const failed = (trouble: KeyFile.KeyError | Keyring.KeyError) => new RecordKeyUnavailable(trouble)

/**
 * The key in `store.key` in a directory, mode 0600. The library makes it when it first needs it, and never writes it again.
 * It protects copies of single records and backups without that file; it does not protect against a program of the same
 * user, who can read it.
 */
export const keyFile = (directory: string): Service => ({
  place: "file",
  find: Effect.mapError(KeyFile.find(directory), failed),
  obtain: Effect.mapError(KeyFile.obtain(directory), failed),
  again: (former) => Effect.mapError(KeyFile.again(directory, former), failed)
})

/** Loaded where a keyring is asked: it starts processes, which most programs never do. */
const loaded = Effect.promise(() => import("./internal/key/keyring.js"))

/** Options of the desktop's keyring. */
export interface KeyringOptions {
  /** The package that is asked, or an absolute path to it. Default: `@napi-rs/keyring`, an optional peer. */
  readonly module?: string | undefined
  /** How long the keyring may take to answer, in milliseconds; then the reason is `TimedOut`. Default: 3000. */
  readonly patience?: number | undefined
}

/**
 * The keyring of the desktop: Secret Service, macOS' Keychain, Windows' Credential Manager; an entry of its own for each
 * directory, which is named in `store.keyring` there. It is asked by a process of its own (0.1 to 0.5 s), because a bus that hangs
 * stops the thread that asks it.
 *
 * On Linux never the kernel's keyring, which forgets at the next start of the machine.
 *
 * @example
 * import { FileTokenStore, RecordKey } from "@mlserver-auth/node"
 * import * as Effect from "effect/Effect"
 *
 * // Whether this machine has a keyring that works, and why not.
 * const ready = FileTokenStore.defaultDirectory.pipe(
 *   Effect.flatMap((directory) => RecordKey.keyring(directory, { patience: 10_000 }).find),
 *   Effect.as("ready"),
 *   Effect.catchTag("RecordKeyUnavailable", ({ fix, problem }) => Effect.succeed(`${problem}. ${fix}`))
 * )
 */
export const keyring = (directory: string, options: KeyringOptions = {}): Service => ({
  place: "keyring",
  find: Effect.flatMap(loaded, ({ find }) => Effect.mapError(find(directory, options), failed)),
  obtain: Effect.flatMap(loaded, ({ obtain }) => Effect.mapError(obtain(directory, options), failed)),
  again: (former) => Effect.flatMap(loaded, ({ again }) => Effect.mapError(again(directory, options, former), failed))
})
