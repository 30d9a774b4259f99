/**
 * What went wrong, as one shape for people, for programs and for the exit code.
 */
import type * as HttpClientError from "@effect/platform/HttpClientError"
import { type AuthError, docsOf, headlineOf } from "@mlserver-auth/core/AuthError"
import { proxyRefusal } from "@mlserver-auth/core/AuthHttpClient"
import type { ListenError } from "@mlserver-auth/dev-server/DevServer"
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import type { ApiRefused } from "./ApiRefused.js"
import * as AuthAdvice from "./AuthAdvice.js"
import type { ChecksFailed } from "./DoctorCheck.js"
import { ExitCode } from "./ExitCode.js"
import type { OutputFailed } from "./Output.js"
import type { ServiceFailed } from "./ServiceFailed.js"
import type { ProfileUnknown, ServerUnknown } from "./Selection.js"
import type { TokenRefused } from "./SignInChecks.js"
import type { TokenUnverified } from "./TokenInspection.js"
import type { UsageError } from "./Usage.js"

/** Every failure a command can end with. */
export type Failure =
  | AuthError
  | HttpClientError.HttpClientError
  | ListenError
  | ServerUnknown
  | ProfileUnknown
  | UsageError
  | ApiRefused
  | ServiceFailed
  | OutputFailed
  | TokenRefused
  | TokenUnverified
  | ChecksFailed

/** A failure, told. `code` is stable and the same in the library, here and in JSON. */
export interface Problem extends AuthAdvice.Particulars {
  readonly code: string
  readonly exit: number
  readonly message: string
  /** Whether the same command may succeed later without anybody doing anything. */
  readonly transient: boolean
  /** What to do next, most useful first. */
  readonly fix: ReadonlyArray<string>
  readonly server?: string | undefined
  readonly status?: number | undefined
}

const fromAuth = (error: AuthError): Problem => ({
  code: error._tag,
  exit: AuthAdvice.exitOf(error),
  message: headlineOf(error),
  transient: error.retryable,
  fix: AuthAdvice.fixOf(error),
  ...("server" in error ? { server: error.server } : {}),
  ...("status" in error && error.status !== undefined ? { status: error.status } : {}),
  ...AuthAdvice.particularsOf(error)
})

const originOf = (url: string, otherwise = "the server"): string =>
  URL.canParse(url) ? new URL(url).origin : otherwise

/** Of an error's cause what may be told: the transport's own words, which repeat nothing of a request. */
const causeOf = ({ cause }: { readonly cause?: unknown }): { readonly name?: unknown; readonly proxy?: unknown } =>
  typeof cause === "object" && cause !== null ? cause : {}

/** What could not even be sent: nothing is said of the address, since it may hold anything. */
const unsendable = (reason: "InvalidUrl" | "Encode", server: string, told: string | undefined): Problem => ({
  code: "RequestInvalid",
  exit: ExitCode.usage,
  message:
    reason === "InvalidUrl"
      ? "That is no address that can be called"
      : told === undefined
        ? "The body of the request cannot be written"
        : `The request cannot be written: ${told}`,
  transient: false,
  fix:
    reason === "InvalidUrl"
      ? ["Write the path like `services` or `/api/NAME/VERSION`, without blanks or odd characters."]
      : ["Check the headers and the fields, or give the body whole with `--input FILE`."],
  ...(server === "" ? {} : { server })
})

/** Whether an answer ended before its end, which may go better another time; else it was all there. */
const brokeOff = (error: HttpClientError.ResponseError): boolean =>
  error.reason === "Decode" && !(error.cause instanceof SyntaxError) && causeOf(error).name !== "BodyTooLarge"

const unreadable = (error: HttpClientError.ResponseError, server: string): Problem => ({
  code: "InvalidResponse",
  exit: ExitCode.configuration,
  message:
    causeOf(error).name === "BodyTooLarge"
      ? `${server}: ${(error.cause as Error).message}`
      : `${server} answered with what is not JSON`,
  transient: false,
  fix: ["Without --json and --field `mls api` passes an answer on as it is, however long."],
  server
})

/** A refusal in TLS of a client that shows none. */
const wantsCertificate = (code: string | undefined): boolean =>
  code !== undefined && /CERTIFICATE_REQUIRED|ALERT_HANDSHAKE_FAILURE/.test(code)

const fromHttp = (error: HttpClientError.RequestError | HttpClientError.ResponseError): Problem => {
  const { reason } = error
  const refusal = proxyRefusal(error.cause, error.request.url)
  if (refusal !== undefined) return fromAuth(refusal)
  if (reason === "InvalidUrl" || reason === "Encode") {
    const told = causeOf(error).name === "NotEncodable" ? (error.cause as Error).message : undefined
    return unsendable(reason, originOf(error.request.url, ""), told)
  }
  const server = originOf(error.request.url)
  if (error._tag === "ResponseError" && !brokeOff(error)) return unreadable(error, server)
  const { proxy } = causeOf(error)
  const code = error._tag === "RequestError" ? error.description : undefined
  const certificate = code !== undefined && /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|TLS|SSL/.test(code)
  const through = typeof proxy === "string" ? ` through the proxy ${proxy}` : ""
  const what = error._tag === "ResponseError" ? "broke off its answer" : `could not be reached${through}`
  return {
    code: "ServerUnavailable",
    exit: ExitCode.unreachable,
    message: code === undefined ? `${server} ${what}` : `${server} ${what} (${code})`,
    transient: true,
    fix: wantsCertificate(code)
      ? ["The server seems to want a certificate of its clients, which mls has none of: ask for an address without."]
      : certificate
        ? ["Its certificate is not trusted here: name the authority's certificate (`--cacert FILE`)."]
        : ["Check address, network and proxy, and try again."],
    server
  }
}

const fromApi = (error: ApiRefused): Problem => ({
  code: error._tag,
  exit: ExitCode.apiRefused,
  message: error.message,
  transient: error.status >= 500 || error.status === 429,
  fix: error.fix,
  server: error.server,
  status: error.status
})

/** What to do was told beside each of them. */
const fromChecks = (error: ChecksFailed): Problem => ({
  code: error._tag,
  exit: error.exit,
  message: error.message,
  transient: error.exit === ExitCode.unreachable,
  fix: []
})

type Own = Exclude<Failure, AuthError | HttpClientError.HttpClientError | ApiRefused | ChecksFailed>

const OWN = {
  UsageError: ExitCode.usage,
  ServiceFailed: ExitCode.apiRefused,
  ServerUnknown: ExitCode.signInRequired,
  ProfileUnknown: ExitCode.configuration,
  ListenError: ExitCode.configuration,
  OutputFailed: ExitCode.configuration,
  TokenRefused: ExitCode.signInRefused,
  TokenUnverified: ExitCode.configuration
} as const satisfies Record<Own["_tag"], number>

const ownFix = (error: Own): ReadonlyArray<string> => {
  switch (error._tag) {
    case "UsageError":
    case "ServiceFailed":
      return error.fix
    case "ServerUnknown":
      return ["mls login https://mlserver.example.com:12800", "or set MLS_HOST"]
    case "ProfileUnknown":
      return ["mls profile list", "or make one: `mls login https://mlserver.example.com:12800 --profile NAME`"]
    case "ListenError":
      return error.reason === "NotLoopback" ? [] : ["mls dev-server --port 0"]
    case "OutputFailed":
      return ["Check where stdout goes."]
    case "TokenRefused":
      return ["Get another one; it must be the token alone, for this very server."]
    case "TokenUnverified":
      return ["Compare `--tenant` and `--resource` with the server's configuration, and the clocks."]
  }
}

const fromOwn = (error: Own): Problem => ({
  code: error._tag,
  exit: OWN[error._tag],
  message: error.message,
  transient: false,
  fix: ownFix(error),
  ...("server" in error ? { server: error.server } : {}),
  ...("reason" in error ? { reason: error.reason } : {})
})

/** A failure, told. */
export const fromFailure = (error: Failure): Problem => {
  if (error._tag in OWN) return fromOwn(error as Own)
  switch (error._tag) {
    case "ApiRefused":
      return fromApi(error)
    case "ChecksFailed":
      return fromChecks(error)
    case "RequestError":
    case "ResponseError":
      return fromHttp(error)
    default:
      return fromAuth(error as AuthError)
  }
}

/** A fault of this program, named and no more: what a defect carries may hold anything. */
const fault = (defect: unknown): Problem => ({
  code: "Fault",
  exit: ExitCode.fault,
  message: `A fault of mls itself (${defect instanceof Error ? defect.name : typeof defect})`,
  transient: false,
  fix: ["Please report it, with what you did. MLS_LOG=debug shows where it happened."]
})

/** What a command ended with; `undefined` where it was interrupted. */
export const fromCause = (cause: Cause.Cause<Failure>): Problem | undefined => {
  const failure = Cause.failureOption(cause)
  if (Option.isSome(failure)) return fromFailure(failure.value)
  const defect = Cause.dieOption(cause)
  return Option.isSome(defect) ? fault(defect.value) : undefined
}

/** The error as programs read it: one object, on stderr. `docs` is where its code is explained. */
export const toJson = (problem: Problem): object => ({
  error: { ...problem, docs: docsOf({ _tag: problem.code }) }
})
