/**
 * Where tokens rest: `--store`, `MLS_STORE`, what the profile has, or the best there is. A choice is kept or the command
 * fails. Whether there is a keyring is looked at by `login` alone, where somebody can do something about it.
 */
import { StoreUnavailable } from "@mlserver-auth/core/AuthError"
import * as RecordKey from "@mlserver-auth/node/RecordKey"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Path from "node:path"
import type * as ConfigFile from "./ConfigFile.js"
import { variable } from "./Invocation.js"
import { Output } from "./Output.js"
import { usage, type UsageError } from "./Usage.js"

/** What may be chosen. */
export const STORES = ["keyring", "encrypted", "file", "memory"] as const
/** Where tokens rest. */
export type Store = (typeof STORES)[number]

/** What was chosen, and by what. */
export interface StoreChoice {
  /** `undefined`: nobody chose, and nobody has signed in yet. */
  readonly store: Store | undefined
  /** `undefined`: nobody; what the profile has is what the default came to. */
  readonly by: "--store" | "MLS_STORE" | "profile" | undefined
}

/** What holds for a command. `UsageError` where the variable names no store. */
export const choose = (
  option: Option.Option<Store>,
  profile: ConfigFile.Profile | undefined
): Effect.Effect<StoreChoice, UsageError> =>
  Effect.gen(function* () {
    if (Option.isSome(option)) return { store: option.value, by: "--store" }
    const text = yield* variable("MLS_STORE")
    const store = STORES.find((name) => name === text?.toLowerCase())
    if (store !== undefined) return { store, by: "MLS_STORE" }
    if (text !== undefined) {
      return yield* usage("MLS_STORE is no store", `Set it to ${STORES.join(", ")}, or unset it.`)
    }
    return { store: profile?.store, by: profile?.store === undefined || profile.storeAssumed ? undefined : "profile" }
  })

/** What seals the records that are written; `keyring`: its key was not asked for yet. */
export type Sealing = "none" | "keyFile" | "keyring" | RecordKey.Service

/** The store of a sign-in: its key is there. */
export interface Prepared {
  readonly store: ConfigFile.Store
  readonly sealing: Sealing
  /** Nobody chose it. */
  readonly assumed: boolean
}

/** One answer of the keyring serves the whole command: each takes a process of its own. */
const found = (key: RecordKey.Key): RecordKey.Service => ({
  place: "keyring",
  find: Effect.succeedSome(key),
  obtain: Effect.succeed(key)
})

const unavailable = ({ fix, problem, retryable }: RecordKey.RecordKeyUnavailable) =>
  new StoreUnavailable({ operation: "write", problem, fix, retryable })

const ofKeyring = (directory: string) => Effect.map(RecordKey.keyring(directory).obtain, found)

/** What the default comes to. A person is told where that is less than a keyring, once for a profile. */
const best = (directory: string, told: boolean): Effect.Effect<Prepared, never, Output> =>
  Effect.matchEffect(ofKeyring(directory), {
    onSuccess: (sealing) => Effect.succeed<Prepared>({ store: "keyring", sealing, assumed: true }),
    onFailure: ({ problem }) =>
      Effect.gen(function* () {
        const file = Path.join(directory, "store.key")
        if (!told) {
          yield* (yield* Output).marked(
            "!",
            `The tokens are sealed with a key in ${file}, because ${problem}. That protects copies of single files, not ` +
              "against programs of yours. MLS_STORE=encrypted says that it is meant so."
          )
        }
        return { store: "encrypted", sealing: "keyFile", assumed: true } as const
      })
  })

/**
 * The store of a sign-in, before anybody types a password. `UsageError` for one that would forget it at once,
 * `StoreUnavailable` where a keyring was chosen and there is none.
 */
export const prepare = (
  { by, store }: StoreChoice,
  directory: string
): Effect.Effect<Prepared, UsageError | StoreUnavailable, Output> =>
  Effect.gen(function* () {
    if (by === undefined || store === undefined) return yield* best(directory, store === "encrypted")
    if (store === "memory") return yield* forgetful(by)
    if (store === "keyring") {
      const sealing = yield* Effect.mapError(ofKeyring(directory), unavailable)
      return { store, sealing, assumed: false }
    }
    return { store, sealing: store === "file" ? "none" : "keyFile", assumed: false }
  })

/** A store in memory ends with the command, and a sign-in with it. */
export const forgetful = (by: string): UsageError =>
  usage(
    `${by === "--store" ? "--store memory" : `${by}=memory`} keeps nothing: the sign-in would end with this command`,
    "Choose keyring, encrypted or file, or leave it out.",
    "or do not sign in: `mls token` and `mls api` take MLS_USERNAME and MLS_PASSWORD, or MLS_ACCESS_TOKEN, as they are."
  )

/** For reading many records: the keyring is asked once, also where it does not answer. */
export const forReadingMany = (directory: string): Effect.Effect<Sealing> => {
  const keyring = RecordKey.keyring(directory)
  return Effect.map(Effect.cached(keyring.find), (find) => ({ ...keyring, find }))
}

/**
 * What a command seals with that may renew. The key of a keyring is asked for first: a renewed token that cannot be kept
 * would be lost. Without a sign-in the key is in a file: what runs without a person must not wait for one.
 */
export const forRenewals = ({ store }: StoreChoice, directory: string): Effect.Effect<Sealing, StoreUnavailable> => {
  if (store === "keyring") return Effect.mapError(ofKeyring(directory), unavailable)
  return Effect.succeed(store === "file" ? "none" : "keyFile")
}

/** The same where nothing is going to be written: nobody is asked for a key that is not needed. */
export const forReading = ({ store }: StoreChoice): Sealing =>
  store === "keyring" ? "keyring" : store === "file" ? "none" : "keyFile"
