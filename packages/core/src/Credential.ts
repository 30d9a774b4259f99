/**
 * What a user signs in with: an issuer exchanges it for a token.
 */
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { type AuthError, type CredentialRequired, ConfigurationInvalid } from "./AuthError.js"
import type { AuthorizationRequest, Redirect } from "./AuthorizationCode.js"
import type { DeviceAuthorization, Prompt } from "./DeviceAuthorization.js"

/**
 * A user of the directory (Active Directory, LDAP), the local `admin`, or a user of Azure Active Directory. Made by
 * `usernamePassword`. This is the resource owner password grant, which RFC 9700 2.4 forbids wherever there is another way: on
 * premises the server offers no other; in the cloud prefer `DeviceCode`, which also multi-factor sign-in and federation work with.
 */
export class UsernamePassword extends Data.TaggedClass("UsernamePassword")<{
  readonly username: string
  readonly password: Redacted.Redacted<string>
}> {}

/**
 * A token that another program obtained. Used as it is, never renewed; its expiry is not read from it (it is opaque). Made by
 * `accessToken`.
 */
export class AccessToken extends Data.TaggedClass("AccessToken")<{
  readonly accessToken: Redacted.Redacted<string>
}> {}

/** A sign-in by a person on another device (RFC 8628); Azure Active Directory only. Made by `deviceCode`. */
export class DeviceCode extends Data.TaggedClass("DeviceCode")<{
  /** Opened for one sign-in and closed after it. */
  readonly prompt: Effect.Effect<Prompt, CredentialRequired, Scope.Scope>
  /** A code that was issued before, to go on with. */
  readonly resume: DeviceAuthorization | undefined
  /** How many new codes are asked for by themselves when one expires. */
  readonly newCodes: number
  /** What the sign-in must satisfy, from `InteractionRequired.claims`. */
  readonly claims: string | undefined
}> {}

/** A sign-in by a person in their browser (RFC 6749 4.1); Azure Active Directory only. Made by `authorizationCode`. */
export class AuthorizationCode extends Data.TaggedClass("AuthorizationCode")<{
  /** Opened for one sign-in and closed after it. */
  readonly redirect: Effect.Effect<Redirect, AuthError, Scope.Scope>
  /** A sign-in that was begun before, to go on with: answered at most once. */
  readonly resume: AuthorizationRequest | undefined
  readonly loginHint: string | undefined
  readonly domainHint: string | undefined
  readonly ask: "none" | "login" | "select_account" | "consent" | undefined
  /** How long the person may take. */
  readonly patience: Duration.DurationInput | undefined
  /** What the sign-in must satisfy, from `InteractionRequired.claims`. */
  readonly claims: string | undefined
}> {}

/** Anything an issuer may accept. */
export type Credential = UsernamePassword | AccessToken | DeviceCode | AuthorizationCode

/**
 * Whether a person must do something: a device code, or a sign-in in the browser. Only a sign-in may use such a credential.
 *
 * @example
 * import { Credential, type Session } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 *
 * // A job at night leaves out what would wait for a person.
 * const signIn = (session: Session.Service, credential: Credential.Credential) =>
 *   Effect.unless(session.signIn(credential), () => Credential.needsPerson(credential))
 */
export const needsPerson = (credential: Credential): credential is DeviceCode | AuthorizationCode =>
  credential._tag === "DeviceCode" || credential._tag === "AuthorizationCode"

/**
 * A user name and a password. A password that is a plain string becomes `Redacted` at once.
 *
 * @example
 * import { Credential, Session } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 *
 * const ada = Credential.usernamePassword({ username: "CONTOSO\\ada", password: "…" })
 * const job = Credential.accessToken("eyJhbGciOi…") // what another program obtained, for one run
 * const signIn = Effect.flatMap(Session.Session, (session) => session.signIn(ada))
 */
export const usernamePassword = (options: {
  readonly username: string
  readonly password: string | Redacted.Redacted<string>
}): UsernamePassword => new UsernamePassword({ username: options.username, password: redact(options.password) })

/**
 * An existing access token, without the word `Bearer`. A session uses it until the server refuses it, and cannot renew it.
 */
export const accessToken = (token: string | Redacted.Redacted<string>): AccessToken =>
  new AccessToken({ accessToken: redact(token) })

/** Options of a sign-in with a device code. */
export interface DeviceCodeOptions {
  /** Shows the code to the person: yours, or `CredentialPrompt.device`. */
  readonly prompt: Prompt | Effect.Effect<Prompt, CredentialRequired, Scope.Scope>
  /** An earlier code to go on with: see `DeviceAuthorization.decode`. */
  readonly resume?: DeviceAuthorization | undefined
  /** How many new codes are asked for without the person when one expires. Default: 0. */
  readonly newCodes?: number | undefined
  /** See `InteractionRequired.claims`. */
  readonly claims?: string | undefined
}

/**
 * A person who enters a code on another device (RFC 8628). Azure Active Directory only; on premises
 * it is `ConfigurationInvalid`.
 *
 * @example
 * import * as Console from "effect/Console"
 * import * as Effect from "effect/Effect"
 * import { Credential, Session } from "@mlserver-auth/core"
 *
 * const signIn = Effect.flatMap(Session.Session, (session) =>
 *   session.signIn(
 *     Credential.deviceCode({
 *       prompt: {
 *         show: (event) =>
 *           event._tag === "Issued" || event._tag === "Reissued"
 *             ? Console.error(`Open ${event.authorization.verificationUri}, enter ${event.authorization.userCode}`)
 *             : Effect.void
 *       }
 *     })
 *   )
 * )
 */
export const deviceCode = (options: DeviceCodeOptions): DeviceCode =>
  new DeviceCode({
    prompt: Effect.isEffect(options.prompt) ? options.prompt : Effect.succeed(options.prompt),
    resume: options.resume,
    newCodes: options.newCodes ?? 0,
    claims: options.claims
  })

/** Options of a sign-in in the browser. */
export interface AuthorizationCodeOptions {
  /** The way through the browser and back: of `@mlserver-auth/node`, `@mlserver-auth/browser`, or yours. */
  readonly redirect: Redirect | Effect.Effect<Redirect, AuthError, Scope.Scope>
  /** The request that the person has come back with, where the program that began it is gone. */
  readonly resume?: AuthorizationRequest | undefined
  /** The user name to begin with. It is part of an address, so it is seen. */
  readonly loginHint?: string | undefined
  /** The domain whose sign-in page to go to at once (`contoso.com`), where an authority leaves that to others (Azure). */
  readonly domainHint?: string | undefined
  /**
   * What the authority asks for although it need not: the password once more, which account, the consent. Default:
   * it asks nothing of a person whom it knows. With `none` it asks nothing at all: `InteractionRequired` where it would have to.
   */
  readonly ask?: "none" | "login" | "select_account" | "consent" | undefined
  /** How long the person may take, until `CredentialRejected` `SignInExpired`. Default: 15 minutes. */
  readonly patience?: Duration.DurationInput | undefined
  /** See `InteractionRequired.claims`. */
  readonly claims?: string | undefined
}

/**
 * A person who signs in at the authority's page in their browser, with whatever that asks for: second factors, other
 * directories, devices that the tenant manages.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { Credential, Session } from "@mlserver-auth/core"
 * import { LoopbackRedirect } from "@mlserver-auth/node"
 *
 * const signIn = Effect.flatMap(Session.Session, (session) =>
 *   session.signIn(Credential.authorizationCode({ redirect: LoopbackRedirect.make() }))
 * )
 */
export const authorizationCode = (options: AuthorizationCodeOptions): AuthorizationCode =>
  new AuthorizationCode({
    redirect: Effect.isEffect(options.redirect) ? options.redirect : Effect.succeed(options.redirect),
    resume: options.resume,
    loginHint: options.loginHint,
    domainHint: options.domainHint,
    ask: options.ask,
    patience: options.patience,
    claims: options.claims
  })

const redact = (secret: string | Redacted.Redacted<string>) =>
  typeof secret === "string" ? Redacted.make(secret) : secret

/** Longest user name accepted, in UTF-16 units; a directory's longest (UPN) is 1024. */
const USERNAME_LIMIT = 1024
/** Longest password accepted, in bytes of UTF-8; Active Directory's longest is 256 characters. */
const PASSWORD_LIMIT = 4096
/** Longest access token accepted, in characters; web servers refuse headers far below this. */
const TOKEN_LIMIT = 65_536

/** Unicode category Cc: the C0 and C1 controls, among them NUL, CR and LF. */
const CONTROLS = /\p{Cc}/u

/** RFC 6750 2.1: `b64token`, the only form in which a token fits the Authorization header. */
const B64TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/

/** Why a string cannot be an access token, or `undefined` if it can. Never quotes it. */
export const accessTokenProblem = (token: string): string | undefined =>
  token === ""
    ? "empty"
    : token.length > TOKEN_LIMIT
      ? `longer than ${TOKEN_LIMIT} characters`
      : B64TOKEN.test(token)
        ? undefined
        : "holds characters that no bearer token may hold (RFC 6750 2.1)"

/**
 * Checks a credential before anything is sent. Fails with `ConfigurationInvalid`, naming `username`, `password` or
 * `accessToken`, and never quoting it. A user name has at most 1024 UTF-16 units, a password 4096 bytes of UTF-8, a token 65,536
 * characters.
 *
 * @example
 * import { Credential } from "@mlserver-auth/core"
 * import * as Either from "effect/Either"
 *
 * const checked = Credential.validate(Credential.usernamePassword({ username: "ada", password: "" }))
 * const told = Either.mapLeft(checked, ({ problem, setting }) => `${setting}: ${problem}`) // left("password: empty")
 * const problem = Credential.accessTokenProblem("Bearer eyJhbGciOi") // "holds characters that no bearer token may hold …"
 */
export const validate = (credential: Credential): Either.Either<Credential, ConfigurationInvalid> => {
  if (needsPerson(credential)) return Either.right(credential)
  if (credential._tag === "AccessToken") {
    const problem = accessTokenProblem(Redacted.value(credential.accessToken))
    if (problem === undefined) return Either.right(credential)
    return refuse("accessToken", problem, "Pass the token alone: no `Bearer`, no quotes, no line break.")
  }
  const { username } = credential
  if (username.trim() === "") return refuse("username", "empty", "Name the user: DOMAIN\\user, user@domain, or admin.")
  if (username.length > USERNAME_LIMIT) {
    return refuse("username", `longer than ${USERNAME_LIMIT} characters`, "Is this really the user name?")
  }
  if (CONTROLS.test(username)) {
    return refuse("username", "holds control characters (line break, NUL, …)", "Type it again, without them.")
  }
  const password = Redacted.value(credential.password)
  if (password === "")
    return refuse("password", "empty", "Give the user's password: no directory accepts an empty one.")
  const bytes = new TextEncoder().encode(password).length
  if (bytes > PASSWORD_LIMIT) {
    return refuse("password", `${bytes} bytes long; ${PASSWORD_LIMIT} is the limit`, "Was a file passed by mistake?")
  }
  return Either.right(credential)
}

const refuse = (setting: string, problem: string, fix: string) =>
  Either.left(new ConfigurationInvalid({ setting, problem, fix }))
