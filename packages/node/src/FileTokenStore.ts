/**
 * Tokens in files that only their owner can read, so that the next program finds them: in clear, or sealed with a key
 * that is kept elsewhere.
 *
 * On `node:fs/promises` directly: `@effect/platform`'s FileSystem would make every application bring
 * `@effect/platform-node`, and has neither `O_NOFOLLOW` nor a directory's fsync.
 */
import { type ConfigurationInvalid, fromConfigError, StoreUnavailable } from "@mlserver-auth/core/AuthError"
import type { TokenKey } from "@mlserver-auth/core/TokenKey"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Path from "node:path"
import * as HomeDirectory from "./HomeDirectory.js"
import * as LockFiles from "./internal/lockFiles.js"
import * as LockHolder from "./internal/lockHolder.js"
import * as ProcessLock from "./internal/processLock.js"
import * as Records from "./internal/records.js"
import * as RecordWatch from "./internal/recordWatch.js"
import * as Reserve from "./internal/reserve.js"
import * as Sealing from "./internal/sealing.js"
import { attempt, keyed, type Operation } from "./internal/storeFailure.js"
import * as RecordKey from "./RecordKey.js"

/** Where the files are, what seals them, and how long they are waited for. */
export interface Options {
  /** An absolute path. Default: `defaultDirectory`. */
  readonly directory?: string | undefined
  /**
   * Where the key is kept that seals the records which are written from now on; whatever sealed those that are there, they
   * are read with their own key. For one that nothing sealed see `clear`.
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
  /**
   * What a record in clear is to a store that seals. "refuse": a failure, until a sign-in replaces it, since it may have been
   * put there by a program that has no key. "read": as good as another, and sealed by the next write. Default: "refuse" where
   * `sealing` names a place, "read" with "best".
   */
  readonly clear?: "refuse" | "read" | undefined
  readonly keyring?: RecordKey.KeyringOptions | undefined
  /** How long `exclusive` waits for another program that is in it. Default: 30 seconds. */
  readonly lockTimeout?: Duration.DurationInput | undefined
}

/**
 * `mls` below the user's directory for such files (`$XDG_STATE_HOME`, `~/.local/state`, `~/Library/Application Support` on
 * macOS; `%LOCALAPPDATA%\mls\state` on Windows). Fails with `ConfigurationInvalid` where the user has no home directory.
 */
export const defaultDirectory: Effect.Effect<string, ConfigurationInvalid> = HomeDirectory.state("mls")

/**
 * A store of one file per key, named by a hash of it. A record is replaced as a whole and is on the disk when `write`
 * ends. One that cannot be read as a token is set aside with a warning and counts as absent, and so is one whose key is
 * gone; one of a newer program is left alone, and so is one whose key cannot be had now. Wider permissions are narrowed
 * with a warning; a link in the place of the directory or a record, and what belongs to another user, are refused. Where
 * the disk is full, nothing can be written, but a record can be removed.
 *
 * What `write` and `remove` compare holds for every program that shares the directory: each change waits for the one
 * before it, at most 5 seconds. `watch` tells at once where the system tells of changes, else within two seconds; it
 * keeps no program from ending.
 *
 * `exclusive` holds for every program that shares the directory, also over a network. A program that died inside is
 * found out at once on this machine, and on another one when it was silent for 20 seconds; a living one, also a stopped
 * one, is waited for, for `lockTimeout`.
 *
 * No key is asked for before it is needed, so that a record can be removed where the keyring is locked; `layer` asks at
 * once.
 *
 * Fails with `StoreUnavailable`, naming the directory and what to do; `exclusive` names who is in it. `make` itself fails
 * where no directory was given and the user has no home, and where the one that was given is no absolute path.
 */
export const make = (options: Options = {}): Effect.Effect<TokenStore.Service, StoreUnavailable> =>
  Effect.flatMap(chosenBy(options), serviceOf)

/** What is chosen before anything is opened. */
interface Chosen extends Omit<Records.Store, "inTurn"> {
  /** Milliseconds. */
  readonly lockTimeout: number
}

const chosenBy = (options: Options): Effect.Effect<Chosen, StoreUnavailable> =>
  Effect.map(directoryOf(options), (directory) => ({
    directory,
    warned: new Set(),
    sealing: Sealing.make(directory, options.sealing ?? "none", options.keyring),
    refusesClear: refusesClear(options),
    lockTimeout: Duration.toMillis(options.lockTimeout ?? "30 seconds")
  }))

const refusesClear = ({ clear, sealing = "none" }: Options): boolean =>
  clear === undefined ? sealing !== "none" && sealing !== "best" : clear === "refuse" && sealing !== "none"

/** A relative path would be another directory whenever the program is started elsewhere. */
const directoryOf = ({ directory }: Options): Effect.Effect<string, StoreUnavailable> => {
  if (directory === undefined) {
    return Effect.mapError(defaultDirectory, ({ fix, problem, setting }) =>
      nowhere(`there is no directory for it: ${setting} ${problem}`, fix)
    )
  }
  return Path.isAbsolute(directory)
    ? Effect.succeed(directory)
    : Effect.fail(nowhere("`directory` is no absolute path", "Give the path from the root on."))
}

const nowhere = (problem: string, fix: string): StoreUnavailable =>
  new StoreUnavailable({ operation: "read", problem, fix, retryable: false })

const serviceOf = (chosen: Chosen): Effect.Effect<TokenStore.Service> =>
  Effect.gen(function* () {
    const lockedAs = yield* locksIn(chosen)
    const section = yield* lockedAs({ suffix: "lock", timeout: chosen.lockTimeout, pauses: [10, 100] })
    const turn = yield* lockedAs(TURN)
    const store: Records.Store = {
      ...chosen,
      // Files take the machine's time, whatever clock a program has.
      inTurn: (operation, key) => (change) =>
        Effect.withClock(turn(operation, key)(Effect.uninterruptible(change)), machineClock)
    }
    const watched = RecordWatch.make(store.directory)
    const reserves = new Map<string, Reserve.Release>()
    const giveBack = (key: TokenKey) => Effect.promise(async () => reserves.get(key.id)?.())
    const reserve = (key: TokenKey) =>
      Effect.map(
        attempt(store, "lock", () => Reserve.take(store.directory, Records.lockOf(key, "lock"), Records.fileOf(key))),
        (release) => void reserves.set(key.id, release)
      )
    return {
      read: (key) => Records.read(store, key),
      write: (key, token, over) => Effect.zipRight(giveBack(key), Records.write(store, key, token, over)),
      remove: (key, only) => (only === undefined ? Records.removeAll(store, key) : Records.removeIf(store, key, only)),
      exclusive: (key) => (effect) =>
        section(
          "lock",
          key
        )(
          Effect.acquireUseRelease(
            reserve(key),
            () => effect,
            () => Effect.map(giveBack(key), () => void reserves.delete(key.id))
          )
        ),
      watch: (key) => watched.watch(Records.fileOf(key))
    }
  })

interface Lock {
  readonly suffix: "lock" | "turn"
  /** Milliseconds. */
  readonly timeout: number
  readonly pauses: ProcessLock.Place["pauses"]
}

/** Whoever has it does a few operations on files in it. */
const TURN: Lock = { suffix: "turn", timeout: 5000, pauses: [2, 20] }

const machineClock = Clock.make()

/** One effect at a time for a key: in this program first, then in all that share the directory. */
const locksIn = (chosen: Chosen) =>
  Effect.map(Effect.promise(LockHolder.make), (here) => {
    const place = {
      directory: chosen.directory,
      locks: LockFiles.make(chosen.directory, here),
      tidied: new Set<string>(),
      warn: (message: string) => Records.warn(chosen, message)
    }
    return ({ pauses, suffix, timeout }: Lock) =>
      Effect.map(
        TokenStore.makeExclusive,
        (inProcess) =>
          (operation: Operation, key: TokenKey): ReturnType<TokenStore.Service["exclusive"]> =>
          (effect) =>
            Effect.suspend(() => {
              const files = {
                ...place,
                pauses,
                silenceCounts: suffix === "lock",
                attempt: <A>(act: () => Promise<A>) => attempt(chosen, operation, act)
              }
              return inProcess(key)(ProcessLock.hold(files, Records.lockOf(key, suffix), timeout, effect))
            })
      )
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

/** The store with its options read from `Config`; unreadable ones are `ConfigurationInvalid`, all named at once. */
export const layerConfig = (
  options: Config.Config.Wrap<Options>
): Layer.Layer<TokenStore.TokenStore, ConfigurationInvalid | StoreUnavailable> =>
  Layer.effect(
    TokenStore.TokenStore,
    Effect.flatMap(Effect.mapError(Config.unwrap(options), fromConfigError), makeReady)
  )

/** The store whose records the context's `RecordKey` seals. */
export const layerSealed = (
  options: Omit<Options, "sealing"> = {}
): Layer.Layer<TokenStore.TokenStore, StoreUnavailable, RecordKey.RecordKey> =>
  Layer.effect(
    TokenStore.TokenStore,
    Effect.flatMap(RecordKey.RecordKey, (sealing) => makeReady({ ...options, sealing }))
  )

const makeReady = (options: Options): Effect.Effect<TokenStore.Service, StoreUnavailable> =>
  Effect.flatMap(chosenBy(options), (chosen) => Effect.zipRight(keyed("read", chosen.sealing.ready), serviceOf(chosen)))
