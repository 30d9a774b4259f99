/** The checks of what issues and of what takes the access token. */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { ServerSettings } from "../config/settings.js"
import { type Finding, ok, signedOut, skip, unreachable, wrong } from "./check.js"
import { isNoTls, isUntrusted } from "./network.js"
import { type Look, signIn, type Usable } from "./world.js"

/** As much of it as tells an authority from a page of a proxy. OpenID Connect Discovery 1.0, section 3. */
const Metadata = Schema.parseJson(Schema.Struct({ issuer: Schema.String, token_endpoint: Schema.String }))
const decodeMetadata = Schema.decodeOption(Metadata)

const notReached = (origin: string, code: string): Finding => {
  const told = `${origin}, where tokens come from, is not reached (${code})`
  if (isUntrusted(code))
    return unreachable(told, "Get the certificate of the issuing authority, and: mls login --cacert FILE")
  const https = isNoTls(code) ? " with https" : ""
  return unreachable(
    told,
    `Have the firewall or proxy let ${origin} through${https}: every sign-in and renewal needs it`
  )
}

/**
 * Azure Active Directory, where the server leaves sign-ins to it: whether it is reached from here, and knows the tenant. Its
 * OpenID configuration is public: no one is named, and no token is sent.
 */
export const authority: Look = ({ ask, settings }) =>
  Effect.gen(function* () {
    const { cloud } = settings
    if (cloud === undefined) return skip("the server issues its tokens itself")
    const { base, origin, tenant } = cloud.authority
    const version = cloud.wire === "v1" ? "" : "/v2.0"
    const answer = yield* ask(HttpClientRequest.get(`${base}${version}/.well-known/openid-configuration`))
    if (answer._tag === "Silent") return notReached(origin, answer.code)
    const { body, status } = answer
    if (status === 200 && Option.isSome(decodeMetadata(body))) return ok(`${origin} knows the tenant ${tenant}`)
    if (status >= 500) return unreachable(`${origin} answers ${status}`, "Try again later.")
    const login = signIn(settings)
    return status === 400 || status === 404
      ? wrong(
          `${origin} does not know the tenant ${tenant} (${status})`,
          `Ask your administrator for the tenant's id, and: ${login} --tenant ID`
        )
      : wrong(
          `${origin} answers ${status} without an OpenID configuration: it is no authority, or a proxy stands before it`,
          `Ask your administrator where sign-ins are, and: ${login} --authuri URL`
        )
  })

/** Of two nodes that take turns, or are chosen by chance, one is hardly missed. */
const CALLS = 6

const unlike = (refused: number): Finding =>
  wrong(
    `the server takes the access token in ${CALLS - refused} of ${CALLS} calls, and refuses it in ${refused} (401): its web nodes do not share a signing certificate`,
    "Tell your administrator: one JWT signing certificate for all web nodes (docs/how-to/load-balancer.md)."
  )

const refusedEverywhere = (settings: ServerSettings, { override, renewable }: Usable): Finding => {
  const told =
    "the server refuses the access token (401), though it has not ended: it was revoked, or is another server's"
  if (override !== undefined) {
    return signedOut(told, `Set another ${override.variable}, or unset it.`)
  }
  const { name, profile } = settings
  // A renewal is what every command does next; where it is refused, that one says to sign in.
  const fix = renewable && profile !== undefined ? `mls refresh --profile ${name}` : signIn(settings)
  return signedOut(told, fix)
}

/**
 * What everything is for: whether the server takes the access token. Several calls, each over a connection of its own:
 * behind a load balancer, web nodes may not agree. Renews nothing.
 */
export const call: Look = ({ ask, settings, token }) =>
  Effect.gen(function* () {
    if (token === undefined) return skip("needs an access token that has not ended")
    const authorization = Redacted.value(token.authorization)
    const request = HttpClientRequest.get(`${settings.endpoint.base}/status`).pipe(
      HttpClientRequest.setHeader("authorization", authorization)
    )
    // At once: a server that takes its time for the report would be waited for six times.
    const answers = yield* Effect.all(
      Array.from({ length: CALLS }, () => ask(request)),
      { concurrency: "unbounded" }
    )
    const statuses = answers.flatMap((answer) => (answer._tag === "Answered" ? [answer.status] : []))
    const refused = statuses.filter((status) => status === 401).length
    const strange = statuses.find((status) => status >= 500)
    if (statuses.length < CALLS) return skip(`no answer to ${CALLS - statuses.length} of ${CALLS} calls`)
    if (strange !== undefined) return skip(`a call with the access token is answered ${strange}`)
    if (refused === 0) return ok(`the server takes the access token (${CALLS} calls)`)
    return refused === CALLS ? refusedEverywhere(settings, token) : unlike(refused)
  })
