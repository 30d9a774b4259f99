/**
 * Where a session's tokens rest, as its record says itself: what was chosen since holds from the next write on.
 */
import type { TokenKey } from "@mlserver-auth/core/TokenKey"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"

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

/** What every version of a record says in clear. */
const Header = Schema.parseJson(Schema.Struct({ version: Schema.Int, place: Schema.optional(Schema.String) }))
const decode = Schema.decodeOption(Header)

const PLACES: Readonly<Record<string, Protection>> = { keyring: "keyring", file: "encrypted" }

const protectionOf = (text: string): Protection =>
  Option.match(decode(text), {
    onNone: () => "unknown",
    onSome: ({ place, version }) => (version === 1 ? "file" : (PLACES[place ?? ""] ?? "unknown"))
  })

/** A session that ends with the command. */
export const MEMORY: RecordPlace = { protection: "memory", directory: undefined, keyFile: undefined }

/** The place of a key's record. */
export const of = (directory: string, key: TokenKey): Effect.Effect<RecordPlace> =>
  Effect.promise(async () => {
    const name = `${createHash("sha256").update(key.id).digest("hex")}.json`
    const text = await Fs.readFile(Path.join(directory, name), "utf8").catch(() => "")
    const protection = protectionOf(text)
    return {
      protection,
      directory,
      keyFile: protection === "encrypted" ? Path.join(directory, "store.key") : undefined
    }
  })

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
