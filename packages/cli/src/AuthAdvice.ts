/**
 * The library's errors in the words of a command line: exit code, headline, and commands to type next.
 */
import type { AuthError, InteractionRequired } from "@mlserver-auth/core/AuthError"
import { ExitCode } from "./ExitCode.js"
import { quoted } from "./SameCommand.js"

const SIGN_IN = "mls login"
/** What to type where a person must sign in, and a password will not do. */
export const DEVICE_CODE = "mls login --method aad-device"

/** A sign-in by a method, and nothing else. */
export const METHOD = /^mls login --method (aad-device|aad-browser)$/

/** The library's messages end with a hint for its callers; here commands take its place. */
export const headline = (error: AuthError): string =>
  (error.message.endsWith(error.fix) ? error.message.slice(0, -error.fix.length) : error.message).replace(/[\s.]+$/, "")

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
      return error.operation === "lock" ? ExitCode.locked : ExitCode.configuration
  }
}

/** Sentences that are one command; the library knows callers in code too. */
const COMMAND = / *(?:Sign in(?: again| with a device code)?|Start again(?: for a new code)?): `(mls login[^`]*)`\. */g

/** Hints in terms of options, with each command on a line of its own. */
const asCommands = (fix: string): ReadonlyArray<string> =>
  fix
    .replace(/, or (?:Credential\.deviceCode|Session\.signIn) in code/g, "")
    .replace(/`(authuri|tenant|clientid|resource)`/g, "`--$1`")
    .replace('Use `wire: "v2"` with a v2 authority, or "v1".', "Say `--wire v2` for a v2 authority, else `--wire v1`.")
    .replace("(clientid:", "(--clientid:")
    .replace(", resource:", ", --resource:")
    .replace(COMMAND, "\n$1\n")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")

/** The session lives on, so a new sign-in must be forced; and it must be asked for what this one lacked. */
const asPerson = ({ claims, fix }: InteractionRequired): ReadonlyArray<string> => [
  ...asCommands(fix).filter((line) => !line.startsWith(SIGN_IN)),
  `${DEVICE_CODE} --force${claims === undefined ? "" : ` --claims ${quoted(claims)}`}`
]

/** What to do next, most useful first. */
export const fixOf = (error: AuthError): ReadonlyArray<string> => {
  switch (error._tag) {
    case "ConfigurationInvalid":
      return error.setting === "server" || error.setting === "authuri"
        ? asCommands(error.fix.replace(/say `dangerouslyAllowHttp: true` \(`--allow-http`\)/, "say `--allow-http`"))
        : asCommands(error.fix)
    case "CredentialRequired":
      return error.reason === "NotInteractive" ? [error.fix] : [SIGN_IN]
    case "InteractionRequired":
      return asPerson(error)
    case "SessionExpired":
      return error.reason === "NotRenewable"
        ? ["Get a new access token (MLS_ACCESS_TOKEN, or `mls login --token-stdin`), or sign in: `mls login`."]
        : [SIGN_IN]
    case "RenewalUncertain":
      return ["Run the command again; if the session is refused then, sign in: `mls login`."]
    case "ServerUnavailable":
      return [error.fix.replace("`caFile`, or NODE_EXTRA_CA_CERTS", "`--cacert FILE`, or NODE_EXTRA_CA_CERTS")]
    case "StoreUnavailable":
      return asCommands(error.fix.replace('store "encrypted"', "`--store encrypted`, or MLS_STORE=encrypted"))
    case "InvalidResponse":
      return asCommands(error.fix.replace("(`/login`)", "(`--login-path`)"))
    default:
      return asCommands(error.fix)
  }
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
