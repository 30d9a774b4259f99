/**
 * The library's errors in the words of a command line: exit code, and commands to type next.
 */
import { type AuthError, type InteractionRequired, remedyOf } from "@mlserver-auth/core/AuthError"
import { ExitCode } from "./ExitCode.js"
import { quoted } from "./SameCommand.js"

const SIGN_IN = "mls login"
/** What to type where a person must sign in, and a password will not do. */
export const DEVICE_CODE = "mls login --method aad-device"

const BROWSER = "mls login --method aad-browser"
/** Refusals of a sign-in that was in the browser. */
const IN_BROWSER: ReadonlySet<string> = new Set(["SignInDeclined", "SignInExpired", "SignInUnknown", "AnswerForeign"])

/** A sign-in by a method, and nothing else. */
export const METHOD = /^mls login --method (aad-device|aad-browser)$/

const INPUTS: ReadonlySet<string> = new Set(["username", "password", "accessToken"])

/** The exit code that an error of the library has. */
export const exitOf = (error: AuthError): number => {
  switch (error._tag) {
    case "ConfigurationInvalid":
      return INPUTS.has(error.setting) ? ExitCode.usage : ExitCode.configuration
    case "CredentialRequired":
      if (error.reason === "Cancelled") return ExitCode.sigint
      return error.reason === "NotInteractive" ? ExitCode.usage : ExitCode.signInRequired
    case "CredentialRejected":
    case "InteractionRequired":
      return ExitCode.signInRefused
    case "SessionExpired":
      return ExitCode.signInRequired
    case "RequestUnauthorized":
      return ExitCode.apiRefused
    case "ServerUnavailable":
    case "RenewalUncertain":
      return ExitCode.unreachable
    case "InvalidResponse":
      return ExitCode.configuration
    case "StoreUnavailable":
      return error.reason === "Held" ? ExitCode.locked : ExitCode.configuration
  }
}

/** The last sentence, where it is the sign-in that a command takes the place of. */
const SENTENCE = /(?:^| )Sign in(?: again(?: for a new code)?| with a device code or in the browser)\.$/

/** What the library calls by the names that it has in code, as options. */
const asOptions = (fix: string): string =>
  fix
    .replace(/`(authuri|tenant|clientid|resource)`/g, "`--$1`")
    .replace('Use `wire: "v2"` with a v2 authority, or "v1".', "Say `--wire v2` for a v2 authority, else `--wire v1`.")
    .replace("(clientid:", "(--clientid:")
    .replace(", resource:", ", --resource:")
    .replace("`dangerouslyAllowHttp: true`", "`--allow-http`")
    .replace("`caFile`", "`--cacert FILE`")
    .replace('store "encrypted"', "`--store encrypted`, or MLS_STORE=encrypted")
    .replace("(`/login`)", "(`--login-path`)")
    .replace("a device code", "a device code (`--method aad-device`)")

/** The command for the sign-in that helps. */
const commandOf = (error: AuthError): string | undefined => {
  const remedy = remedyOf(error)
  if (remedy === undefined) return undefined
  if (error._tag === "InteractionRequired") return forced(error)
  if (remedy === "SignInInteractively") return DEVICE_CODE
  if (error._tag !== "CredentialRejected") return SIGN_IN
  if (error.reason.startsWith("DeviceCode")) return DEVICE_CODE
  return IN_BROWSER.has(error.reason) ? BROWSER : SIGN_IN
}

/** The session lives on, so a new sign-in must be forced; and it must be asked for what this one lacked. */
const forced = ({ claims }: InteractionRequired): string =>
  `${DEVICE_CODE} --force${claims === undefined ? "" : ` --claims ${quoted(claims)}`}`

/** What the library says of all programs, said of this one. */
const OWN = {
  NotInteractive:
    "Pass the credential without a prompt: `--user` and `--password-stdin`, or MLS_USERNAME and MLS_PASSWORD.",
  NotRenewable: "Get a new access token (MLS_ACCESS_TOKEN, or `mls login --token-stdin`), or sign in: `mls login`.",
  RenewalUncertain: "Run the command again; if the session is refused then, sign in: `mls login`."
} as const

const ownOf = (error: AuthError): string | undefined => {
  if (error._tag === "RenewalUncertain") return OWN.RenewalUncertain
  return "reason" in error && (error.reason === "NotInteractive" || error.reason === "NotRenewable")
    ? OWN[error.reason]
    : undefined
}

/** What to do next, most useful first: sentences, and each command on a line of its own. */
export const fixOf = (error: AuthError): ReadonlyArray<string> => {
  const own = ownOf(error)
  if (own !== undefined) return [own]
  const command = commandOf(error)
  if (command === undefined) return [asOptions(error.fix)]
  const before = asOptions(error._tag === "CredentialRequired" ? "" : error.fix.replace(SENTENCE, ""))
  return before === "" ? [command] : [before, command]
}

/** What administrators ask for first, and what programs tell refusals apart by; nothing that names a person. */
export interface Particulars {
  /** `MultiFactorRequired`, `Idle`, `Timeout`, …: why, where there is more than one way to it. */
  readonly reason?: string | undefined
  /** Azure's numbers, as in AADSTS50076. Microsoft may change them: for words, not for decisions. */
  readonly codes?: ReadonlyArray<number> | undefined
  readonly correlationId?: string | undefined
  /** By the authority's clock. */
  readonly timestamp?: string | undefined
  /** What the next sign-in must satisfy: `mls login --claims`. */
  readonly claims?: string | undefined
}

/** What more is known of an error. */
export const particularsOf = (error: AuthError): Particulars => {
  const diagnosis = "diagnosis" in error ? error.diagnosis : undefined
  return {
    ...("reason" in error ? { reason: error.reason } : {}),
    ...(diagnosis === undefined ? {} : { codes: diagnosis.codes }),
    ...(diagnosis?.correlationId === undefined ? {} : { correlationId: diagnosis.correlationId }),
    ...(diagnosis?.timestamp === undefined ? {} : { timestamp: diagnosis.timestamp }),
    ...(error._tag === "InteractionRequired" && error.claims !== undefined ? { claims: error.claims } : {})
  }
}
