/** The token pair on the wire, and what can be wrong with it. Problems name fields, never their values. */
import * as Either from "effect/Either"
import type * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { accessTokenProblem } from "../../Credential.js"
import type { Received } from "../../Token.js"
import { type Answer, isSuccess } from "./exchange.js"

/** A number, or the same in digits: the examples send one, the descriptions promise the other. */
const Seconds = Schema.Union(
  Schema.JsonNumber,
  Schema.compose(Schema.String.pipe(Schema.pattern(/^\d{1,12}$/)), Schema.NumberFromString)
)

const Pair = Schema.Struct({
  access_token: Schema.String,
  token_type: Schema.optional(Schema.NullOr(Schema.String)),
  refresh_token: Schema.optional(Schema.NullOr(Schema.String)),
  expires_in: Schema.optional(Schema.NullOr(Seconds)),
  expires_on: Schema.optional(Schema.NullOr(Seconds))
})

const decodePair = Schema.decodeUnknownEither(Pair)

/** RFC 6749 A.17: visible ASCII and spaces; as long as an access token may be. */
const REFRESH_TOKEN = /^[ -~]{1,65536}$/

/** No issuer gives a token for longer; a larger number is a mistake of units. */
const LIFE_LIMIT = 10 * 365 * 86_400

/** The pair that an answer holds, or what is wrong with it. */
export const decode = (answer: Answer): Received | string => {
  const json = parse(answer.body)
  if (json === undefined) return oddity(answer)
  const decoded = decodePair(json)
  if (Either.isLeft(decoded)) return `fields are missing or of the wrong kind: ${fields(decoded.left)}`
  const pair = decoded.right
  // RFC 6749 7.1: a token of a type that is not understood must not be used.
  if (pair.token_type && pair.token_type.toLowerCase() !== "bearer") return "token_type is not Bearer"
  const problem = accessTokenProblem(pair.access_token)
  if (problem !== undefined) return `access_token is unusable: ${problem}`
  if (pair.refresh_token && !REFRESH_TOKEN.test(pair.refresh_token)) {
    return "refresh_token is unusable: too long, or it holds characters that none may hold"
  }
  const life = lifetime(answer, pair.expires_in ?? undefined, pair.expires_on ?? undefined)
  if (typeof life === "string") return life
  return {
    accessToken: Redacted.make(pair.access_token),
    refreshToken: pair.refresh_token ? Redacted.make(pair.refresh_token) : undefined,
    obtainedAt: answer.receivedAt,
    expiresAt: life === undefined ? undefined : answer.receivedAt + Math.round(life * 1000),
    clockDifference: answer.clockDifference
  }
}

/** In milliseconds. A larger difference means that one of the two clocks was never set; it does not say which one. */
const BELIEVED_DIFFERENCE = 86_400_000

/**
 * Seconds from now to the end of the access token. `expires_in` needs no clock. `expires_on` is an instant of the
 * server's clock, which only its `Date` header ties to ours; without one a moment that has passed for us says nothing.
 * Where that header is further from our clock than can be believed, the token lives as long as the stricter of both says.
 */
const lifetime = (
  answer: Answer,
  expiresIn: number | undefined,
  expiresOn: number | undefined
): number | undefined | string => {
  if (expiresIn !== undefined) return plausible(expiresIn) ? expiresIn : "expires_in is absurd"
  if (expiresOn === undefined) return undefined
  const ours = expiresOn - answer.receivedAt / 1000
  if (answer.clockDifference === undefined) return ours > 0 ? sane(ours) : undefined
  const theirs = ours - answer.clockDifference / 1000
  const doubtful = Math.abs(answer.clockDifference) > BELIEVED_DIFFERENCE
  return sane(doubtful && plausible(ours) ? Math.min(ours, theirs > 0 ? theirs : ours) : theirs)
}

const sane = (life: number): number | string => (plausible(life) ? life : "expires_on is absurd")

const plausible = (seconds: number): boolean => seconds > 0 && seconds <= LIFE_LIMIT

/** JSON, or `undefined`. */
export const parse = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** Names only. Effect's formatters put values into words, which shows them, and overflows the stack for deep ones. */
const fields = (error: ParseResult.ParseError): string =>
  [...new Set(namesIn(error.issue))].join(", ") || "the answer is no JSON object"

const namesIn = (issue: ParseResult.ParseIssue): ReadonlyArray<string> =>
  issue._tag === "Pointer"
    ? [String(issue.path)]
    : issue._tag === "Composite"
      ? [issue.issues].flat().flatMap(namesIn)
      : []

/** Whether it is nginx's page that asks for a certificate of its clients (400). */
export const wantsClientCertificate = (body: string): boolean =>
  body.trimStart().startsWith("<") && body.includes("SSL certificate")

/** What an unexpected answer looks like, for people. */
export const oddity = (answer: Answer): string => {
  if (answer.status === 0 || (answer.status >= 300 && answer.status < 400)) {
    return "it redirects, and passwords and tokens follow no redirect"
  }
  if (answer.status === 404 || answer.status === 405) return "this path accepts no sign-ins"
  const body = answer.body.trimStart()
  if (body === "") return "the body is empty"
  if (wantsClientCertificate(body)) return "it requires a client certificate"
  if (body.startsWith("<")) return "the body is HTML, not JSON"
  return isSuccess(answer) ? "the body is not JSON" : "its API describes no such answer to this call"
}
