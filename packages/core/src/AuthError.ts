/**
 * Everything that can go wrong between a caller and Machine Learning Server, as ten tagged errors.
 *
 * Each says what happened, what to do next (`fix`, in words that hold in whatever program) and whether the same call may
 * succeed later without anybody doing anything (`retryable`). A `message` is whole: what happened, and then `fix`; who shows
 * the two apart takes `headlineOf`. None carries a token, a password, a user name, a request or
 * a response, so an error can be logged, inspected or turned into JSON as it is.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { AuthHttpClient } from "@mlserver-auth/core"
 *
 * const services = Effect.flatMap(AuthHttpClient.AuthHttpClient, (http) => http.get("/services")).pipe(
 *   Effect.catchTags({
 *     SessionExpired: (error) => Effect.fail(`please sign in again: ${error.fix}`),
 *     ServerUnavailable: (error) => Effect.fail(`try later: ${error.message}`)
 *   })
 * )
 */
import type * as ConfigError from "effect/ConfigError"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { Diagnosis, trail } from "./Diagnosis.js"
import * as Words from "./internal/refusal.js"
import { Refusal } from "./internal/refusal.js"

/** What was being done with the issuer when it failed. */
export const Operation = Schema.Literal("sign-in", "renewal", "revocation", "verification")
/** What was being done with the issuer when it failed. */
export type Operation = typeof Operation.Type

/**
 * A setting or an input cannot be used as it is: a bad URL, http off loopback, an empty password, a control
 * character in a user name. Nothing was sent, or (with a `diagnosis`) the authority knows no such application.
 */
export class ConfigurationInvalid extends Schema.TaggedError<ConfigurationInvalid>()("ConfigurationInvalid", {
  /** The option that is wrong, as the caller spells it: `server`, `username`, `password`, … */
  setting: Schema.String,
  problem: Schema.String,
  fix: Schema.String,
  diagnosis: Schema.optional(Diagnosis)
}) {
  override get message(): string {
    return `${this.setting}: ${this.problem}${trail(this.diagnosis)}. ${this.fix}`
  }
  get retryable(): boolean {
    return false
  }
}

/** Settings that could not be read, all of them at once; names and kinds only, since a value may be a secret. */
export const fromConfigError = (error: ConfigError.ConfigError): ConfigurationInvalid => {
  const kinds = { MissingData: "missing", InvalidData: "unreadable", Unsupported: "unsupported" } as const
  const named = (at: ConfigError.ConfigError): ReadonlyArray<string> => {
    if (at._op === "And" || at._op === "Or") return [...named(at.left), ...named(at.right)]
    if (at._op === "SourceUnavailable") return ["the source of the settings cannot be reached"]
    return [`${at.path.join("_")} (${kinds[at._op]})`]
  }
  return new ConfigurationInvalid({
    setting: "configuration",
    problem: [...new Set(named(error))].join(", "),
    fix: "Set what is named, for example in the environment."
  })
}

/** There is no token, and no credential to get one with unless a person gives it. */
export class CredentialRequired extends Schema.TaggedError<CredentialRequired>()("CredentialRequired", {
  /** `WindowBlocked`: the browser did not let the page open a window for the sign-in. */
  reason: Schema.Literal("NotSignedIn", "SignedOut", "NotInteractive", "Cancelled", "WindowBlocked"),
  /** What could not be had, and how to pass it instead; empty where `reason` says it all. */
  detail: Schema.String
}) {
  override get message(): string {
    const what = {
      NotSignedIn: "Not signed in",
      SignedOut: "Signed out",
      NotInteractive: "A credential is needed, and there is no person to ask",
      Cancelled: "The sign-in was cancelled",
      WindowBlocked: "The browser blocked the window for the sign-in"
    }[this.reason]
    return this.detail === "" ? `${what}. ${this.fix}` : `${what}: ${this.detail}. ${this.fix}`
  }
  get fix(): string {
    if (this.reason === "WindowBlocked") {
      return "Allow windows for this page and begin with a click, or use a redirect."
    }
    return this.reason === "NotInteractive" ? "Pass the credential without a prompt." : "Sign in."
  }
  get retryable(): boolean {
    return false
  }
}

/** Why an issuer lets a person not in, or not yet: see `Refusal` of Azure's and the server's own answers. */
export { Refusal }

/**
 * The issuer looked at the credential and refused it. It is never sent again by itself: accounts lock.
 * `HTTP/1.1 401` from `POST /login`; `invalid_grant` and its kin from an authority (RFC 6749 5.2, RFC 8628 3.5).
 */
export class CredentialRejected extends Schema.TaggedError<CredentialRejected>()("CredentialRejected", {
  /**
   * `NotSentAgain`: an identical credential was refused before, so this one was not tried. `SignIn…`: of a sign-in in the
   * browser. `AnswerForeign`: what the browser came back with belongs to no sign-in of ours; nothing was sent.
   */
  reason: Schema.Literal(...Refusal.literals, ...Words.REJECTIONS),
  server: Schema.String,
  diagnosis: Schema.optional(Diagnosis)
}) {
  override get message(): string {
    return `${this.#words.says}${trail(this.diagnosis)}. ${this.fix}`
  }
  get fix(): string {
    return this.#words.fix
  }
  get retryable(): boolean {
    return false
  }
  get #words(): Words.Words {
    return Words.rejectionOf(this.reason, this.server, this.diagnosis)
  }
}

/**
 * The issuer wants a person before it renews: multi-factor sign-in, consent, a new password. The session is kept as it
 * was, and its token is served for as long as it lives. `interaction_required` and its kin (RFC 6749 5.2 and Azure's),
 * also where a sign-in in the browser was answered so.
 */
export class InteractionRequired extends Schema.TaggedError<InteractionRequired>()("InteractionRequired", {
  reason: Refusal,
  server: Schema.String,
  /** What the sign-in must satisfy (OpenID Connect Core 5.5): pass it on as `claims` of the credential. */
  claims: Schema.optional(Schema.String),
  diagnosis: Schema.optional(Diagnosis)
}) {
  override get message(): string {
    const { says } = Words.wordsOf(this.reason, this.diagnosis)
    return `${this.server} wants a person to sign in before it goes on: ${says}${trail(this.diagnosis)}. ${this.fix}`
  }
  get fix(): string {
    return Words.wordsOf(this.reason, this.diagnosis).fix
  }
  get retryable(): boolean {
    return false
  }
}

/**
 * The session is over by proof: the server refused its refresh token, or there is nothing to renew it with.
 * `HTTP/1.1 401` from `POST /login/refreshToken`.
 */
export class SessionExpired extends Schema.TaggedError<SessionExpired>()("SessionExpired", {
  reason: Schema.Literal("Refused", "Idle", "ChainEnded", "LostAnswer", "NotRenewable"),
  server: Schema.String,
  diagnosis: Schema.optional(Diagnosis)
}) {
  override get message(): string {
    const what = {
      Refused: `${this.server} no longer accepts this session: ${this.diagnosis?.says ?? "it was revoked, or renewed by another program"}`,
      Idle: `The session with ${this.server} was not used for too long and has ended`,
      ChainEnded: `The session with ${this.server} has reached its full age and cannot be renewed any longer`,
      LostAnswer: `The session with ${this.server} was renewed, the answer was lost, and the old refresh token no longer works`,
      NotRenewable: `${this.server} no longer accepts this access token, and it came without a refresh token`
    }[this.reason]
    return `${what}${trail(this.diagnosis)}. ${this.fix}`
  }
  get fix(): string {
    return this.reason === "NotRenewable" ? "Get a new access token, or sign in." : Words.AGAIN
  }
  get retryable(): boolean {
    return false
  }
}

/** An API call was answered 401 and the policy let it end there. `HTTP/1.1 401` from any call but `/login`. */
export class RequestUnauthorized extends Schema.TaggedError<RequestUnauthorized>()("RequestUnauthorized", {
  /**
   * `NotReplayable`: the token was renewed, but the body of this request could be sent only once. `RenewedInVain`: a renewal
   * for this address did not help a moment ago, so none was made now.
   */
  reason: Schema.Literal("RejectedTwice", "NotReplayable", "RenewedInVain", "Refused"),
  method: Schema.String,
  /** Origin and path of the request, without its query. */
  url: Schema.String,
  /** The `error` code of the server's challenge (RFC 6750 3.1), or an empty string. */
  challenge: Schema.String
}) {
  override get message(): string {
    const what = {
      RejectedTwice: "was answered 401, also with a renewed token",
      NotReplayable: "was answered 401; the token is renewed now, but the body of this request can be sent only once",
      RenewedInVain: "was answered 401 again, shortly after a renewed token did not help; it was not renewed once more",
      Refused: "was answered 401"
    }[this.reason]
    const code = this.challenge === "" ? "" : ` (${this.challenge})`
    return `${this.method} ${this.url} ${what}${code}. ${this.fix}`
  }
  get fix(): string {
    const twice =
      "If the server runs behind a load balancer, its web nodes must share one JWT signing certificate; else the sign-in may have lost its rights."
    return {
      RejectedTwice: twice,
      RenewedInVain: twice,
      NotReplayable: "Send the request again with a fresh body.",
      Refused: "The challenge says that a new token would not help; check the request and the user's rights."
    }[this.reason]
  }
  get retryable(): boolean {
    return this.reason === "NotReplayable"
  }
}

/** The issuer could not be reached or could not answer now. The session is kept as it was. */
export class ServerUnavailable extends Schema.TaggedError<ServerUnavailable>()("ServerUnavailable", {
  operation: Operation,
  server: Schema.String,
  reason: Schema.Literal("Transport", "Timeout", "Status"),
  /** The answer's HTTP status, where there was one. */
  status: Schema.optional(Schema.Number),
  /** The transport's code, where it named one: `ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED`, … */
  code: Schema.optional(Schema.String),
  /** How long the server asked to be left alone, in milliseconds (RFC 9110 10.2.3). */
  retryAfter: Schema.optional(Schema.Number),
  diagnosis: Schema.optional(Diagnosis)
}) {
  override get message(): string {
    const what = {
      Transport: `could not be reached${this.code === undefined ? "" : ` (${this.code})`}`,
      Timeout: "did not answer in time",
      Status: `answered ${this.status}`
    }[this.reason]
    return `${this.operation}: ${this.server} ${what}${trail(this.diagnosis)}. ${this.fix}`
  }
  get fix(): string {
    if (this.code !== undefined && /CERTIFICATE_REQUIRED|ALERT_HANDSHAKE_FAILURE/.test(this.code)) {
      return "The server seems to want a certificate of its clients, and this one has none: ask for an address without."
    }
    if (this.code !== undefined && /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|TLS|SSL/.test(this.code)) {
      return "Its certificate is not trusted here: name the authority's certificate (`caFile`, or NODE_EXTRA_CA_CERTS)."
    }
    const wait = this.retryAfter === undefined ? "" : ` in ${Math.ceil(this.retryAfter / 1000)} s`
    return `Nothing was lost. Check address, network and proxy, and try again${wait}.`
  }
  get retryable(): boolean {
    return true
  }
}

/**
 * A renewal was sent and its answer lost, or was a 5xx, which a gateway gives too while the server behind it goes on: the
 * server may have replaced the pair already. The old pair is kept, since only the server's refusal is proof; the next call
 * finds out.
 */
export class RenewalUncertain extends Schema.TaggedError<RenewalUncertain>()("RenewalUncertain", {
  server: Schema.String,
  reason: Schema.Literal("Transport", "Timeout", "Status", "InvalidResponse", "Interrupted"),
  status: Schema.optional(Schema.Number),
  code: Schema.optional(Schema.String),
  /** How long the answer asked to be left alone, in milliseconds (RFC 9110 10.2.3). */
  retryAfter: Schema.optional(Schema.Number)
}) {
  override get message(): string {
    const why = {
      Transport: `the connection broke${this.code === undefined ? "" : ` (${this.code})`}`,
      Timeout: "no answer came in time",
      Status: `the answer was ${this.status}, which a gateway gives too`,
      InvalidResponse: "the answer could not be read",
      Interrupted: "the program was shut down"
    }[this.reason]
    return `A renewal was sent to ${this.server} and ${why}: the server may have replaced the session's tokens. ${this.fix}`
  }
  get fix(): string {
    const when = this.retryAfter === undefined ? "" : ` in ${Math.ceil(this.retryAfter / 1000)} s`
    return `The next call${when} tries again; if that is refused, sign in again.`
  }
  get retryable(): boolean {
    return true
  }
}

/** The answer is not one that such an issuer gives: HTML, a redirect, missing fields, absurd values, too large. */
export class InvalidResponse extends Schema.TaggedError<InvalidResponse>()("InvalidResponse", {
  operation: Operation,
  server: Schema.String,
  status: Schema.Number,
  /** What was wrong; names fields, never their values. */
  problem: Schema.String,
  /** Who should have answered; Machine Learning Server unless it says otherwise. */
  from: Schema.optional(Schema.Literal("authority"))
}) {
  override get message(): string {
    return `${this.operation}: ${this.server} answered ${this.status}, but ${this.problem}. ${this.fix}`
  }
  get fix(): string {
    if (this.from === "authority") {
      return "Are `authuri` and `tenant` those of Azure Active Directory, and is there a proxy or a log-in page in between?"
    }
    return "Is this the address of a Machine Learning Server web node (usually port 12800), and is the login path right (`/login`)?"
  }
  get retryable(): boolean {
    return false
  }
}

/** The token store could not be read, written or locked. Tokens in memory go on working. */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  operation: Schema.Literal("read", "write", "remove", "lock"),
  problem: Schema.String,
  fix: Schema.String,
  retryable: Schema.Boolean,
  /** `Held`: by another program. `Full`: no room on the disk. Absent for everything else. */
  reason: Schema.optionalWith(Schema.Literal("Held", "Full"), { exact: true })
}) {
  override get message(): string {
    return `token store, ${this.operation}: ${this.problem}. ${this.fix}`
  }
}

/** Every error of this library. */
export type AuthError =
  | ConfigurationInvalid
  | CredentialRequired
  | CredentialRejected
  | InteractionRequired
  | SessionExpired
  | RequestUnauthorized
  | ServerUnavailable
  | RenewalUncertain
  | InvalidResponse
  | StoreUnavailable

const tags: ReadonlySet<string> = new Set<AuthError["_tag"]>([
  "ConfigurationInvalid",
  "CredentialRequired",
  "CredentialRejected",
  "InteractionRequired",
  "SessionExpired",
  "RequestUnauthorized",
  "ServerUnavailable",
  "RenewalUncertain",
  "InvalidResponse",
  "StoreUnavailable"
])

/**
 * The sign-in that is the next step: `SignIn` the same way as before, `SignInInteractively` with a device code or in the
 * browser, since a password alone will not do.
 */
export type Remedy = "SignIn" | "SignInInteractively"

/**
 * The sign-in that helps, for a program that offers it: a button in an application, a command in a terminal. `undefined` where
 * none does, or where something else comes first; `fix` says what.
 */
export const remedyOf = (error: AuthError): Remedy | undefined => {
  switch (error._tag) {
    case "CredentialRequired":
      return error.reason === "NotInteractive" || error.reason === "WindowBlocked" ? undefined : "SignIn"
    case "SessionExpired":
      return "SignIn"
    case "InteractionRequired":
      return "SignInInteractively"
    case "CredentialRejected":
      return Words.isInteractive(error.fix) ? "SignInInteractively" : Words.isAgain(error.fix) ? "SignIn" : undefined
    default:
      return undefined
  }
}

/** What happened, without the advice that a `message` ends with, and without a full stop: to be shown above `fix`. */
export const headlineOf = ({ fix, message }: AuthError): string =>
  (message.endsWith(fix) ? message.slice(0, -fix.length) : message).replace(/[\s.]+$/, "")

/** Where an error is explained: on the page of errors, by its tag. */
export const docsOf = ({ _tag }: { readonly _tag: string }): string =>
  `https://github.com/mlserver-auth/mlserver-auth/blob/main/docs/errors.md#${_tag.toLowerCase()}`

/** Whether a value is one of this library's errors; also across two copies of the library in one program. */
export const isAuthError = (u: unknown): u is AuthError =>
  Predicate.hasProperty(u, "_tag") && Predicate.isString(u._tag) && tags.has(u._tag) && Predicate.hasProperty(u, "fix")
