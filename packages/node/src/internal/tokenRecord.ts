/** What a token looks like in a file. */
import { Token } from "@mlserver-auth/core/Token"
import { TokenKey } from "@mlserver-auth/core/TokenKey"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"

/** The version this program writes. A change that an older program would misread needs the next number. */
const VERSION = 1

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
  | { readonly _tag: "Newer" }
  | { readonly _tag: "Corrupt" }

export const decode = (key: TokenKey, text: string): Decoded => {
  const json = parse(text)
  const version = decodeVersion(json)
  if (Either.isRight(version) && version.right.version > VERSION) return { _tag: "Newer" }
  const record = decodeRecord(json)
  return Either.isRight(record) && Equal.equals(new TokenKey(record.right.key), key)
    ? { _tag: "Record", token: record.right.token }
    : { _tag: "Corrupt" }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
