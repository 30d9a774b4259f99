/**
 * Tokens in files that only their owner can read, so that the next program finds them: in clear, or sealed with a key
 * that is kept elsewhere.
 *
 * On `node:fs/promises` directly: `@effect/platform`'s FileSystem would make every application bring
 * `@effect/platform-node`, and has neither `O_NOFOLLOW` nor a directory's fsync.
 */
import { StoreUnavailable } from "@mlserver-auth/core/AuthError"
import { isSame, type Token } from "@mlserver-auth/core/Token"
import type { TokenKey } from "@mlserver-auth/core/TokenKey"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { createHash } from "node:crypto"
import * as Os from "node:os"
import * as Path from "node:path"
import * as LockFiles from "./internal/lockFiles.js"
import * as LockHolder from "./internal/lockHolder.js"
import * as Files from "./internal/privateFiles.js"
import * as ProcessLock from "./internal/processLock.js"
import * as Sealing from "./internal/sealing.js"
import { attempt, keyed, type Operation } from "./internal/storeFailure.js"
import * as TokenRecord from "./internal/tokenRecord.js"
import * as RecordKey from "./RecordKey.js"

/** Where the files are, what seals them, and how long they are waited for. */
export interface Options {
  /** An absolute path; see `defaultDirectory` for what it is otherwise. */
  readonly directory?: string | undefined
  /**
   * Where the key is kept that seals the records which are written from now on; whatever sealed those that are there, they
   * are read with their own key.
   *
   * - "keyring": in the keyring of the desktop.
   * - "keyFile": in `store.key` beside the records. See `RecordKey.keyFile` for what that protects against.
   * - a `RecordKey.Service`: where the application says.
   * - "best": in the keyring, else in the key file, with one warning in a program that writes so.
   * - "none": nowhere; the tokens are in clear, and whoever can read the user's files can use them.
   *
   * Each but "best" is used or the store fails. Default: "none".
   */
  readonly sealing?: "keyring" | "keyFile" | "best" | "none" | RecordKey.Service | undefined
  readonly keyring?: RecordKey.KeyringOptions | undefined
  /** How long `exclusive` waits for another program that is in it. Default: 30 seconds. */
  readonly lockTimeout?: Duration.DurationInput | undefined
}

/**
 * `$XDG_STATE_HOME/mls` where that is set, else `~/.local/state/mls`, `~/Library/Application Support/mls` on macOS and
 * `%LOCALAPPDATA%\mls\state` on Windows.
 */
export const defaultDirectory: Effect.Effect<string> = Effect.sync(() => {
  const { LOCALAPPDATA: local, XDG_STATE_HOME: state } = process.env
  if (state !== undefined && Path.isAbsolute(state)) return Path.join(state, "mls")
  const home = Os.homedir()
  if (process.platform === "darwin") return Path.join(home, "Library", "Application Support", "mls")
  if (process.platform === "win32") return Path.join(local ?? Path.join(home, "AppData", "Local"), "mls", "state")
  return Path.join(home, ".local", "state", "mls")
})

/**
 * A store of one file per key, named by a hash of it. A record is replaced as a whole and is on the disk when `write`
 * ends. One that cannot be read as a token is set aside with a warning and counts as absent, and so is one whose key is
 * gone; one of a newer program is left alone, and so is one whose key cannot be had now. Wider permissions are narrowed
 * with a warning; a link, and a file of another user, are refused.
 *
 * `exclusive` holds for every program that shares the directory, also over a network. A program that died inside is
 * found out at once on this machine, and on another one when it was silent for 20 seconds; a living one, also a stopped
 * one, is waited for, for `lockTimeout`.
 *
 * No key is asked for before it is needed, so that a record can be removed where the keyring is locked; `layer` asks at
 * once.
 *
 * Fails with `StoreUnavailable`, naming the directory and what to do; `exclusive` names who is in it.
 */
export const make = (options: Options = {}): Effect.Effect<TokenStore.Service> =>
  Effect.flatMap(storeOf(options), serviceOf)

const storeOf = (options: Options): Effect.Effect<Store> =>
  Effect.map(options.directory === undefined ? defaultDirectory : Effect.succeed(options.directory), (directory) => ({
    directory,
    warned: new Set(),
    sealing: Sealing.make(directory, options.sealing ?? "none", options.keyring),
    lockTimeout: Duration.toMillis(options.lockTimeout ?? "30 seconds")
  }))

const serviceOf = (store: Store): Effect.Effect<TokenStore.Service> =>
  Effect.gen(function* () {
    const inProcess = yield* TokenStore.makeExclusive
    const { signal, watch } = yield* TokenStore.makeWatchers
    const acrossProcesses = yield* lockIn(store)
    return {
      read: (key) => read(store, "read", key),
      write: (key, token, over) =>
        Effect.flatMap(read(store, "read", key), (found) =>
          over !== undefined && !TokenStore.isStill(found, over)
            ? Effect.succeed(false)
            : Effect.as(
                Effect.zipLeft(
                  write(store, key, token),
                  Effect.sync(() => signal(key))
                ),
                true
              )
        ),
      remove: (key, only) =>
        Effect.zipLeft(
          Effect.flatMap(Effect.zipRight(remove(store, key, only), read(store, "read", key)), (left) =>
            Effect.succeed(Option.isNone(left))
          ),
          Effect.sync(() => signal(key))
        ),
      watch,
      exclusive: (key) => (effect) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          inProcess(key)(acrossProcesses(key, now + store.lockTimeout)(effect))
        )
    }
  })

/**
 * The store as a layer. Fails with `StoreUnavailable` where the key of a chosen `sealing` cannot be had: before somebody
 * signs in for nothing.
 *
 * @example
 * import { type AuthError, TokenStore } from "@mlserver-auth/core"
 * import { FileTokenStore } from "@mlserver-auth/node"
 * import type * as Layer from "effect/Layer"
 *
 * const Store: Layer.Layer<TokenStore.TokenStore, AuthError.StoreUnavailable> = FileTokenStore.layer({
 *   directory: "/var/lib/report/mls",
 *   sealing: "keyFile"
 * })
 */
export const layer = (options: Options = {}): Layer.Layer<TokenStore.TokenStore, StoreUnavailable> =>
  Layer.effect(TokenStore.TokenStore, makeReady(options))

/** The store with its options read from `Config`. */
export const layerConfig = (
  options: Config.Config.Wrap<Options>
): Layer.Layer<TokenStore.TokenStore, ConfigError.ConfigError | StoreUnavailable> =>
  Layer.effect(TokenStore.TokenStore, Effect.flatMap(Config.unwrap(options), makeReady))

/** The store whose records the context's `RecordKey` seals. */
export const layerSealed = (
  options: Omit<Options, "sealing"> = {}
): Layer.Layer<TokenStore.TokenStore, StoreUnavailable, RecordKey.RecordKey> =>
  Layer.effect(
    TokenStore.TokenStore,
    Effect.flatMap(RecordKey.RecordKey, (sealing) => makeReady({ ...options, sealing }))
  )

const makeReady = (options: Options): Effect.Effect<TokenStore.Service, StoreUnavailable> =>
  Effect.flatMap(storeOf(options), (store) => Effect.zipRight(keyed("read", store.sealing.ready), serviceOf(store)))

interface Store {
  readonly directory: string
  readonly warned: Set<string>
  readonly sealing: Sealing.Sealing
  /** Milliseconds. */
  readonly lockTimeout: number
}

const nameOf = (key: TokenKey): string => createHash("sha256").update(key.id).digest("hex")

const pathOf = (store: Store, key: TokenKey): string => Path.join(store.directory, `${nameOf(key)}.json`)

/** `exclusive` as far as other programs go; `deadline` in epoch milliseconds. */
const lockIn = (store: Store) =>
  Effect.map(Effect.promise(LockHolder.make), (here) => {
    const place: ProcessLock.Place = {
      directory: store.directory,
      locks: LockFiles.make(store.directory, here),
      tidied: new Set(),
      attempt: (action) => attempt(store, "lock", action),
      warn: (message) => warn(store, message)
    }
    return (key: TokenKey, deadline: number) =>
      <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | StoreUnavailable, R> =>
        ProcessLock.hold(place, `${nameOf(key)}.lock`, deadline, effect)
  })

const read = (
  store: Store,
  operation: Operation,
  key: TokenKey
): Effect.Effect<Option.Option<Token>, StoreUnavailable> =>
  Effect.gen(function* () {
    const { contents, decoded } = yield* inspect(store, operation, key)
    if (contents === undefined || decoded === undefined) return Option.none()
    const found = decoded._tag === "Sealed" ? yield* keyed(operation, store.sealing.open(key, decoded.sealed)) : decoded
    if (found._tag === "Record") return Option.some(found.token)
    const why = found._tag === "KeyGone" ? "was sealed with a key that is gone" : "could not be read"
    yield* setAside(store, key, contents, why)
    return Option.none()
  })

/** Reads the record, narrows its permissions, and refuses it where a newer program wrote it. */
const inspect = (store: Store, operation: Operation, key: TokenKey) =>
  Effect.gen(function* () {
    const contents = yield* attempt(store, operation, () => Files.read(pathOf(store, key)))
    if (contents === undefined) return { contents, decoded: undefined }
    if (contents.repaired) yield* warn(store, "a token file was readable by others; only its owner can read it now")
    const decoded = TokenRecord.decode(key, contents.text)
    if (decoded._tag !== "Newer") return { contents, decoded }
    return yield* new StoreUnavailable({
      operation,
      problem: `a record in ${store.directory} was written by a newer version of this program`,
      fix: "Update this program, or give it another directory.",
      retryable: false
    })
  })

/** Once begun, a write ends: a renewed token that is not written would be lost. */
const write = (store: Store, key: TokenKey, token: Token): Effect.Effect<void, StoreUnavailable> =>
  Effect.gen(function* () {
    if (yield* attempt(store, "write", () => Files.prepareDirectory(store.directory))) {
      yield* warn(store, "the directory was open to others; only its owner can use it now")
    }
    yield* inspect(store, "write", key)
    const text = yield* keyed("write", store.sealing.encode(key, token))
    yield* attempt(store, "write", () => Files.replace(pathOf(store, key), text))
  }).pipe(Effect.uninterruptible)

const remove = (store: Store, key: TokenKey, only: Token | undefined): Effect.Effect<void, StoreUnavailable> => {
  const path = pathOf(store, key)
  if (only === undefined) return attempt(store, "remove", () => Files.removeAll(path))
  const isOnly = (text: string) => {
    const decoded = TokenRecord.decode(key, text)
    const token = decoded._tag === "Sealed" ? store.sealing.openAgain(key, decoded.sealed) : tokenOf(decoded)
    return token !== undefined && isSame(token, only)
  }
  // Read first: that finds the key which `isOnly` opens the record with.
  return Effect.zipRight(
    read(store, "remove", key),
    attempt(store, "remove", () => Files.removeIf(path, isOnly))
  )
}

const tokenOf = (decoded: TokenRecord.Decoded): Token | undefined =>
  decoded._tag === "Record" ? decoded.token : undefined

const setAside = (
  store: Store,
  key: TokenKey,
  contents: Files.Contents,
  why: string
): Effect.Effect<void, StoreUnavailable> =>
  Effect.gen(function* () {
    const path = pathOf(store, key)
    const name = `${path}.corrupt-${yield* Clock.currentTimeMillis}`
    yield* attempt(store, "read", () => Files.setAside(path, contents.inode, name))
    yield* warn(store, `a token file ${why} and was set aside as ${Path.basename(name)}; sign in again`)
  })

const warn = (store: Store, message: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (store.warned.has(message)) return Effect.void
    store.warned.add(message)
    return Effect.logWarning(`token store in ${store.directory}: ${message}`)
  })
