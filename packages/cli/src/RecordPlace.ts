/**
 * Where a session's tokens rest, as its record says itself: what was chosen since holds from the next write on.
 */
import type { TokenKey } from "@mlserver-auth/core/TokenKey"
import * as Inspection from "@mlserver-auth/node/Inspection"
import type * as RecordKey from "@mlserver-auth/node/RecordKey"
import * as Effect from "effect/Effect"

/** How the record is protected. `unknown`: it cannot be read, or says something else. */
export type Protection = "keyring" | "encrypted" | "file" | "memory" | "unknown"

/** Where tokens rest. */
export interface RecordPlace {
  readonly protection: Protection
  /** The directory that the record is in; none for `memory`. */
  readonly directory: string | undefined
  /** The file that the key is in, for `encrypted`. */
  readonly keyFile: string | undefined
}

const PLACES: Readonly<Record<RecordKey.Place, Protection>> = {
  keyring: "keyring",
  file: "encrypted",
  // This program has none of its own.
  application: "unknown"
}

/** A session that ends with the command. */
export const MEMORY: RecordPlace = { protection: "memory", directory: undefined, keyFile: undefined }

/** The same of a record that was found. */
export const fromRecord = (directory: string, found: Inspection.StoredRecord): RecordPlace => {
  switch (found._tag) {
    case "Clear":
      return { protection: "file", directory, keyFile: undefined }
    case "Sealed":
      return { protection: PLACES[found.place], directory, keyFile: found.keyFile }
    default:
      return { protection: "unknown", directory, keyFile: undefined }
  }
}

/** The place of a key's record; without a directory it is in memory. */
export const of = (directory: string | undefined, key: TokenKey): Effect.Effect<RecordPlace> =>
  directory === undefined
    ? Effect.succeed(MEMORY)
    : Effect.map(Inspection.record(directory, key), (found) => fromRecord(directory, found))

/** For `mls status`. */
export const words = ({ directory, keyFile, protection }: RecordPlace): string => {
  const where = directory ?? ""
  switch (protection) {
    case "keyring":
      return `${where}, sealed with a key in the keyring`
    case "encrypted":
      return `${where}, sealed with the key in ${keyFile ?? ""}`
    case "file":
      return `${where}, in clear (readable by you only)`
    case "memory":
      return "memory, until this command ends"
    case "unknown":
      return where
  }
}

/** For `mls login`. */
export const sentence = (place: RecordPlace): string => `Stored in ${words(place)}.`
