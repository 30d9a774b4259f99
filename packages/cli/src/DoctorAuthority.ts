/**
 * The look of `mls doctor` at Azure Active Directory, where a server leaves sign-ins to it: whether it is reached from
 * here, and knows the tenant. Its OpenID configuration is public: nobody is named, and no token is sent.
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Check, fail, ok, skip } from "./DoctorCheck.js"
import type { Ask } from "./DoctorServer.js"
import { isNoTls, isUntrusted } from "./DoctorWay.js"
import { ExitCode } from "./ExitCode.js"
import type { ServerSettings } from "./ServerSettings.js"

/** As much of it as tells an authority from a page of a proxy. OpenID Connect Discovery 1.0, section 3. */
const Metadata = Schema.parseJson(Schema.Struct({ issuer: Schema.String, token_endpoint: Schema.String }))
const decode = Schema.decodeOption(Metadata)

const unreachable = (message: string, fix: string): Check => fail("authority", ExitCode.unreachable, message, fix)
const wrong = (message: string, fix: string): Check => fail("authority", ExitCode.configuration, message, fix)

const silent = (origin: string, code: string): Check => {
  const told = `${origin}, where tokens come from, is not reached (${code})`
  if (isUntrusted(code))
    return unreachable(told, "Get the certificate of the issuing authority, and: mls login --cacert FILE")
  const https = isNoTls(code) ? " with https" : ""
  return unreachable(
    told,
    `Have the firewall or proxy let ${origin} through${https}: every sign-in and renewal needs it`
  )
}

/** What the settings name, and what it says of itself. */
export const look = <E>({ cloud, name, profile, endpoint }: ServerSettings, ask: Ask<E>): Effect.Effect<Check, E> =>
  Effect.gen(function* () {
    if (cloud === undefined) return skip("authority", "the server issues its tokens itself")
    const { base, origin, tenant } = cloud.authority
    const version = cloud.wire === "v1" ? "" : "/v2.0"
    const answer = yield* ask(HttpClientRequest.get(`${base}${version}/.well-known/openid-configuration`))
    if (answer._tag === "Silent") return silent(origin, answer.code)
    const { body, status } = answer
    if (status === 200 && Option.isSome(decode(body))) return ok("authority", `${origin} knows the tenant ${tenant}`)
    if (status >= 500) return unreachable(`${origin} answers ${status}`, "Try again later.")
    const login = `mls login ${profile === undefined ? endpoint.base : name}`
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
