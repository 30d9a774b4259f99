/**
 * Token records in files: what one says, and how it is changed. A change is made in the record's turn, which one program
 * has at a time, so that what was compared is still so when the file is replaced; a read needs none, since a file is
 * replaced as a whole. No key is asked for in a turn: a keyring may wait for a person.
 */
import { StoreUnavailable } from "@mlserver-auth/core/AuthError"
import { isSame, type Token } from "@mlserver-auth/core/Token"
import type { TokenKey } from "@mlserver-auth/core/TokenKey"
import { isStill } from "@mlserver-auth/core/TokenStore"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { createHash } from "node:crypto"
import * as Path from "node:path"
import * as Files from "./privateFiles.js"
import type { Sealed } from "./sealedRecord.js"
import type { Opened, Sealing } from "./sealing.js"
import { attempt, isFull, keyed, type Operation } from "./storeFailure.js"
import * as TokenRecord from "./tokenRecord.js"

/** A directory of records. */
export interface Store {
  readonly directory: string
  readonly warned: Set<string>
  readonly sealing: Sealing
  /** Whether a record that nothing sealed is a failure. */
  readonly refusesClear: boolean
  /** Runs a change of a record's file while no other program changes it. Not reentrant; the change is not interrupted. */
  readonly inTurn: (
    operation: Operation,
    key: TokenKey
  ) => <A>(change: Effect.Effect<A, StoreUnavailable>) => Effect.Effect<A, StoreUnavailable>
}

/** What the files of a key are called; it tells nothing of the key. */
export const nameOf = (key: TokenKey): string => createHash("sha256").update(key.id).digest("hex")

export const fileOf = (key: TokenKey): string => `${nameOf(key)}.json`

/** `lock`: of `exclusive`; `turn`: of one change. */
export const lockOf = (key: TokenKey, suffix: "lock" | "turn"): string => `${nameOf(key)}.${suffix}`

const pathOf = (store: Store, key: TokenKey): string => Path.join(store.directory, fileOf(key))

/** One that is no record is set aside; where that cannot be done, it stays and is absent all the same. */
export const read = (store: Store, key: TokenKey): Effect.Effect<Option.Option<Token>, StoreUnavailable> =>
  current(store, "read", key, ({ problem }) =>
    warn(store, `a token file is no record, and could not be set aside (${problem}); sign in again`)
  )

/** Once begun, a write ends: a renewed token that is not written would be lost. */
export const write = (
  store: Store,
  key: TokenKey,
  token: Token,
  over: Option.Option<Token> | undefined
): Effect.Effect<boolean, StoreUnavailable> =>
  Effect.gen(function* () {
    if (over !== undefined && !isStill(yield* current(store, "write", key, Effect.fail), over)) return false
    if (yield* attempt(store, "write", () => Files.prepareDirectory(store.directory))) {
      yield* warn(store, "the directory was open to others; only its owner can use it now")
    }
    const text = yield* keyed("write", store.sealing.encode(key, token))
    const written = yield* store.inTurn("write", key)(replace(store, key, text, over))
    return written ?? (yield* write(store, key, token, over))
  }).pipe(Effect.uninterruptible)

/** `undefined` where the record has become one whose key is not at hand, and what it holds is wanted. */
const replace = (store: Store, key: TokenKey, text: string, over: Option.Option<Token> | undefined) =>
  Effect.gen(function* () {
    // What is written over, whatever it is, may be in clear.
    const found = yield* look(over === undefined ? { ...store, refusesClear: false } : store, "write", key)
    if (over !== undefined && found._tag === "Sealed") return undefined
    if (over !== undefined && !isStill(tokenOf(found), over)) return false
    if (found._tag === "Unreadable") yield* setAside(store, "write", key, found)
    yield* attempt(store, "write", () => Files.replace(pathOf(store, key), text))
    return true
  })

/** With everything that is left of it. */
export const removeAll = (store: Store, key: TokenKey): Effect.Effect<boolean, StoreUnavailable> =>
  Effect.gen(function* () {
    const path = pathOf(store, key)
    const remains = attempt(store, "remove", async () => {
      await Files.checkDirectory(store.directory)
      return await Files.remains(path)
    })
    if ((yield* remains).length === 0) return true
    const removal = Effect.zipRight(
      refuseNewer(store, key),
      attempt(store, "remove", () => Files.removeAll(path))
    )
    // A full disk has no room for a turn. It has none for writes either, and nobody must be kept from signing out.
    yield* Effect.catchIf(store.inTurn("remove", key)(removal), isFull, () => removal)
    return true
  })

/** Anything else may go: links and other users' files too, which are not followed. */
const refuseNewer = (store: Store, key: TokenKey): Effect.Effect<void, StoreUnavailable> =>
  Effect.flatMap(
    Effect.promise(() => Files.read(pathOf(store, key)).catch(() => undefined)),
    (contents) =>
      contents !== undefined && TokenRecord.decode(key, contents.text)._tag === "Newer"
        ? Effect.fail(newer(store, "remove"))
        : Effect.void
  )

/** The record alone, and only if it holds that token. */
export const removeIf = (store: Store, key: TokenKey, only: Token): Effect.Effect<boolean, StoreUnavailable> =>
  Effect.gen(function* () {
    const held = yield* current(store, "remove", key, Effect.fail)
    if (Option.isNone(held)) return true
    if (!isSame(held.value, only)) return false
    const removal = Effect.gen(function* () {
      const found = yield* look(store, "remove", key)
      if (found._tag === "Absent") return true
      if (found._tag !== "Record") return undefined
      if (!isSame(found.token, only)) return false
      yield* attempt(store, "remove", () => Files.remove(pathOf(store, key)))
      return true
    })
    const removed = yield* store.inTurn("remove", key)(removal)
    return removed ?? (yield* removeIf(store, key, only))
  })

interface Unreadable {
  readonly _tag: "Unreadable"
  readonly inode: number
  readonly why: string
}

/** A record, as far as it can be read with the keys that were needed before. */
type Found =
  | { readonly _tag: "Absent" }
  | { readonly _tag: "Record"; readonly token: Token }
  | { readonly _tag: "Sealed"; readonly inode: number; readonly sealed: Sealed }
  | Unreadable

const tokenOf = (found: Found): Option.Option<Token> =>
  found._tag === "Record" ? Option.some(found.token) : Option.none()

/** What a record says. Its key is asked for if need be; one that is no record is set aside, or `stays`. */
const current = (
  store: Store,
  operation: Operation,
  key: TokenKey,
  stays: (error: StoreUnavailable) => Effect.Effect<void, StoreUnavailable>
): Effect.Effect<Option.Option<Token>, StoreUnavailable> =>
  Effect.gen(function* () {
    const seen = yield* look(store, operation, key)
    const found =
      seen._tag === "Sealed" ? judged(yield* keyed(operation, store.sealing.open(key, seen.sealed)), seen.inode) : seen
    if (found._tag === "Unreadable") {
      yield* Effect.catchAll(store.inTurn(operation, key)(setAside(store, operation, key, found)), stays)
    }
    return tokenOf(found)
  })

/** Reads the record, narrows its permissions, and refuses it where a newer program wrote it. */
const look = (store: Store, operation: Operation, key: TokenKey): Effect.Effect<Found, StoreUnavailable> =>
  Effect.gen(function* () {
    const contents = yield* attempt(store, operation, async () => {
      await Files.checkDirectory(store.directory)
      return await Files.read(pathOf(store, key))
    })
    if (contents === undefined) return { _tag: "Absent" }
    const { inode, repaired, text } = contents
    if (repaired) yield* warn(store, "a token file was readable by others; only its owner can read it now")
    const decoded = TokenRecord.decode(key, text)
    if (decoded._tag === "Newer") return yield* newer(store, operation)
    if (decoded._tag === "Record" && store.refusesClear) return yield* inClear(store, operation)
    if (decoded._tag !== "Sealed") return judged(decoded, inode)
    const opened = store.sealing.openAgain(key, decoded.sealed)
    return opened === undefined ? { _tag: "Sealed", inode, sealed: decoded.sealed } : judged(opened, inode)
  })

const judged = (opened: Opened, inode: number): Found => {
  if (opened._tag === "Record") return opened
  const why = opened._tag === "KeyGone" ? "was sealed with a key that is gone" : "could not be read"
  return { _tag: "Unreadable", inode, why }
}

const newer = ({ directory }: Store, operation: Operation): StoreUnavailable =>
  new StoreUnavailable({
    operation,
    problem: `a record in ${directory} was written by a newer version of this program`,
    fix: "Update this program, or give it another directory.",
    retryable: false
  })

const inClear = ({ directory }: Store, operation: Operation): StoreUnavailable =>
  new StoreUnavailable({
    operation,
    problem: `a record in ${directory} is in clear, and this program was told to seal its records`,
    fix: "Sign in again, which replaces it, or choose a store in clear.",
    retryable: false
  })

/** In the record's turn: another one that has its name by now is not touched. */
const setAside = (
  store: Store,
  operation: Operation,
  key: TokenKey,
  { inode, why }: Unreadable
): Effect.Effect<void, StoreUnavailable> =>
  Effect.gen(function* () {
    const path = pathOf(store, key)
    const name = `${path}.corrupt-${yield* Clock.currentTimeMillis}`
    yield* attempt(store, operation, () => Files.setAside(path, inode, name))
    yield* warn(store, `a token file ${why} and was set aside as ${Path.basename(name)}; sign in again`)
  })

/** Once for a store. */
export const warn = (
  { directory, warned }: Pick<Store, "directory" | "warned">,
  message: string
): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (warned.has(message)) return Effect.void
    warned.add(message)
    return Effect.logWarning(`token store in ${directory}: ${message}`)
  })
