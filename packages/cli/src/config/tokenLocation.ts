/**
 * Where a session's tokens rest, as its record says itself: what was chosen since holds from the next write on.
 */
import type { TokenKey } from "@mlserver-auth/core/TokenKey"
import * as Diagnostics from "@mlserver-auth/node/Diagnostics"
import type * as RecordKey from "@mlserver-auth/node/RecordKey"
import * as Effect from "effect/Effect"

/** How the record is protected. `unknown`: it cannot be read, or says something else. */
export type Protection = "keyring" | "encrypted" | "file" | "memory" | "unknown"

/** Where tokens rest. */
export interface TokenLocation {
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

/** The same of a record that was found. */
export const fromRecord = (directory: string, found: Diagnostics.StoredRecord): TokenLocation => {
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
export const of = (directory: string | undefined, key: TokenKey): Effect.Effect<TokenLocation> =>
  directory === undefined
    ? Effect.succeed({ protection: "memory", directory, keyFile: undefined })
    : Effect.map(Diagnostics.record(directory, key), (found) => fromRecord(directory, found))

/** For `mls status`. */
export const words = (
  { directory, keyFile, protection }: TokenLocation,
  platform: NodeJS.Platform = process.platform
): string => {
  const where = directory ?? ""
  switch (protection) {
    case "keyring":
      return `${where}, encrypted with a key in the keyring`
    case "encrypted":
      return `${where}, encrypted with the key in ${keyFile ?? ""}`
    case "file":
      // Nothing looks at the rights of a directory of Windows, so nothing is promised of them.
      return `${where}, not encrypted (${platform === "win32" ? "for users who may read that directory" : "readable by you only"})`
    case "memory":
      return "memory, until this command ends"
    case "unknown":
      return where
  }
}
