/**
 * The library's errors in the words of a command line: exit code, and commands to type next.
 */
import { adviceOf, type AuthError, type InteractionRequired } from "@mlserver-auth/core/AuthError"
import * as EntraAdvice from "@mlserver-auth/core/EntraAdvice"
import { ExitCode } from "./exitCode.js"
import * as ReaderShell from "../text/shellQuote.js"

const SIGN_IN = "mls login"
/** What to type where a person must sign in, and a password will not do. */
export const DEVICE_CODE = "mls login --method aad-device"

const BROWSER = "mls login --method aad-browser"
/** Repeats a sign-in that was not with a password. */
const COMMANDS: ReadonlyMap<string, string> = new Map([
  ["DeviceCodeDeclined", DEVICE_CODE],
  ["DeviceCodeExpired", DEVICE_CODE],
  ["DeviceCodeUnknown", DEVICE_CODE],
  ["SignInDeclined", BROWSER],
  ["SignInExpired", BROWSER],
  ["SignInUnknown", BROWSER],
  ["CallbackMismatch", BROWSER]
])

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
      return error.reason === "Held" || error.reason === "InUse" ? ExitCode.locked : ExitCode.configuration
  }
}

/** What the library calls by the names of its settings, in backticks: the options of this program. */
const OPTIONS: ReadonlyMap<string, (value: string) => string> = new Map<string, (value: string) => string>([
  ["authuri", () => "`--authuri`"],
  ["tenant", () => "`--tenant`"],
  ["clientid", () => "`--clientid`"],
  ["resource", () => "`--resource`"],
  ["wire", (value) => `\`--wire ${value}\``],
  ["loginPath", () => "`--login-path`"],
  ["dangerouslyAllowHttp", () => "`--allow-http`"],
  ["caFile", () => "`--cacert FILE`"],
  ["store", (value) => `\`--store ${value}\`, or MLS_STORE=${value}`]
])

/** `name`, or `name: value` as in code. */
const SETTING = /`(\w+)(?:: "?(\w+)"?)?`/g

const asOptions = (text: string): string =>
  text.replace(SETTING, (whole, name: string, value = "") => OPTIONS.get(name)?.(value) ?? whole)

/** The command for the sign-in that helps. */
const commandOf = (error: AuthError): string | undefined => {
  const { remedy } = adviceOf(error)
  if (remedy === undefined) return undefined
  if (error._tag === "InteractionRequired") return forced(error)
  if (remedy === "SignInInteractively") return DEVICE_CODE
  if (error._tag !== "CredentialRejected") return SIGN_IN
  return COMMANDS.get(error.reason) ?? SIGN_IN
}

/** The session lives on, so a new sign-in must be forced; and it must be asked for what this one lacked. */
const forced = ({ claims }: InteractionRequired): string =>
  `${DEVICE_CODE} --force${claims === undefined ? "" : ` --claims ${ReaderShell.quoted(claims)}`}`

/** In the place of what the library says to all programs, by the reason of an error. */
const OWN: ReadonlyMap<string, string> = new Map([
  [
    "NotInteractive",
    "Pass the credential without a prompt: `--user` and `--password-stdin`, or MLS_USERNAME and MLS_PASSWORD."
  ],
  [
    "NotReplayable",
    "Run the command again: it has the new token. mls can send piped input twice up to 32 MiB only; it reads a file (`--input FILE`) again."
  ],
  ["NotRenewable", "Get a new access token (MLS_ACCESS_TOKEN, or `mls login --token-stdin`), or sign in: `mls login`."]
])

/** The same for refusals, where another way to sign in is one of several steps. */
const OWN_REFUSALS: ReadonlyMap<string | number, string> = new Map<string | number, string>([
  ["Refused", "Try a device code (`--method aad-device`) or the browser, or ask the tenant's administrator."],
  [
    "ConsentRequired",
    "Ask the tenant's administrator to consent, or consent while you sign in with a device code (`--method aad-device`) or in the browser."
  ],
  [
    50_126,
    "Check both (user@domain) and sign in once more. Azure gives the same answer for a federated account: use a device code (`--method aad-device`) or the browser."
  ],
  [
    65_001,
    "Consent while you sign in with a device code (`--method aad-device`) or in the browser, or ask the tenant's administrator to. Check `--clientid`, `--resource` and `--tenant`; the first two are easily swapped (`--clientid`: the native application, `--resource`: the web application)."
  ]
])

const ownOf = (error: AuthError): string | undefined =>
  error._tag === "RenewalUncertain"
    ? "Run the command again; if the session is refused then, sign in: `mls login`."
    : "reason" in error && error.reason !== undefined
      ? OWN.get(error.reason)
      : undefined

const firstOf = (error: AuthError): string => {
  const isRefusal = error._tag === "CredentialRejected" || error._tag === "InteractionRequired"
  const known = isRefusal ? EntraAdvice.lookup(error.diagnosis?.codes ?? [])?.code : undefined
  const own = isRefusal ? OWN_REFUSALS.get(known ?? error.reason) : undefined
  return own ?? asOptions(adviceOf(error).first)
}

/** What to do next, most useful first: sentences, and each command on a line of its own. */
export const fixOf = (error: AuthError): ReadonlyArray<string> => {
  const own = ownOf(error)
  if (own !== undefined) return [own]
  const [first, command] = [firstOf(error), commandOf(error)]
  return [...(first === "" ? [] : [first]), ...(command === undefined ? [] : [command])]
}

/** What administrators ask for first, and what programs tell refusals apart by; nothing that names a person. */
export const particularsOf = (error: AuthError) => {
  const { codes, correlationId, timestamp } = ("diagnosis" in error ? error.diagnosis : undefined) ?? {}
  const claims = error._tag === "InteractionRequired" ? error.claims : undefined
  return { reason: "reason" in error ? error.reason : undefined, codes, correlationId, timestamp, claims }
}
