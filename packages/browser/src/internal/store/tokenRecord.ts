/** Records as text: a version, whose it is, and the token in clear. */
import { Token } from "@mlserver-auth/core/Token"
import type { TokenKey } from "@mlserver-auth/core/TokenKey"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"

/** Of what is written. A member that an older program would misread needs the next number. */
export const VERSION = 1

const encodeToken = Schema.encodeSync(Token)
const decodeToken = Schema.decodeUnknownEither(Token)

export const encode = (key: TokenKey, token: Token): string =>
  JSON.stringify({ version: VERSION, key: key.id, token: encodeToken(token) })

/** What a text turned out to be. `Corrupt` says nothing more: a parser's complaint would quote the secret. */
export type Decoded = { readonly _tag: "Record"; readonly token: Token } | { readonly _tag: "Newer" | "Corrupt" }

export const NEWER: Decoded = { _tag: "Newer" }
export const CORRUPT: Decoded = { _tag: "Corrupt" }

export const decode = (key: TokenKey, text: string): Decoded => {
  const json = parse(text)
  if (typeof json !== "object" || json === null) return CORRUPT
  const { key: owner, token, version } = json as { readonly [member: string]: unknown }
  if (isNewer(version)) return NEWER
  const decoded = decodeToken(token)
  return version === VERSION && owner === key.id && Either.isRight(decoded)
    ? { _tag: "Record", token: decoded.right }
    : CORRUPT
}

export const isNewer = (version: unknown): boolean => Number.isInteger(version) && Number(version) > VERSION

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
