/** What a record in a file says. No Effect: a quick look at a record goes by this too. */
import * as TokenFields from "@mlserver-auth/core/TokenFields"
import { hash } from "node:crypto"
import * as SealedRecord from "../key/sealedRecord.js"

/** A change that an older program would misread needs the next number. */
const NEWEST = SealedRecord.VERSION

/** What the files of a key are called, by `TokenKey.id`; it tells nothing of the key. */
export const nameOf = (id: string): string => hash("sha256", id)

/** The file of a record. */
export const fileOf = (id: string): string => `${nameOf(id)}.json`

/** What a text turned out to be. `Corrupt` says nothing more: a parser's complaint would quote the secret. */
export type Decoded =
  | { readonly _tag: "Record"; readonly token: TokenFields.TokenFields }
  | { readonly _tag: "Sealed"; readonly sealed: SealedRecord.Sealed }
  | { readonly _tag: "Newer" }
  | { readonly _tag: "Corrupt" }

/** `id`: the key that the record must be of. */
export const decode = (id: string, text: string): Decoded => {
  const json = parse(text)
  if ((TokenFields.versionOf(json) ?? 0) > NEWEST) return { _tag: "Newer" }
  const sealed = SealedRecord.parse(json, text)
  if (sealed !== undefined) return { _tag: "Sealed", sealed }
  const token = TokenFields.fromRecord(id, json)
  return token === undefined ? { _tag: "Corrupt" } : { _tag: "Record", token }
}

/** `undefined` where it was not sealed with this key for this name, or was changed since. */
export const open = (
  master: Uint8Array,
  id: string,
  sealed: SealedRecord.Sealed
): TokenFields.TokenFields | undefined => {
  const text = SealedRecord.open(master, id, sealed)
  return text === undefined ? undefined : TokenFields.fromRecord(id, parse(text))
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
