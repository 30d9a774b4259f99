/**
 * Where tokens rest: `--store`, `MLS_STORE`, what the profile has, or the best there is. A choice is kept or the command
 * fails. Whether there is a keyring is looked at by `login` alone, where a person can do something about it.
 */
import { StoreUnavailable } from "@mlserver-auth/core/AuthError"
import * as RecordKey from "@mlserver-auth/node/RecordKey"
import * as Effect from "effect/Effect"
import * as Path from "node:path"
import type * as Profile from "./profile.js"
import type { STORES } from "../cli/table/flags.js"
import { lookup } from "./lookup.js"
import { Output } from "../cli/output.js"
import { usage, type UsageError } from "../cli/usage.js"

/** Where tokens rest. */
export type Store = (typeof STORES)[number]

/** What was chosen, and by what. */
export interface StoreChoice {
  /** `undefined`: none was chosen, and no one has signed in yet. */
  readonly store: Store | undefined
  /** `undefined`: it was not chosen; what the profile has is what the default came to. */
  readonly by: "--store" | "MLS_STORE" | "profile" | undefined
}

/** What holds for a command. `UsageError` where the variable names no store. */
export const choose = (
  option: Store | undefined,
  profile: Profile.Profile | undefined
): Effect.Effect<StoreChoice, UsageError> =>
  Effect.map(lookup("store", { store: option }, profile), ({ by, value }) => ({
    store: value as Store | undefined,
    by:
      by === "flag"
        ? "--store"
        : by === "variable"
          ? "MLS_STORE"
          : value === undefined || profile?.storeAssumed === true
            ? undefined
            : "profile"
  }))

/** What seals the records that are written; `keyring`: its key was not asked for yet. */
export type Sealing = "none" | "keyFile" | "keyring" | RecordKey.Service

/** The store of a sign-in: its key is there. */
export interface Prepared {
  readonly store: Profile.Store
  readonly sealing: Sealing
  /** It was not chosen. */
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
            `The tokens are encrypted with a key in ${file}, because ${problem}. That protects copies of single files, not ` +
              "against programs of the same user. Set MLS_STORE=encrypted to choose this without the message."
          )
        }
        return { store: "encrypted", sealing: "keyFile", assumed: true } as const
      })
  })

/**
 * The store of a sign-in, before a person types a password. `UsageError` for one that would forget it at once,
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
    "or do not sign in: `mls token` and `mls api` use MLS_USERNAME and MLS_PASSWORD, or MLS_ACCESS_TOKEN, without a sign-in."
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

/** The same where nothing is going to be written: no key is asked for that is not needed. */
export const forReading = ({ store }: StoreChoice): Sealing =>
  store === "keyring" ? "keyring" : store === "file" ? "none" : "keyFile"
