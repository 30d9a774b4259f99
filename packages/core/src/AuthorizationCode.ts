/**
 * A sign-in in the person's own browser: the authorization code grant with PKCE (RFC 6749 4.1, RFC 7636; for programs RFC
 * 8252). Here is what is sent out with the person and what must come back with them.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { type AuthError, ConfigurationInvalid } from "./AuthError.js"
import { spent } from "./internal/spent.js"
import { isLoopback } from "./ServerEndpoint.js"

/**
 * A sign-in that has begun and is not answered yet. The address is made to be shown; the verifier is a secret, and encoding
 * with this schema writes it in clear: for a place that outlives the page (the tab's own storage) and no other.
 *
 * @example
 * import { AuthorizationCode } from "@mlserver-auth/core"
 * import * as Schema from "effect/Schema"
 *
 * const Kept = Schema.parseJson(AuthorizationCode.AuthorizationRequest)
 * const keep = (request: AuthorizationCode.AuthorizationRequest) =>
 *   sessionStorage.setItem("sign-in", Schema.encodeSync(Kept)(request))
 * const find = () => Schema.decodeUnknownOption(Kept)(sessionStorage.getItem("sign-in"))
 */
export class AuthorizationRequest extends Schema.Class<AuthorizationRequest>(
  "@mlserver-auth/core/AuthorizationRequest"
)({
  /** Where the person goes. */
  url: Schema.String,
  /** Where the authority sends them back to. */
  redirectUri: Schema.String,
  /** Where in that address the answer is: after `?` or after `#`. */
  responseMode: Schema.Literal("query", "fragment"),
  /** Comes back with the answer, and ties it to this sign-in. */
  state: Schema.String,
  /** Comes back in the ID token. */
  nonce: Schema.String,
  /** Proves that who redeems the code is who asked for it (RFC 7636). */
  verifier: Schema.Redacted(Schema.String),
  /**
   * After this nothing is accepted any more; epoch milliseconds. Where a page was loaded again meanwhile, a day more: its clock may
   * have been set.
   */
  expiresAt: Schema.Number.pipe(Schema.int())
}) {}

/**
 * A way through the person's browser and back: a loopback port, a window, the page itself. Opened for one sign-in and
 * closed with it.
 */
export interface Redirect {
  /** Must be registered for the application: https, or http on this machine. */
  readonly redirectUri: string
  readonly responseMode: AuthorizationRequest["responseMode"]
  /**
   * Sends the person to `request.url` and succeeds with the address they came back to, as it is: it holds the code. What
   * does not belong to the request (see `isAnswerTo`) is for the redirect to leave alone where another program or page could have sent
   * it. Fails with `CredentialRequired` if the person left.
   */
  readonly visit: (request: AuthorizationRequest) => Effect.Effect<Redacted.Redacted<string>, AuthError>
}

/** The address at which an authority lets people sign in, and the parameters that it requires. */
export interface Target {
  /** The authorization endpoint. */
  readonly endpoint: string
  /** Everything but what `begin` adds; what is `undefined` is left out. */
  readonly parameters: Readonly<Record<string, string | undefined>>
}

/**
 * How long a person may take where nothing else is said: 15 minutes.
 *
 * @example
 * import { AuthorizationCode } from "@mlserver-auth/core"
 * import * as Duration from "effect/Duration"
 *
 * const notice = `Please sign in within ${Duration.format(AuthorizationCode.DEFAULT_TIMEOUT)}.` // "Please sign in within 15m."
 */
export const DEFAULT_TIMEOUT: Duration.Duration = Duration.minutes(15)

/**
 * Begins a sign-in: a new state, nonce and verifier of 256 random bits each, and the address with the verifier's S256
 * challenge. Nothing is sent. `ConfigurationInvalid` for a redirect address that no answer may be sent to, or where the
 * page is no secure context.
 *
 * `Session.signIn` does all this by itself for a `Credential.authorizationCode`; this is for other issuers.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { AuthorizationCode } from "@mlserver-auth/core"
 *
 * const address = AuthorizationCode.begin(
 *   {
 *     endpoint: "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/authorize",
 *     parameters: { client_id: "00000000-0000-0000-0000-000000000000", scope: "openid" }
 *   },
 *   { redirectUri: "http://127.0.0.1:49152/", responseMode: "query" }
 * ).pipe(Effect.map(({ url }) => url))
 */
export const begin = (
  { endpoint, parameters }: Target,
  { redirectUri, responseMode }: Pick<Redirect, "redirectUri" | "responseMode">,
  patience: Duration.DurationInput = DEFAULT_TIMEOUT
): Effect.Effect<AuthorizationRequest, ConfigurationInvalid> =>
  Effect.gen(function* () {
    const problem = redirectProblem(redirectUri)
    if (problem !== undefined) return yield* invalid(problem, "Use https, or http on 127.0.0.1, and register it.")
    const [state, nonce, verifier] = [random(), random(), random()]
    const url = new URL(endpoint)
    const sent = {
      ...parameters,
      response_type: "code",
      response_mode: responseMode,
      redirect_uri: redirectUri,
      state,
      nonce,
      code_challenge: yield* challengeOf(verifier),
      code_challenge_method: "S256"
    }
    for (const [name, value] of Object.entries(sent)) if (value !== undefined) url.searchParams.set(name, value)
    const expiresAt = (yield* Clock.currentTimeMillis) + Math.round(Duration.toMillis(patience))
    const request = { url: url.href, redirectUri, responseMode, state, nonce, expiresAt }
    return new AuthorizationRequest({ ...request, verifier: Redacted.make(verifier) })
  })

const invalid = (problem: string, fix: string) => new ConfigurationInvalid({ setting: "redirectUri", problem, fix })

/** RFC 6749 3.1.2: absolute, without a fragment; and codes cross no network in clear. */
const redirectProblem = (redirectUri: string): string | undefined => {
  const url = URL.canParse(redirectUri) ? new URL(redirectUri) : undefined
  if (url === undefined) return "not a URL"
  if (url.username !== "" || url.password !== "") return "holds a user name or a password"
  if (url.hash !== "" || redirectUri.includes("#")) return "holds a fragment"
  const safe = url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname))
  return safe ? undefined : "neither https nor http on this machine"
}

/** 256 bits in 43 characters: what RFC 7636 4.1 wants of a verifier, and no less for the others. */
const random = (): string => Encoding.encodeBase64Url(crypto.getRandomValues(new Uint8Array(32)))

/** RFC 7636 4.2: S256, and never `plain`. */
const challengeOf = (verifier: string): Effect.Effect<string, ConfigurationInvalid> =>
  Effect.tryPromise({
    try: () => crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)),
    // The only way for it to be missing: browsers have it on https and on this machine.
    catch: () => invalid("this page came over plain http, where browsers do not encrypt", "Serve the page over https.")
  }).pipe(Effect.map((digest) => Encoding.encodeBase64Url(new Uint8Array(digest))))

/**
 * The parameters of an address that a person came back to, each once: `code`, `state`, `error`, … (RFC 6749 4.1.2).
 */
export type Parameters = ReadonlyMap<string, string>

/**
 * The parameters of an answer to this request; `undefined` for everything else: another place, another or no `state`, a
 * parameter that comes twice (RFC 6749 3.1). Constant in time, as far as the state goes.
 *
 * @example
 * import { AuthorizationCode } from "@mlserver-auth/core"
 *
 * const codeOf = (request: AuthorizationCode.AuthorizationRequest, cameBackTo: string) =>
 *   AuthorizationCode.parametersOf(request, cameBackTo)?.get("code")
 */
export const parametersOf = (request: AuthorizationRequest, callback: string): Parameters | undefined => {
  const [url, own] = [URL.canParse(callback) ? new URL(callback) : undefined, new URL(request.redirectUri)]
  if (url === undefined || url.origin !== own.origin || url.pathname !== own.pathname) return undefined
  const given = [...new URLSearchParams(request.responseMode === "query" ? url.search : url.hash.slice(1))]
  const parameters = new Map(given)
  if (parameters.size !== given.length) return undefined
  return isSame(parameters.get("state") ?? "", request.state) ? parameters : undefined
}

/**
 * Whether an address is an answer to this request, whatever it says.
 *
 * @example
 * import { AuthorizationCode } from "@mlserver-auth/core"
 *
 * // A loopback port hears from every program of the machine: what is no answer does not end the wait.
 * const statusFor = (request: AuthorizationCode.AuthorizationRequest, url: string) =>
 *   AuthorizationCode.isAnswerTo(request, url) ? 200 : 404
 */
export const isAnswerTo = (request: AuthorizationRequest, callback: string): boolean =>
  parametersOf(request, callback) !== undefined

/**
 * Whether a resumed request (`Credential.authorizationCode`) was answered and its caller has the result. Do not resume it again
 * then: an answer is used at most once.
 *
 * @example
 * import { AuthorizationCode, Credential } from "@mlserver-auth/core"
 *
 * const credential = (redirect: AuthorizationCode.Redirect, kept: AuthorizationCode.AuthorizationRequest) =>
 *   Credential.authorizationCode({ redirect, resume: AuthorizationCode.isSpent(kept) ? undefined : kept })
 */
export const isSpent = (request: AuthorizationRequest): boolean => spent.has(request)

const isSame = (one: string, other: string): boolean => {
  let difference = one.length ^ other.length
  for (let at = 0; at < other.length; at++) difference |= (one.charCodeAt(at) || 0) ^ other.charCodeAt(at)
  return difference === 0
}
