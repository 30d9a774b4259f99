/**
 * Tokens in files that only their owner can read, so that the next program finds them. The tokens are in clear: whoever
 * can read the user's files can use them.
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
import * as TokenRecord from "./internal/tokenRecord.js"

/** Where the files are, and how long they are waited for. */
export interface Options {
  /** An absolute path; see `defaultDirectory` for what it is otherwise. */
  readonly directory?: string | undefined
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
 * ends. One that cannot be read as a token is set aside with a warning and counts as absent; one of a newer program is
 * left alone. Wider permissions are narrowed with a warning; a link, and a file of another user, are refused.
 *
 * `exclusive` holds for every program that shares the directory, also over a network. A program that died inside is
 * found out at once on this machine, and on another one when it was silent for 20 seconds; a living one, also a stopped
 * one, is waited for, for `lockTimeout`.
 *
 * Fails with `StoreUnavailable`, naming the directory and what to do; `exclusive` names who is in it.
 */
export const make = (options: Options = {}): Effect.Effect<TokenStore.Service> =>
  Effect.gen(function* () {
    const directory = options.directory ?? (yield* defaultDirectory)
    const store: Store = { directory, warned: new Set() }
    const timeout = Duration.toMillis(options.lockTimeout ?? "30 seconds")
    const inProcess = yield* TokenStore.makeExclusive
    const acrossProcesses = yield* lockIn(store)
    return {
      read: (key) => read(store, key),
      write: (key, token) => write(store, key, token),
      remove: (key, only) => attempt(store, "remove", () => remove(pathOf(store, key), key, only)),
      exclusive: (key) => (effect) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => inProcess(key)(acrossProcesses(key, now + timeout)(effect)))
    }
  })

/**
 * The store as a layer.
 *
 * @example
 * import { TokenStore } from "@mlserver-auth/core"
 * import { FileTokenStore } from "@mlserver-auth/node"
 * import type * as Layer from "effect/Layer"
 *
 * const Store: Layer.Layer<TokenStore.TokenStore> = FileTokenStore.layer({ directory: "/var/lib/report/mls" })
 */
export const layer = (options?: Options): Layer.Layer<TokenStore.TokenStore> =>
  Layer.effect(TokenStore.TokenStore, make(options))

/** The store with its options read from `Config`. */
export const layerConfig = (
  options: Config.Config.Wrap<Options>
): Layer.Layer<TokenStore.TokenStore, ConfigError.ConfigError> =>
  Layer.effect(TokenStore.TokenStore, Effect.flatMap(Config.unwrap(options), make))

interface Store {
  readonly directory: string
  readonly warned: Set<string>
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

const read = (store: Store, key: TokenKey): Effect.Effect<Option.Option<Token>, StoreUnavailable> =>
  Effect.flatMap(inspect(store, "read", key), ({ contents, decoded }) => {
    if (contents === undefined || decoded === undefined) return Effect.succeedNone
    if (decoded._tag === "Record") return Effect.succeedSome(decoded.token)
    return Effect.as(setAside(store, key, contents), Option.none())
  })

/** Reads the record, narrows its permissions, and refuses it where a newer program wrote it. */
const inspect = (store: Store, operation: "read" | "write", key: TokenKey) =>
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
    yield* attempt(store, "write", () => Files.replace(pathOf(store, key), TokenRecord.encode(key, token)))
  }).pipe(Effect.uninterruptible)

const remove = (path: string, key: TokenKey, only: Token | undefined): Promise<void> => {
  if (only === undefined) return Files.removeAll(path)
  return Files.removeIf(path, (text) => {
    const decoded = TokenRecord.decode(key, text)
    return decoded._tag === "Record" && isSame(decoded.token, only)
  })
}

const setAside = (store: Store, key: TokenKey, contents: Files.Contents): Effect.Effect<void, StoreUnavailable> =>
  Effect.gen(function* () {
    const path = pathOf(store, key)
    const name = `${path}.corrupt-${yield* Clock.currentTimeMillis}`
    yield* attempt(store, "read", () => Files.setAside(path, contents.inode, name))
    yield* warn(store, `a token file could not be read and was set aside as ${Path.basename(name)}; sign in again`)
  })

const warn = (store: Store, message: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (store.warned.has(message)) return Effect.void
    store.warned.add(message)
    return Effect.logWarning(`token store in ${store.directory}: ${message}`)
  })

const attempt = <A>(
  store: Store,
  operation: StoreUnavailable["operation"],
  action: () => Promise<A>
): Effect.Effect<A, StoreUnavailable> =>
  Effect.tryPromise({ try: action, catch: (error) => unavailable(store, operation, error) })

const unavailable = (store: Store, operation: StoreUnavailable["operation"], error: unknown): StoreUnavailable => {
  const { directory } = store
  const code = Files.codeOf(error)
  const problem = error instanceof Files.NotPrivate ? error.message : code || "unknown error"
  return new StoreUnavailable({
    operation,
    problem: `${directory}: ${problem}`,
    fix: FIXES[code] ?? "Check the directory, or give another one.",
    retryable: TEMPORARY.has(code)
  })
}

const OWNER = "Make yourself its owner (was it written by `sudo`?), or give another directory."

const FIXES: Readonly<Record<string, string>> = {
  EACCES: OWNER,
  EPERM: OWNER,
  MLS_NOT_PRIVATE: "Look at the files there and remove what is not yours, or give another directory.",
  ENOSPC: "Free some space on its disk and try again.",
  EDQUOT: "Free some space on its disk and try again.",
  EROFS: "Give a directory that can be written.",
  ENOTDIR: "A part of that path is a file: give another directory.",
  EEXIST: "A part of that path is a file: give another directory."
}

const TEMPORARY: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "EBUSY", "EAGAIN", "EINTR", "ENOSPC", "EDQUOT"])
