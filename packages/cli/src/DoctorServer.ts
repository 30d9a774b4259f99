/**
 * The looks of `mls doctor` at a server, by three calls that carry no token and no name: what it is, its clock, who
 * checks passwords, and whether pages of other origins may call it.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import { proxyRefusal } from "@mlserver-auth/core/AuthHttpClient"
import * as TimeLimit from "@mlserver-auth/core/TimeLimit"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Check, fail, ok, skip } from "./DoctorCheck.js"
import * as Durations from "./Durations.js"
import { ExitCode } from "./ExitCode.js"
import type { ServerSettings } from "./ServerSettings.js"

/** An answer, or why there is none. */
export type Answer =
  | {
      readonly _tag: "Answered"
      readonly status: number
      readonly headers: Readonly<Record<string, string | undefined>>
      readonly body: string
      /** Half-way between question and answer, epoch milliseconds. */
      readonly at: number
    }
  | { readonly _tag: "Silent"; readonly code: string; readonly refusal?: ConfigurationInvalid | undefined }

type Answered = Extract<Answer, { readonly _tag: "Answered" }>

/** One call, bounded, over connections of its own. */
export type Ask<E> = (request: HttpClientRequest.HttpClientRequest) => Effect.Effect<Answer, E>

/** One call, bounded. */
export const ask = (
  client: HttpClient.HttpClient,
  request: HttpClientRequest.HttpClientRequest,
  timeout: Duration.Duration
): Effect.Effect<Answer> =>
  Effect.gen(function* () {
    const startedAt = yield* Clock.currentTimeMillis
    const { headers, status, text } = yield* client.execute(request)
    const at = (startedAt + (yield* Clock.currentTimeMillis)) / 2
    return { _tag: "Answered", status, headers, body: yield* text, at } satisfies Answer
  }).pipe(
    TimeLimit.timeoutFail({ duration: timeout, onTimeout: () => "no answer in time" }),
    Effect.catchAll((error): Effect.Effect<Answer> => {
      if (typeof error === "string") return Effect.succeed({ _tag: "Silent", code: error })
      const code = error._tag === "RequestError" ? error.description : undefined
      const refusal = proxyRefusal(error.cause, request.url)
      return Effect.succeed({ _tag: "Silent", code: code ?? "the answer broke off", refusal })
    })
  )

/** A refusal as every version of the server words it; `exceptionType` came with 9.1. */
const Refusal = Schema.parseJson(
  Schema.Struct({
    message: Schema.String,
    link: Schema.optional(Schema.NullOr(Schema.String)),
    exceptionType: Schema.optional(Schema.NullOr(Schema.String))
  })
)
const decodeRefusal = Schema.decodeOption(Refusal)

const wrongServer = (message: string): Check =>
  fail(
    "server",
    ExitCode.configuration,
    message,
    "Ask for the address of the web node (port 12800 by default), and: mls login URL"
  )

const isPage = ({ body, headers }: Answered): boolean =>
  headers["content-type"]?.includes("html") === true || /^\s*<(!doctype|html)/i.test(body)

const from = (server: string): string => (server === "" ? "" : ` (it calls itself ${server})`)

/** What it is, by its answer to a call without a token. */
export const identity = (answer: Answer): Check => {
  if (answer._tag === "Silent") {
    return fail(
      "server",
      ExitCode.unreachable,
      `there is no answer (${answer.code})`,
      "Try again; --timeout 30s waits longer."
    )
  }
  const { headers, status } = answer
  if (status >= 500) {
    const message = `the server, or a proxy before it, answers ${status}`
    return fail(
      "server",
      ExitCode.unreachable,
      message,
      "Try again later; if it stays, tell your administrator the time."
    )
  }
  if (status === 407) {
    const fix = "Put user name and password of the proxy into the variable: http://USER:PASSWORD@HOST:PORT"
    return fail("server", ExitCode.configuration, "the proxy wants a sign-in of its own (407)", fix)
  }
  if (isPage(answer))
    return wrongServer(`a web page answers (${status}): that is no Machine Learning Server, or not its port`)
  const called = from(headers["server"] ?? "")
  if (status !== 401) return wrongServer(`${status} answers a call without a token, where the server says 401${called}`)
  const refusal = Option.getOrUndefined(decodeRefusal(answer.body))
  if (refusal !== undefined && (refusal.link !== undefined || refusal.exceptionType !== undefined)) {
    const version = refusal.exceptionType === undefined ? "9.0" : "9.1 or later"
    return ok(
      "server",
      `a Machine Learning Server, version ${version} by its errors${called}; only /status with a token tells more`
    )
  }
  const bearer = /^bearer\b/i.test(headers["www-authenticate"] ?? "")
  return bearer || answer.body === ""
    ? ok("server", `it wants a token (401) and says nothing of itself${called}`)
    : wrongServer(`it refuses (401), but not as a Machine Learning Server does${called}`)
}

/** Milliseconds: what Kerberos and Azure bear too. */
const BEARABLE = 300_000

/** The server's clock beside ours. The header has whole seconds. */
export const clock = (answer: Answered): Check => {
  const date = Date.parse(answer.headers["date"] ?? "")
  if (Number.isNaN(date)) return skip("clock", "the answer has no date")
  const ahead = date + 500 - answer.at
  const seconds = Math.round(Math.abs(ahead) / 1000)
  if (seconds <= 1) return ok("clock", "the server's is the same")
  const told = `the server's is ${Durations.words(Math.abs(ahead))} ${ahead > 0 ? "ahead" : "behind"}`
  return seconds * 1000 <= BEARABLE
    ? ok("clock", `${told}; tokens are counted by it`)
    : fail(
        "clock",
        ExitCode.configuration,
        told,
        "Compare both with a third (date -u), and set the wrong one: sudo timedatectl set-ntp true"
      )
}

const pathOf = ({ loginPath }: ServerSettings): string => loginPath ?? "/login"

/** A sign-in that lacks everything: nobody's account is touched by it. */
export const emptySignIn = (settings: ServerSettings): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.post(`${settings.endpoint.base}${pathOf(settings)}`).pipe(
    HttpClientRequest.bodyUnsafeJson({}),
    HttpClientRequest.accept("application/json")
  )

const CLOUD_LOGIN = "--tenant ID --clientid ID --resource ID"

/** Who checks passwords, by the answer to a sign-in without a name. `alive`: there is a session that can be used. */
export const login = (answer: Answer, settings: ServerSettings, alive: boolean): Check => {
  const path = pathOf(settings)
  const { cloud, endpoint, name, profile } = settings
  const target = profile === undefined ? endpoint.base : name
  if (answer._tag === "Silent") return skip("login", `${path} does not answer (${answer.code})`)
  const inCloud = `the profile signs in at ${cloud?.authority.origin ?? ""} (${settings.method})`
  switch (answer.status) {
    case 400:
      return cloud === undefined
        ? ok("login", `on premises: ${path} checks passwords itself`)
        : fail(
            "login",
            ExitCode.configuration,
            `on premises: ${path} checks passwords itself, but ${inCloud}`,
            `mls login ${target} --method password`
          )
    case 401:
      if (cloud !== undefined) return ok("login", `by Azure Active Directory: ${path} takes no passwords; ${inCloud}`)
      return alive
        ? ok("login", `${path} answers 401 to a sign-in without a name; a session is there`)
        : fail(
            "login",
            ExitCode.signInRequired,
            `${path} refuses a sign-in without a name as wrong and not as incomplete: most likely the server leaves sign-ins to Azure Active Directory`,
            `Ask your administrator for three ids, and: mls login ${endpoint.base} ${CLOUD_LOGIN}`
          )
    case 404:
    case 405:
      return cloud === undefined
        ? fail(
            "login",
            ExitCode.configuration,
            `nothing takes sign-ins at ${path} (${answer.status})`,
            `mls login ${endpoint.base} --login-path /user/login`
          )
        : ok("login", `by Azure Active Directory: nothing at ${path}; ${inCloud}`)
    default:
      return skip("login", `${path} answers ${answer.status} to a sign-in without a name: nothing can be told by that`)
  }
}

/** Of no page that there is. */
const PAGE = "https://page.example"

/** What a browser asks before a page of another origin may call. */
export const preflight = (settings: ServerSettings): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.options(`${settings.endpoint.base}/services`).pipe(
    HttpClientRequest.setHeaders({
      origin: PAGE,
      "access-control-request-method": "GET",
      "access-control-request-headers": "authorization,content-type"
    })
  )

/** Whether pages of other origins may call. No failure of this machine: mls itself needs no permission. */
export const cors = (answer: Answer): Check => {
  if (answer._tag === "Silent") return skip("cors", `no answer to a preflight (${answer.code})`)
  const origin = answer.headers["access-control-allow-origin"]
  const headers = (answer.headers["access-control-allow-headers"] ?? "").toLowerCase()
  const allowed = (origin === "*" || origin === PAGE) && answer.status >= 200 && answer.status < 300
  if (allowed && headers.includes("authorization")) return ok("cors", "pages of any origin may call with a token")
  return ok(
    "cors",
    `a preflight of ${PAGE} is answered ${answer.status} without permission: pages can call only from the server's own origin, ` +
      "through a proxy that has it, or if the administrator names their origin; mls and programs are not concerned"
  )
}
