/**
 * What is presented to an issuer in exchange for a token.
 */
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { ConfigurationInvalid } from "./AuthError.js"

/**
 * A user of the directory (Active Directory, LDAP), or the local `admin`. This is the resource owner password grant,
 * which RFC 9700 2.4 advises against wherever there is another way; on premises the server offers no other.
 */
export class UsernamePassword extends Data.TaggedClass("UsernamePassword")<{
  readonly username: string
  readonly password: Redacted.Redacted<string>
}> {}

/** A token that somebody else obtained. Used as it is, never renewed; its expiry is not read from it (it is opaque). */
export class AccessToken extends Data.TaggedClass("AccessToken")<{
  readonly accessToken: Redacted.Redacted<string>
}> {}

/** Anything an issuer may accept. */
export type Credential = UsernamePassword | AccessToken

/** A user name and password; a plain string password is wrapped at once. */
export const usernamePassword = (options: {
  readonly username: string
  readonly password: string | Redacted.Redacted<string>
}): UsernamePassword => new UsernamePassword({ username: options.username, password: redact(options.password) })

/** An existing access token, without the word `Bearer`. */
export const accessToken = (token: string | Redacted.Redacted<string>): AccessToken =>
  new AccessToken({ accessToken: redact(token) })

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
 * `accessToken`, and never quoting it.
 */
export const validate = (credential: Credential): Either.Either<Credential, ConfigurationInvalid> => {
  if (credential._tag === "AccessToken") {
    const problem = accessTokenProblem(Redacted.value(credential.accessToken))
    return problem === undefined
      ? Either.right(credential)
      : refuse("accessToken", problem, "Pass the token alone: no `Bearer`, no quotes, no line break.")
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
    return refuse("password", "empty", "Give the user's password; a directory accepts none that is empty.")
  const bytes = new TextEncoder().encode(password).length
  if (bytes > PASSWORD_LIMIT) {
    return refuse("password", `${bytes} bytes long; ${PASSWORD_LIMIT} is the limit`, "Was a file passed by mistake?")
  }
  return Either.right(credential)
}

const refuse = (setting: string, problem: string, fix: string) =>
  Either.left(new ConfigurationInvalid({ setting, problem, fix }))
