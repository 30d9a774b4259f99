/**
 * Tokens in files that only their owner can read, so that the next program finds them. They are encrypted if you name a key, otherwise not.
 *
 * On `node:fs/promises` directly: `@effect/platform`'s FileSystem would make every application bring `@effect/platform-node`, and has neither
 * `O_NOFOLLOW` nor a directory's fsync.
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
import * as HeldFiles from "./internal/store/heldFiles.js"
import * as LockFiles from "./internal/lock/files.js"
import * as LockHolder from "./internal/lock/holder.js"
import * as ProcessLock from "./internal/lock/processLock.js"
import * as Leftovers from "./internal/store/leftovers.js"
import * as Records from "./internal/store/records.js"
import * as RecordWatch from "./internal/store/watch.js"
import * as Reserve from "./internal/store/reserve.js"
import * as Sealing from "./internal/key/sealing.js"
import { attempt, keyed, type Operation } from "./internal/store/failure.js"
import * as RecordKey from "./RecordKey.js"

/** Options: where the files are, which key encrypts them, and how long to wait for the lock. */
export interface Options {
  /** An absolute path. Default: `defaultDirectory`. */
  readonly directory?: string | undefined
  /**
   * Where the key is that encrypts (seals) the records which are written from now on. Records that are there are read with
   * their own key, wherever it is. For one that is not encrypted see `clear`.
   *
   * - "keyring": in the keyring of the desktop.
   * - "keyFile": in `store.key` beside the records. See `RecordKey.keyFile` for what that protects against.
   * - a `RecordKey.Service`: where the application says.
   * - "best": in the keyring, otherwise in the key file, with one warning.
   * - "none": nowhere; the tokens are in clear: a program that can read the user's files can use them.
   *
   * If the chosen place cannot be used, the store fails; only "best" takes another. Default: "none".
   */
  readonly sealing?: "keyring" | "keyFile" | "best" | "none" | RecordKey.Service | undefined
  /**
   * What a store that encrypts does with a record in clear. "refuse": it fails, until a sign-in replaces the record, since a
   * program without the key may have put it there. "read": it takes the record, and encrypts it with the next write. Default:
   * "refuse" if `sealing` names a place, "read" with "best".
   */
  readonly clear?: "refuse" | "read" | undefined
  /** How the keyring is asked. Default: as `RecordKey.KeyringOptions` says. */
  readonly keyring?: RecordKey.KeyringOptions | undefined
  /** How long `exclusive` waits for another program that renews. Default: 30 seconds. */
  readonly lockTimeout?: Duration.DurationInput | undefined
}

/**
 * `mls` below the user's directory for such files (`$XDG_STATE_HOME`, `~/.local/state`, `~/Library/Application Support` on macOS;
 * `%LOCALAPPDATA%\mls\state` on Windows). Fails with `ConfigurationInvalid` if the user has no home directory.
 */
export const defaultDirectory: Effect.Effect<string, ConfigurationInvalid> = HomeDirectory.state("mls")

/**
 * A store of one file per key, named by a hash of it. A record is replaced as a whole and is on the disk when `write` ends. A record that cannot
 * be read as a token, or whose key is gone, counts as absent, with a warning, and stays until a write sets it aside; one of a newer program, or
 * whose key cannot be had now, is left alone. Wider permissions are narrowed with a warning. A link in the place of the directory or of a record, and a file of
 * another user, are refused. If the disk is full, nothing can be written, but a record can be removed.
 *
 * What `write` and `remove` compare holds for every program that shares the directory: each change waits for the one before it, at most 5 seconds.
 * On Windows a file that another program has open cannot be changed: a change waits for that program too, at most 10 seconds, and a read 2 seconds;
 * then the failure has the reason `InUse`. `watch` tells of a change at once if the system does, otherwise within two seconds; it keeps no
 * program from ending. `follow` does the same for many keys; if the system tells of none, it looks at 500 every two seconds.
 *
 * `exclusive` holds for every program that shares the directory, also over a network. The lock of a program that died is free at once on this
 * machine, and on another one after 20 seconds without a sign of life, as on a system without `/proc` that gave the number of the process to another
 * one. Others wait for a program that lives, also a stopped one, for `lockTimeout`.
 *
 * No key is asked for before it is needed, so that a record can be removed while the keyring is locked; `layer` asks at once.
 *
 * Fails with `StoreUnavailable`, naming the directory and what to do; `exclusive` names the program that holds the lock. `make` itself fails if
 * no directory was given and the user has no home, and if the given one is not an absolute path.
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
    leftovers: Leftovers.make(directory),
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
    : Effect.fail(nowhere("`directory` is not an absolute path", "Give an absolute path."))
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
      watch: (key) => watched.watch(Records.fileOf(key)),
      follow: (changed) =>
        Effect.map(watched.follow(changed), ({ add, remove }) => ({
          add: (key) => add(Records.fileOf(key), key),
          remove: (key) => remove(Records.fileOf(key))
        }))
    }
  })

interface Lock {
  readonly suffix: "lock" | "turn"
  /** Milliseconds. */
  readonly timeout: number
  readonly pauses: ProcessLock.Place["pauses"]
}

/** Its holder does a few operations on files in it, and waits there for another program that has the record open. */
const TURN: Lock = { suffix: "turn", timeout: 5000 + HeldFiles.longest(), pauses: [2, 20] }

const machineClock = Clock.make()

/** One effect at a time for a key: in this program first, then in all that share the directory. */
const locksIn = (chosen: Chosen) =>
  Effect.map(
    Effect.promise(() => LockHolder.make()),
    (here) => {
      const place = {
        directory: chosen.directory,
        locks: LockFiles.make(chosen.directory, here, chosen.leftovers),
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
                  // A program that waits for a lock looks again by itself.
                  attempt: <A>(act: () => Promise<A>) => attempt(chosen, operation, act, HeldFiles.TIMEOUT.MOMENT)
                }
                return inProcess(key)(ProcessLock.hold(files, Records.lockOf(key, suffix), timeout, effect))
              })
        )
    }
  )

/**
 * The store as a layer. Fails with `StoreUnavailable` if the key of the chosen `sealing` cannot be had: before a person signs in for nothing.
 *
 * @example
 * import { FileTokenStore } from "@mlserver-auth/node"
 * import * as Config from "effect/Config"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const Store = FileTokenStore.layer({ directory: "/var/lib/report/mls", sealing: "keyFile" })
 * const ByConfig = FileTokenStore.layerConfig({ directory: Config.string("REPORT_TOKENS") })
 * // In the directory of `mls`, to use its sessions: as a layer, and as a value.
 * const SameAsMls = Layer.unwrapEffect(
 *   Effect.map(FileTokenStore.defaultDirectory, (directory) => FileTokenStore.layer({ directory, sealing: "best" }))
 * )
 * const store = FileTokenStore.make({ sealing: "best" })
 */
export const layer = (options: Options = {}): Layer.Layer<TokenStore.TokenStore, StoreUnavailable> =>
  Layer.effect(TokenStore.TokenStore, makeReady(options))

/** The same with options from `Config`. Fails with `ConfigurationInvalid`, which names all that could not be read. */
export const layerConfig = (
  options: Config.Config.Wrap<Options>
): Layer.Layer<TokenStore.TokenStore, ConfigurationInvalid | StoreUnavailable> =>
  Layer.effect(
    TokenStore.TokenStore,
    Effect.flatMap(Effect.mapError(Config.unwrap(options), fromConfigError), makeReady)
  )

/** The store whose records the context's `RecordKey` encrypts. Fails as `layer`. See `RecordKey.RecordKey` for an example. */
export const layerSealed = (
  options: Omit<Options, "sealing"> = {}
): Layer.Layer<TokenStore.TokenStore, StoreUnavailable, RecordKey.RecordKey> =>
  Layer.effect(
    TokenStore.TokenStore,
    Effect.flatMap(RecordKey.RecordKey, (sealing) => makeReady({ ...options, sealing }))
  )

const makeReady = (options: Options): Effect.Effect<TokenStore.Service, StoreUnavailable> =>
  Effect.flatMap(chosenBy(options), (chosen) => Effect.zipRight(keyed("read", chosen.sealing.ready), serviceOf(chosen)))
