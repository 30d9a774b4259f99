/** What a token looks like in a file. */
import { Token } from "@mlserver-auth/core/Token"
import { TokenKey } from "@mlserver-auth/core/TokenKey"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import * as SealedRecord from "./sealedRecord.js"

/** The version of a record in clear, and of what is inside a seal. */
const VERSION = 1
/** A change that an older program would misread needs the next number. */
const NEWEST = SealedRecord.VERSION

const Record = Schema.Struct({
  version: Schema.Literal(VERSION),
  key: Schema.Struct({
    issuer: Schema.String,
    tenant: Schema.String,
    client: Schema.String,
    resource: Schema.String,
    principal: Schema.String
  }),
  token: Token
})

const encodeRecord = Schema.encodeSync(Record)
const decodeRecord = Schema.decodeUnknownEither(Record)
const decodeVersion = Schema.decodeUnknownEither(Schema.Struct({ version: Schema.Int }))

/** The tokens in clear: for a file that only its owner can read. */
export const encode = (key: TokenKey, token: Token): string => {
  const { client, issuer, principal, resource, tenant } = key
  return JSON.stringify(encodeRecord({ version: VERSION, key: { issuer, tenant, client, resource, principal }, token }))
}

/** What a text turned out to be. `Corrupt` says nothing more: a parser's complaint would quote the secret. */
export type Decoded =
  | { readonly _tag: "Record"; readonly token: Token }
  | { readonly _tag: "Sealed"; readonly sealed: SealedRecord.Sealed }
  | { readonly _tag: "Newer" }
  | { readonly _tag: "Corrupt" }

export const decode = (key: TokenKey, text: string): Decoded => {
  const json = parse(text)
  const version = decodeVersion(json)
  if (Either.isRight(version) && version.right.version > NEWEST) return { _tag: "Newer" }
  const sealed = SealedRecord.parse(json, text)
  if (sealed !== undefined) return { _tag: "Sealed", sealed }
  const token = inClear(key, json)
  return token === undefined ? { _tag: "Corrupt" } : { _tag: "Record", token }
}

/** The record under a key: what `encode` says of it, sealed. */
export const seal = (master: Uint8Array, place: SealedRecord.Sealed["place"], key: TokenKey, token: Token): string =>
  SealedRecord.seal(master, place, key.id, encode(key, token))

/** `undefined` where it was not sealed with this key for this name, or was changed since. */
export const open = (master: Uint8Array, key: TokenKey, sealed: SealedRecord.Sealed): Token | undefined => {
  const text = SealedRecord.open(master, key.id, sealed)
  return text === undefined ? undefined : inClear(key, parse(text))
}

const inClear = (key: TokenKey, json: unknown): Token | undefined => {
  const record = decodeRecord(json)
  return Either.isRight(record) && Equal.equals(new TokenKey(record.right.key), key) ? record.right.token : undefined
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
