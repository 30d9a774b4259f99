/**
 * A token pair as plain values, as records hold it, and what its instants say. Nothing of Effect is loaded for it, so that a
 * program that only looks at what is stored starts at once. Everything else uses `Token`, which shows no secret.
 */

/** The fields of a `Token`. Both tokens are in clear: never log one. Instants are epoch milliseconds. */
export interface TokenFields {
  readonly accessToken: string
  readonly refreshToken?: string
  readonly obtainedAt: number
  readonly expiresAt?: number
  readonly chainStartedAt: number
  /** Milliseconds. */
  readonly clockDifference?: number
  readonly generation: number
  readonly principal?: string
}

/** The fields of a `TokenKey`. */
export interface KeyFields {
  readonly issuer: string
  readonly tenant: string
  readonly client: string
  readonly resource: string
  readonly principal: string
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (json: unknown): json is Fields => typeof json === "object" && json !== null

const isText = (value: unknown): value is string => typeof value === "string"

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value)

/** As far as `Date` reaches. */
const isInstant = (value: unknown): value is number => isWhole(value) && Math.abs(value) <= 8.64e15

const isAbsentOr =
  <A>(is: (value: unknown) => value is A) =>
  (value: unknown): value is A | undefined =>
    value === undefined || is(value)

const [isTextOrAbsent, isInstantOrAbsent] = [isAbsentOr(isText), isAbsentOr(isInstant)]

/**
 * The fields that a JSON value has; what it has besides is left out. `undefined` where one is missing or is none.
 *
 * @example
 * import { TokenFields } from "@mlserver-auth/core"
 *
 * const expiresAt = (record: string): number | undefined => TokenFields.decode(JSON.parse(record))?.expiresAt
 */
export const decode = (json: unknown): TokenFields | undefined => {
  if (!isFields(json)) return undefined
  const { accessToken, chainStartedAt, clockDifference, expiresAt, generation, obtainedAt, principal, refreshToken } =
    json
  if (!isText(accessToken) || !isTextOrAbsent(refreshToken) || !isTextOrAbsent(principal)) return undefined
  if (!isInstant(obtainedAt) || !isInstant(chainStartedAt) || !isWhole(generation)) return undefined
  if (!isInstantOrAbsent(expiresAt) || !isInstantOrAbsent(clockDifference)) return undefined
  return {
    accessToken,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    obtainedAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    chainStartedAt,
    ...(clockDifference === undefined ? {} : { clockDifference }),
    generation,
    ...(principal === undefined ? {} : { principal })
  }
}

/**
 * The fields of a key that a JSON value has; `undefined` where one is missing.
 *
 * @example
 * import { TokenFields } from "@mlserver-auth/core"
 *
 * const ownerOf = (record: string): string | undefined => TokenFields.decodeKey(JSON.parse(record).key)?.principal
 */
export const decodeKey = (json: unknown): KeyFields | undefined => {
  if (!isFields(json)) return undefined
  const { client, issuer, principal, resource, tenant } = json
  return isText(issuer) && isText(tenant) && isText(client) && isText(resource) && isText(principal)
    ? { issuer, tenant, client, resource, principal }
    : undefined
}

/** The same for equal keys and different for different ones; see `TokenKey.id`. */
export const idOf = ({ client, issuer, principal, resource, tenant }: KeyFields): string =>
  JSON.stringify([issuer, tenant, client, resource, principal])

/** How far the clocks of machines that share a store may differ, in milliseconds. */
const AHEAD = 60_000

/** See `Token.tellableFrom`. Epoch milliseconds; `hasRefreshToken`: whether the token can be renewed. */
export const tellableFrom = (
  { expiresAt, obtainedAt }: Pick<TokenFields, "obtainedAt"> & { readonly expiresAt?: number | undefined },
  hasRefreshToken: boolean
): number => (expiresAt === undefined || !hasRefreshToken ? -Infinity : obtainedAt - AHEAD)

/** The value of the Authorization header (RFC 6750 2.1). */
export const authorization = (accessToken: string): string => `Bearer ${accessToken}`

/** The version of a record in clear, and of what is inside a seal. */
const VERSION = 1

/** The record of a token, in clear, as one line of JSON. See `Token.toFields`. */
export const toRecord = (key: KeyFields, token: TokenFields): string => {
  const { client, issuer, principal, resource, tenant } = key
  return JSON.stringify({ version: VERSION, key: { issuer, tenant, client, resource, principal }, token })
}

/**
 * The token in a record in clear, parsed; `undefined` where the record is not ours, or belongs to another key. `id`: `idOf` the key.
 *
 * @example
 * import { ServerAddress, TokenFields } from "@mlserver-auth/core"
 *
 * // The Authorization header of a stored token, if it is good at `now`: without Effect, for programs that must start fast.
 * const headerOf = (record: string, now: number): string | undefined => {
 *   const key = ServerAddress.keyOf({ base: "https://mlserver.contoso.com:12800" }, "ada")
 *   const token = TokenFields.fromRecord(TokenFields.idOf(key), JSON.parse(record))
 *   if (token === undefined || now >= (token.expiresAt ?? Infinity)) return undefined
 *   const isTellable = now >= TokenFields.tellableFrom(token, token.refreshToken !== undefined)
 *   return isTellable ? TokenFields.authorization(token.accessToken) : undefined
 * }
 */
export const fromRecord = (id: string, json: unknown): TokenFields | undefined => {
  if (!isFields(json) || json["version"] !== VERSION) return undefined
  const key = decodeKey(json["key"])
  return key !== undefined && idOf(key) === id ? decode(json["token"]) : undefined
}

/**
 * The version that a record names, whatever else it is; `undefined` where it names none.
 *
 * @example
 * import { TokenFields } from "@mlserver-auth/core"
 *
 * const isOfANewerProgram = (json: unknown): boolean => (TokenFields.versionOf(json) ?? 0) > 1
 */
export const versionOf = (json: unknown): number | undefined =>
  isFields(json) && isWhole(json["version"]) ? json["version"] : undefined
