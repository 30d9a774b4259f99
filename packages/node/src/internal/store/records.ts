/**
 * Token records in files: what one says, and how it is changed. A change is made in the record's turn, which one program
 * has at a time, so that what was compared is still so when the file is replaced; a read needs none, since a file is
 * replaced as a whole. No key is asked for in a turn: a keyring may wait for a person.
 */
import { StoreUnavailable } from "@mlserver-auth/core/AuthError"
import { isSame, type Token } from "@mlserver-auth/core/Token"
import type { TokenKey } from "@mlserver-auth/core/TokenKey"
import { isStill } from "@mlserver-auth/core/TokenStore"
import * as Effect from "effect/Effect"
import { globalValue } from "effect/GlobalValue"
import * as Option from "effect/Option"
import * as Path from "node:path"
import * as Files from "./privateFiles.js"
import type { Sealed } from "../key/sealedRecord.js"
import type { Opened, Sealing } from "../key/sealing.js"
import { attempt, isFull, keyed, type Operation, failingAsStore } from "./failure.js"
import type { Leftovers } from "./leftovers.js"
import * as PlainRecord from "./plainRecord.js"
import * as TokenRecord from "./tokenRecord.js"
import * as WholeFiles from "./wholeFiles.js"

/** A directory of records. */
export interface Store {
  readonly directory: string
  readonly sealing: Sealing
  readonly leftovers: Leftovers
  /** Whether a record that nothing sealed is a failure. */
  readonly refusesClear: boolean
  /** Runs a change of a record's file while no other program changes it. Not reentrant; the change is not interrupted. */
  readonly inTurn: (
    operation: Operation,
    key: TokenKey
  ) => <A>(change: Effect.Effect<A, StoreUnavailable>) => Effect.Effect<A, StoreUnavailable>
}

export const fileOf = (key: TokenKey): string => PlainRecord.fileOf(key.id)

/** `lock`: of `exclusive`; `turn`: of one change. */
export const lockOf = (key: TokenKey, suffix: "lock" | "turn"): string => `${PlainRecord.nameOf(key.id)}.${suffix}`

const pathOf = (store: Store, key: TokenKey): string => Path.join(store.directory, fileOf(key))

/**
 * One that is no record counts as absent, and stays: a program that writes it at this moment may not have come to its end, and a
 * key that is gone may come back. What is written in its place sets it aside.
 */
export const read = (store: Store, key: TokenKey): Effect.Effect<Option.Option<Token>, StoreUnavailable> =>
  Effect.gen(function* () {
    const found = yield* whole(store, "read", key)
    if (found._tag === "Unreadable") {
      yield* warn(store, `a token file ${whyNot(found)} and counts as absent; a sign-in replaces it`)
    }
    return tokenOf(found)
  })

/** Once begun, a write ends: a renewed token that is not written would be lost. */
export const write = (
  store: Store,
  key: TokenKey,
  token: Token,
  over: Option.Option<Token> | undefined
): Effect.Effect<boolean, StoreUnavailable> =>
  Effect.gen(function* () {
    if (over !== undefined && !isStill(tokenOf(yield* whole(store, "write", key)), over)) return false
    if (yield* attempt(store, "write", () => Files.prepareDirectory(store.directory))) {
      yield* warn(store, "the directory was open to others; only its owner can use it now")
    }
    const text = yield* keyed("write", store.sealing.encode(key, token))
    const written = yield* store.inTurn("write", key)(replace(store, key, text, over))
    return written ?? (yield* write(store, key, token, over))
  }).pipe(Effect.uninterruptible)

/** `undefined` where the record has become one whose key is not at hand, and what it holds is wanted. */
const replace = (
  store: Store,
  key: TokenKey,
  text: string,
  over: Option.Option<Token> | undefined
): Effect.Effect<boolean | undefined, StoreUnavailable> =>
  Effect.gen(function* () {
    // What is written over, whatever it is, may be in clear.
    const found = yield* look(over === undefined ? { ...store, refusesClear: false } : store, "write", key)
    if (over !== undefined && found._tag === "Sealed") return undefined
    if (over !== undefined && !isStill(tokenOf(found), over)) return false
    if (found._tag === "Unreadable" && !(yield* setAside(store, key, found)))
      return yield* replace(store, key, text, over)
    yield* failingAsStore(store, "write", WholeFiles.replace(pathOf(store, key), text))
    return true
  })

/** With everything that is left of it. */
export const removeAll = (store: Store, key: TokenKey): Effect.Effect<boolean, StoreUnavailable> =>
  Effect.gen(function* () {
    const path = pathOf(store, key)
    const remains = attempt(store, "remove", async () => {
      await Files.checkDirectory(store.directory)
      return await Files.remains(path, store.leftovers)
    })
    if ((yield* remains).length === 0) return true
    const removal = Effect.zipRight(
      refuseNewer(store, key),
      attempt(store, "remove", () => Files.removeAll(path, store.leftovers))
    )
    // A full disk has no room for a turn. It has none for writes either, and no one must be kept from signing out.
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
    const held = tokenOf(yield* whole(store, "remove", key))
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
  readonly text: string
  /** It was one, which can be opened no more. */
  readonly isRecord: boolean
}

/** A record, as far as it can be read with the keys that were needed before. */
type Found =
  | { readonly _tag: "Absent" }
  | { readonly _tag: "Record"; readonly token: Token }
  | { readonly _tag: "Sealed"; readonly text: string; readonly sealed: Sealed }
  | Unreadable

const tokenOf = (found: Found): Option.Option<Token> =>
  found._tag === "Record" ? Option.some(found.token) : Option.none()

/** Milliseconds between two looks at a file that is no record, and how often it may be another one each time. */
const [STEADY, LOOKS] = [50, 40]

/**
 * What a record says; its key is asked for if need be. A file that a program fills at this moment, as one that puts a backup
 * back, is what it is when it is whole.
 */
const whole = (store: Store, operation: Operation, key: TokenKey): Effect.Effect<Found, StoreUnavailable> =>
  Effect.gen(function* () {
    let found = yield* opened(store, operation, key)
    for (let looks = 0; looks < LOOKS && found._tag === "Unreadable" && !found.isRecord; looks++) {
      const { text } = found
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, STEADY)))
      found = yield* opened(store, operation, key)
      if (found._tag === "Unreadable" && found.text === text) return found
    }
    return found
  })

const opened = (store: Store, operation: Operation, key: TokenKey): Effect.Effect<Found, StoreUnavailable> =>
  Effect.flatMap(look(store, operation, key), (seen) =>
    seen._tag === "Sealed"
      ? Effect.map(keyed(operation, store.sealing.open(key, seen.sealed)), (answer) => judged(answer, seen.text))
      : Effect.succeed(seen)
  )

/** Reads the record, narrows its permissions, and refuses it where a newer program wrote it. */
const look = (store: Store, operation: Operation, key: TokenKey): Effect.Effect<Found, StoreUnavailable> =>
  Effect.gen(function* () {
    const contents = yield* attempt(store, operation, async () => {
      await Files.checkDirectory(store.directory)
      return await Files.read(pathOf(store, key))
    })
    if (contents === undefined) return { _tag: "Absent" }
    const { repaired, text } = contents
    if (repaired) yield* warn(store, "a token file was readable by others; only its owner can read it now")
    const decoded = TokenRecord.decode(key, text)
    if (decoded._tag === "Newer") return yield* newer(store, operation)
    if (decoded._tag === "Record" && store.refusesClear) return yield* inClear(store, operation)
    if (decoded._tag !== "Sealed") return judged(decoded, text)
    const again = store.sealing.openAgain(key, decoded.sealed)
    return again === undefined ? { _tag: "Sealed", text, sealed: decoded.sealed } : judged(again, text)
  })

const judged = (answer: Opened, text: string): Found =>
  answer._tag === "Record" ? answer : { _tag: "Unreadable", text, isRecord: answer._tag === "KeyGone" }

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
    problem: `a record in ${directory} is in clear, and this program is set up to seal its records`,
    fix: "Sign in again, which replaces it, or choose a store in clear.",
    retryable: false
  })

const whyNot = ({ isRecord }: Unreadable): string =>
  isRecord ? "was sealed with a key that is gone" : "could not be read"

/** In the record's turn; false, and nothing is done, where it is another one by now. */
const setAside = (store: Store, key: TokenKey, found: Unreadable): Effect.Effect<boolean, StoreUnavailable> =>
  Effect.gen(function* () {
    const path = pathOf(store, key)
    const name = Files.asideOf(path)
    if (!(yield* attempt(store, "write", () => Files.setAside(path, found.text, name)))) return false
    yield* warn(store, `a token file ${whyNot(found)} and was set aside as ${Path.basename(name)}`)
    return true
  })

const warned = globalValue(Symbol.for("@mlserver-auth/node/records/warned"), () => new Set<string>())

/** Once in a program, however many stores it makes of a directory. */
export const warn = ({ directory }: Pick<Store, "directory">, message: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    const said = `token store in ${directory}: ${message}`
    if (warned.has(said)) return Effect.void
    warned.add(said)
    return Effect.logWarning(said)
  })
