/**
 * The checks of the server, by calls that carry no token and no name: what it is, its clock, who
 * checks passwords, and whether pages of other origins may call it.
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { wantsCertificate } from "../api/kind.js"
import { CERTIFICATE } from "../api/refused.js"
import type { ServerSettings } from "../config/settings.js"
import * as Durations from "../text/duration.js"
import * as ReaderShell from "../text/shellQuote.js"
import { type Finding, ok, signedOut, skip, unreachable, wrong } from "./check.js"
import { type Answer, type Look, signIn } from "./world.js"

type Answered = Extract<Answer, { readonly _tag: "Answered" }>

/** A refusal as every version of the server words it; `exceptionType` came with 9.1. */
const Refusal = Schema.parseJson(
  Schema.Struct({
    message: Schema.String,
    link: Schema.optional(Schema.NullOr(Schema.String)),
    exceptionType: Schema.optional(Schema.NullOr(Schema.String))
  })
)
const decodeRefusal = Schema.decodeOption(Refusal)

const wrongServer = (message: string): Finding =>
  wrong(message, "Ask for the address of the web node (port 12800 by default), and: mls login URL")

const isPage = ({ body, headers }: Answered): boolean =>
  headers["content-type"]?.includes("html") === true || /^\s*<(!doctype|html)/i.test(body)

const from = (server: string): string => (server === "" ? "" : ` (it calls itself ${server})`)

const identity = (answer: Answer | undefined): Finding => {
  if (answer === undefined) return skip("needs an answer")
  if (answer._tag === "Silent") {
    return unreachable(`there is no answer (${answer.code})`, "Try again; --timeout 30s waits longer.")
  }
  const { headers, status } = answer
  if (status >= 500) {
    const message = `the server, or a proxy before it, answers ${status}`
    return unreachable(message, "Try again later; if it stays, tell your administrator the time.")
  }
  if (status === 407) {
    const fix = "Put user name and password of the proxy into the variable: http://USER:PASSWORD@HOST:PORT"
    return wrong("the proxy requires a user name and a password (407)", fix)
  }
  if (wantsCertificate(answer.body)) {
    return wrong(`a page answers (${status}) that asks for a certificate`, CERTIFICATE)
  }
  if (isPage(answer))
    return wrongServer(`a web page answers (${status}): that is no Machine Learning Server, or not its port`)
  const called = from(headers["server"] ?? "")
  if (status !== 401) return wrongServer(`${status} answers a call without a token, where the server says 401${called}`)
  const refusal = Option.getOrUndefined(decodeRefusal(answer.body))
  if (refusal !== undefined && (refusal.link !== undefined || refusal.exceptionType !== undefined)) {
    const version = refusal.exceptionType === undefined ? "9.0" : "9.1 or later"
    return ok(
      `a Machine Learning Server, version ${version} by its errors${called}; only /status with a token tells more`
    )
  }
  const bearer = /^bearer\b/i.test(headers["www-authenticate"] ?? "")
  return bearer || answer.body === ""
    ? ok(`it requires a token (401) and does not say what it is${called}`)
    : wrongServer(`it refuses (401), but not as a Machine Learning Server does${called}`)
}

/** Milliseconds: what Kerberos and Azure bear too. */
const BEARABLE = 300_000

/** What it is, by its answer to a call without a token. */
export const server: Look = ({ status }) => Effect.sync(() => identity(status))

/** The server's clock beside ours. The header has whole seconds. */
const compared = (answer: Answer | undefined): Finding => {
  if (answer?._tag !== "Answered") return skip("needs an answer")
  const date = Date.parse(answer.headers["date"] ?? "")
  if (Number.isNaN(date)) return skip("the answer has no date")
  const ahead = date + 500 - answer.at
  const seconds = Math.round(Math.abs(ahead) / 1000)
  if (seconds <= 1) return ok("the server's is the same")
  const told = `the server's is ${Durations.words(Math.abs(ahead))} ${ahead > 0 ? "ahead" : "behind"}`
  return seconds * 1000 <= BEARABLE ? ok(`${told}; tokens are counted by it`) : wrong(told, ReaderShell.clockSet())
}

/** The server's clock. */
export const clock: Look = ({ status }) => Effect.sync(() => compared(status))

const pathOf = ({ loginPath }: ServerSettings): string => loginPath ?? "/login"

/** A sign-in that lacks everything: no account is touched by it. */
const emptySignIn = (settings: ServerSettings): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.post(`${settings.endpoint.base}${pathOf(settings)}`).pipe(
    HttpClientRequest.bodyUnsafeJson({}),
    HttpClientRequest.accept("application/json")
  )

const CLOUD_LOGIN = "--tenant ID --clientid ID --resource ID"

/** By the answer to a sign-in without a name. `alive`: there is a session that can be used. */
const whoChecks = (answer: Answer, settings: ServerSettings, alive: boolean): Finding => {
  const path = pathOf(settings)
  const { cloud, endpoint } = settings
  if (answer._tag === "Silent") return skip(`${path} does not answer (${answer.code})`)
  const inCloud = `the profile signs in at ${cloud?.authority.origin ?? ""} (${settings.method})`
  switch (answer.status) {
    case 400:
      return cloud === undefined
        ? ok(`on premises: ${path} checks passwords itself`)
        : wrong(`on premises: ${path} checks passwords itself, but ${inCloud}`, `${signIn(settings)} --method password`)
    case 401:
      if (cloud !== undefined) return ok(`by Azure Active Directory: ${path} takes no passwords; ${inCloud}`)
      return alive
        ? ok(`${path} answers 401 to a sign-in without a name; a session is there`)
        : signedOut(
            `${path} refuses a sign-in without a name as wrong and not as incomplete: most likely the server leaves sign-ins to Azure Active Directory`,
            `Ask your administrator for three ids, and: mls login ${endpoint.base} ${CLOUD_LOGIN}`
          )
    case 404:
    case 405:
      return cloud === undefined
        ? wrong(
            `nothing takes sign-ins at ${path} (${answer.status})`,
            `mls login ${endpoint.base} --login-path /user/login`
          )
        : ok(`by Azure Active Directory: nothing at ${path}; ${inCloud}`)
    default:
      return skip(`${path} answers ${answer.status} to a sign-in without a name: that says nothing`)
  }
}

/** Who checks passwords. */
export const login: Look = ({ alive, ask, settings }) =>
  Effect.map(ask(emptySignIn(settings)), (answer) => whoChecks(answer, settings, alive === true))

/** Of no page that there is. */
const PAGE = "https://page.example"

/** What a browser asks before a page of another origin may call. */
const preflight = (settings: ServerSettings): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.options(`${settings.endpoint.base}/services`).pipe(
    HttpClientRequest.setHeaders({
      origin: PAGE,
      "access-control-request-method": "GET",
      "access-control-request-headers": "authorization,content-type"
    })
  )

const permission = (answer: Answer): Finding => {
  if (answer._tag === "Silent") return skip(`no answer to a preflight (${answer.code})`)
  const origin = answer.headers["access-control-allow-origin"]
  const headers = (answer.headers["access-control-allow-headers"] ?? "").toLowerCase()
  const allowed = (origin === "*" || origin === PAGE) && answer.status >= 200 && answer.status < 300
  if (allowed && headers.includes("authorization")) return ok("pages of any origin may call with a token")
  return ok(
    `a preflight of ${PAGE} is answered ${answer.status} without permission: pages can call only from the server's own origin, ` +
      "through a proxy that has it, or if the administrator names their origin; this does not affect mls and programs"
  )
}

/** Whether pages of other origins may call. No failure of this machine: mls itself needs no permission. */
export const cors: Look = ({ ask, settings }) => Effect.map(ask(preflight(settings)), permission)
