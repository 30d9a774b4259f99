/** What a token looks like in a file. */
import * as Token from "@mlserver-auth/core/Token"
import * as TokenFields from "@mlserver-auth/core/TokenFields"
import type { TokenKey } from "@mlserver-auth/core/TokenKey"
import * as SealedRecord from "../key/sealedRecord.js"
import * as PlainRecord from "./plainRecord.js"

/** The tokens in clear: for a file that only its owner can read. */
export const encode = (key: TokenKey, token: Token.Token): string => TokenFields.toRecord(key, Token.toFields(token))

/** What a text turned out to be. */
export type Decoded =
  | { readonly _tag: "Record"; readonly token: Token.Token }
  | Exclude<PlainRecord.Decoded, { readonly _tag: "Record" }>

export const decode = (key: TokenKey, text: string): Decoded => {
  const found = PlainRecord.decode(key.id, text)
  return found._tag === "Record" ? { _tag: "Record", token: Token.fromFields(found.token) } : found
}

/** The record under a key: what `encode` says of it, sealed. */
export const seal = (
  master: Uint8Array,
  place: SealedRecord.Sealed["place"],
  key: TokenKey,
  token: Token.Token
): string => SealedRecord.seal(master, place, key.id, encode(key, token))

/** `undefined` where it was not sealed with this key for this name, or was changed since. */
export const open = (master: Uint8Array, key: TokenKey, sealed: SealedRecord.Sealed): Token.Token | undefined => {
  const fields = PlainRecord.open(master, key.id, sealed)
  return fields === undefined ? undefined : Token.fromFields(fields)
}
