/** Which key seals the next record, and which opens the one that is there. */
import type { Token } from "@mlserver-auth/core/Token"
import type { TokenKey } from "@mlserver-auth/core/TokenKey"
import * as Effect from "effect/Effect"
import { globalValue } from "effect/GlobalValue"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as RecordKey from "../../RecordKey.js"
import { keyIdOf, type Sealed } from "./sealedRecord.js"
import * as TokenRecord from "../store/tokenRecord.js"

/** "best": the keyring, else a file, with a warning. */
export type Choice = "none" | "keyFile" | "keyring" | "best" | RecordKey.Service

type Failure = RecordKey.RecordKeyUnavailable

/** `KeyGone`: what would open it does not exist any more. `Corrupt`: it was changed, or is another record's. */
export type Opened =
  | { readonly _tag: "Record"; readonly token: Token }
  | { readonly _tag: "KeyGone" }
  | { readonly _tag: "Corrupt" }

/** The keys of one store. */
export interface Sealing {
  /** Has the key that the choice names; "best" waits until there is something to write. */
  readonly ready: Effect.Effect<void, Failure>
  readonly encode: (key: TokenKey, token: Token) => Effect.Effect<string, Failure>
  readonly open: (key: TokenKey, sealed: Sealed) => Effect.Effect<Opened, Failure>
  /** With the keys that were needed before; `undefined` where its own is not among them. */
  readonly openAgain: (key: TokenKey, sealed: Sealed) => Opened | undefined
}

export const make = (directory: string, choice: Choice, keyring: RecordKey.KeyringOptions | undefined): Sealing => {
  const known = new Map<string, RecordKey.Key>()
  const places = placesOf(directory, choice, keyring)
  // One at a time: a keyring that wants a person asks once.
  const turn = Effect.unsafeMakeSemaphore(1).withPermits(1)
  const remember = (key: RecordKey.Key) => Effect.sync(() => void known.set(keyIdOf(Redacted.value(key)), key))
  let sealer: Sealer | undefined
  const chosen = Effect.suspend(() => {
    if (sealer !== undefined) return stillOf(places, sealer)
    return obtain(directory, places, choice)
  }).pipe(
    turn,
    Effect.tap((found) => remember((sealer = found).key))
  )
  return {
    ready: choice === "best" || choice === "none" ? Effect.void : Effect.asVoid(chosen),
    encode: (key, token) =>
      choice === "none"
        ? Effect.succeed(TokenRecord.encode(key, token))
        : Effect.map(chosen, (by) => TokenRecord.seal(Redacted.value(by.key), by.place, key, token)),
    open: (key, sealed) =>
      Effect.gen(function* () {
        if (!known.has(sealed.keyId)) {
          const found = yield* turn(places[sealed.place].find)
          if (Option.isSome(found)) yield* remember(found.value)
        }
        const master = known.get(sealed.keyId)
        if (master !== undefined) return opened(TokenRecord.open(Redacted.value(master), key, sealed))
        return sealed.place === "application" ? yield* otherKey : { _tag: "KeyGone" as const }
      }),
    openAgain: (key, sealed) => {
      const master = known.get(sealed.keyId)
      return master === undefined ? undefined : opened(TokenRecord.open(Redacted.value(master), key, sealed))
    }
  }
}

/** What the next record is sealed with. */
interface Sealer {
  readonly place: RecordKey.Place
  readonly key: RecordKey.Key
}

/** As it is now: a long-running program must not seal with a key that was replaced since it began. */
const stillOf = (places: Places, { key, place }: Sealer): Effect.Effect<Sealer, Failure> => {
  const { again } = places[place]
  return again === undefined ? Effect.succeed({ key, place }) : Effect.map(again(key), (now) => ({ key: now, place }))
}

const opened = (token: Token | undefined): Opened =>
  token === undefined ? { _tag: "Corrupt" } : { _tag: "Record", token }

type Places = Readonly<Record<RecordKey.Place, RecordKey.Service>>

const placesOf = (directory: string, choice: Choice, keyring: RecordKey.KeyringOptions | undefined): Places => ({
  file: RecordKey.keyFile(directory),
  keyring: RecordKey.keyring(directory, keyring),
  application: { place: "application", find: Effect.succeedNone, obtain: otherKey },
  ...(typeof choice === "object" ? { [choice.place]: choice } : {})
})

const obtain = (directory: string, places: Places, choice: Choice) => {
  const from = (service: RecordKey.Service) => Effect.map(service.obtain, (key) => ({ place: service.place, key }))
  if (typeof choice === "object") return from(choice)
  if (choice === "keyFile") return from(places.file)
  if (choice === "keyring") return from(places.keyring)
  return Effect.catchAll(from(places.keyring), (error) =>
    Effect.tap(from(places.file), () => warnOnce(directory, error.problem))
  )
}

const warned = globalValue(Symbol.for("@mlserver-auth/node/sealing/warned"), () => new Set<string>())

/** Once in a program, however many stores it makes. */
const warnOnce = (directory: string, problem: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (warned.has(directory)) return Effect.void
    warned.add(directory)
    return Effect.logWarning(
      `token store in ${directory}: ${problem}, so the key is kept in store.key there. That protects copies of single ` +
        `records and backups without that file, and not against programs of the same user.`
    )
  })

/** Left alone rather than set aside: a wrong setting must not sign users out. */
const otherKey = Effect.suspend(() =>
  Effect.fail(
    new RecordKey.RecordKeyUnavailable({
      reason: "NotThere",
      problem: "a record was sealed with a key of an application, and that key was not given",
      fix: "Give that key, or sign in again to replace the record.",
      retryable: false
    })
  )
)
