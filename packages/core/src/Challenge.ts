/**
 * What a 401 says about itself: the `WWW-Authenticate` header (RFC 9110 11.6.1, RFC 6750 3).
 */

/** One challenge. `scheme` and the names of parameters are in lower case; both are case-insensitive. */
export interface Challenge {
  readonly scheme: string
  readonly token68: string | undefined
  readonly params: ReadonlyMap<string, string>
}

/** Longer headers are cut: no honest challenge comes near, and reading one should cost nothing. */
const LENGTH_LIMIT = 8192

const SEPARATORS = /[\t ,]*/y
const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y
const SPACES = /[\t ]+/y
const TOKEN68 = /[A-Za-z0-9\-._~+/]+=*(?=[\t ]*(?:,|$))/y
const EQUALS = /[\t ]*=[\t ]*/y
const QUOTED = /"((?:[^"\\]|\\.)*)"/sy
const UP_TO_COMMA = /[^,]*/y

/**
 * Splits the header into challenges. Several challenges may stand in one header, several headers may have been joined by
 * commas, and commas separate parameters too: a name is a parameter if `=` follows, a new scheme otherwise. What cannot
 * be read is skipped up to the next comma; a missing header gives no challenges.
 *
 * @example
 * import { Challenge } from "@mlserver-auth/core"
 *
 * const challenges = Challenge.parse('Negotiate, Bearer realm="mls", error="invalid_token"')
 * const schemes = challenges.map(({ scheme }) => scheme) // ["negotiate", "bearer"]
 * const realm = Challenge.bearer(challenges)?.params.get("realm") // "mls"
 * const error = Challenge.bearerError(challenges) // "invalid_token"
 */
export const parse = (header: string | undefined): ReadonlyArray<Challenge> => {
  const text = (header ?? "").slice(0, LENGTH_LIMIT)
  const challenges: Array<{ scheme: string; token68: string | undefined; params: Map<string, string> }> = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match !== null) at = pattern.lastIndex
    return match
  }
  while (take(SEPARATORS) !== null && at < text.length) {
    const name = take(TOKEN)?.[0].toLowerCase()
    const current = challenges.at(-1)
    if (name === undefined) {
      take(UP_TO_COMMA)
    } else if (current !== undefined && take(EQUALS) !== null) {
      const value = take(QUOTED)?.[1]?.replace(/\\(.)/gs, "$1") ?? take(TOKEN)?.[0]
      // RFC 9110 11.2: a name occurs once; a second one must not change what the first has said.
      if (value !== undefined && !current.params.has(name)) current.params.set(name, value)
    } else {
      const token68 = take(SPACES) === null ? undefined : take(TOKEN68)?.[0]
      challenges.push({ scheme: name, token68, params: new Map() })
    }
  }
  return challenges
}

/** The first Bearer challenge, if there is one. A challenge with an error comes before one without. */
export const bearer = (challenges: ReadonlyArray<Challenge>): Challenge | undefined => {
  const all = challenges.filter(({ scheme }) => scheme === "bearer")
  return all.find(({ params }) => params.has("error")) ?? all[0]
}

/**
 * The claims that the next token must be got with (Microsoft's claims challenge: `error="insufficient_claims"` and
 * base64 of an OpenID Connect claims request), as JSON; `undefined` without such a challenge, or with one that cannot be
 * read.
 *
 * @example
 * import { Challenge } from "@mlserver-auth/core"
 * import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
 *
 * // What to pass on as `claims` of the next credential.
 * const wanted = ({ headers }: HttpClientResponse.HttpClientResponse) =>
 *   Challenge.claims(Challenge.parse(headers["www-authenticate"]))
 */
export const claims = (challenges: ReadonlyArray<Challenge>): string | undefined => {
  const params = bearer(challenges)?.params
  const encoded = params?.get("claims")
  if (params?.get("error") !== "insufficient_claims" || encoded === undefined) return undefined
  const text = decodeBase64(encoded)
  return text !== undefined && isJsonObject(text) ? text : undefined
}

/** Either alphabet, with padding or without: servers write all four. */
const decodeBase64 = (encoded: string): string | undefined => {
  const bare = encoded.replace(/=+$/, "").replaceAll("-", "+").replaceAll("_", "/")
  // `atob` reads past blanks, and no server writes one.
  if (/\s/.test(bare)) return undefined
  try {
    const bytes = Uint8Array.from(atob(bare), (byte) => byte.charCodeAt(0))
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const isJsonObject = (text: string): boolean => {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === "object" && json !== null && !Array.isArray(json)
  } catch {
    return false
  }
}

/** The error code of the Bearer challenge (`invalid_token`, …), or an empty string. Control characters are dropped. */
export const bearerError = (challenges: ReadonlyArray<Challenge>): string =>
  (bearer(challenges)?.params.get("error") ?? "").replace(/\p{Cc}/gu, "").slice(0, 100)
