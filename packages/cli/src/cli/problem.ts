/**
 * What went wrong, as one shape for people, for programs and for the exit code.
 */
import type * as HttpClientError from "@effect/platform/HttpClientError"
import { type AuthError, docsOf, headlineOf, isAuthError } from "@mlserver-auth/core/AuthError"
import { proxyRefusal } from "@mlserver-auth/core/AuthHttpClient"
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import type * as Outputs from "../outputs/outputs.js"
import * as AuthAdvice from "./advice.js"
import { ExitCode } from "./exitCode.js"

/** A failure of this program alone, which knows its exit code and what to do. */
export interface CommandError {
  readonly _tag: string
  readonly message: string
  readonly exit: number
  readonly fix: ReadonlyArray<string>
  /** Default: no. */
  readonly transient?: boolean
  readonly server?: string | undefined
  readonly status?: number | undefined
  readonly reason?: string | undefined
}

/** What a command can fail with. */
export type Failure = AuthError | HttpClientError.HttpClientError | CommandError

/** A failure, told. `code` is stable and the same in the library, here and in JSON. */
export type Problem = Omit<Outputs.Of<"error">["error"], "docs">

const fromAuth = (error: AuthError): Problem => ({
  code: error._tag,
  exit: AuthAdvice.exitOf(error),
  message: headlineOf(error),
  transient: error.retryable,
  fix: AuthAdvice.fixOf(error),
  server: "server" in error ? error.server : undefined,
  status: "status" in error ? error.status : undefined,
  ...AuthAdvice.particularsOf(error)
})

const originOf = (url: string, otherwise = "the server"): string =>
  URL.canParse(url) ? new URL(url).origin : otherwise

/** Of an error's cause what may be told: the transport's own words, which repeat nothing of a request. */
const causeOf = ({ cause }: { readonly cause?: unknown }): { readonly name?: unknown; readonly proxy?: unknown } =>
  typeof cause === "object" && cause !== null ? cause : {}

/** What is wrong with a request: the transport's own words, or what became of the file or the pipe of its body. */
const unwritable = (cause: unknown): string => {
  if (!(cause instanceof Error)) return "The body of the request cannot be written"
  if (cause.name === "NotEncodable") return `The request cannot be written: ${cause.message}`
  // The only one of these that is a request's own fault: its body is not as long as was said.
  if (cause.name === "TransportFailure") {
    return "The length of the request's body changed: another program changed its file"
  }
  const code = codeOf(cause.cause)
  const why = code === undefined ? "" : ` (${code})`
  return cause.name === "UploadFailed"
    ? `The body of the request could not be read to its end${why}`
    : "The body of the request cannot be written"
}

const codeOf = (cause: unknown): string | undefined =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined

/** What could not even be sent: nothing is said of the address, since it may hold anything. */
const unsendable = (reason: "InvalidUrl" | "Encode", server: string, cause: unknown): Problem => ({
  code: "RequestInvalid",
  exit: ExitCode.usage,
  message: reason === "InvalidUrl" ? "mls cannot call that address" : unwritable(cause),
  transient: false,
  fix:
    reason === "InvalidUrl"
      ? ["Write the path like `services` or `/api/NAME/VERSION`, without spaces or special characters."]
      : ["Check the headers and the fields, or give the body whole with `--input FILE`."],
  server: server || undefined
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
      : `${server} answered, but not with JSON`,
  transient: false,
  fix: ["Without --json and --field, `mls api` prints every answer unchanged."],
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
    return unsendable(reason, originOf(error.request.url, ""), error.cause)
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
      ? ["The server seems to require a client certificate, and mls has none: ask for an address without one."]
      : certificate
        ? ["Its certificate is not trusted here: name the authority's certificate (`--cacert FILE`)."]
        : ["Check address, network and proxy, and try again."],
    server
  }
}

const fromOwn = ({ _tag, exit, fix, message, reason, server, status, transient }: CommandError): Problem => ({
  code: _tag,
  exit,
  message,
  transient: transient ?? false,
  fix,
  server,
  status,
  reason
})

const isHttp = (error: Failure): error is HttpClientError.HttpClientError =>
  error._tag === "RequestError" || error._tag === "ResponseError"

/** A failure, told. */
export const fromFailure = (error: Failure): Problem => {
  if (isHttp(error)) return fromHttp(error)
  return isAuthError(error) ? fromAuth(error) : fromOwn(error as CommandError)
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
export const toJson = (problem: Problem): Outputs.Of<"error"> => ({
  error: { ...problem, docs: docsOf({ _tag: problem.code }) }
})
