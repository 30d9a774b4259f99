/** Azure's end of the wire as a script: answers as the reference has them, with canaries where a name or a secret stands. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Authority from "../../src/Authority.js"
import * as Credential from "../../src/Credential.js"
import type { Event } from "../../src/DeviceAuthorization.js"
import * as EntraIssuer from "../../src/EntraIssuer.js"
import * as Token from "../../src/Token.js"
import type * as TokenIssuer from "../../src/TokenIssuer.js"
import { client, NOW, type Plan, secrets } from "./wire.js"

export { NOW, type Plan, secrets }

/** A name that may stand in a description, and must come out nowhere. */
export const CANARY_USER = "canary.user.31c7@contoso.example"
export const CANARY_DEVICE_CODE = "Canary-device-code-88d1"

export const TENANT = "contoso.example"
export const CLIENT = "0c1a8e5e-1111-4222-8333-9a0000000001"
export const RESOURCE = "0c1a8e5e-2222-4333-8444-9a0000000002"
export const AUTHORITY = Either.getOrThrow(Authority.make({ tenant: TENANT }))
export const BASE = `https://login.microsoftonline.com/${TENANT}`

export const user = Credential.usernamePassword({ username: CANARY_USER, password: secrets.password })

/** An issuer over any client. */
export const issuerOver = (http: HttpClient.HttpClient, options: Partial<EntraIssuer.Options> = {}) =>
  Effect.provideService(
    EntraIssuer.make({ authority: AUTHORITY, clientid: CLIENT, resource: RESOURCE, ...options }),
    HttpClient.HttpClient,
    http
  )

/** An issuer whose authority follows the script, its options first. */
export const issuerWith = (options: Partial<EntraIssuer.Options>, ...plans: ReadonlyArray<Plan>) => {
  const { http, sent } = client(plans)
  return Effect.map(issuerOver(http, options), (issuer) => ({ issuer, sent }))
}

/** An issuer whose authority follows the script. */
export const issuer = (...plans: ReadonlyArray<Plan>) => issuerWith({}, ...plans)

const json = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): Plan => ({
  status,
  headers: { "content-type": "application/json; charset=utf-8", ...headers },
  body: JSON.stringify(body)
})

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url")
export const idToken = (claims: object): string => `${base64url({ alg: "none" })}.${base64url(claims)}.`

/** A token answer of v1 as it is on the wire: digits in strings. `undefined` leaves a field out. */
export const tokens = (fields: Readonly<Record<string, unknown>> = {}): Plan =>
  json(200, {
    token_type: "Bearer",
    scope: "user_impersonation",
    expires_in: "3599",
    ext_expires_in: "3599",
    expires_on: String(NOW / 1000 + 3599),
    not_before: String(NOW / 1000 - 300),
    resource: RESOURCE,
    access_token: secrets.newAccess,
    refresh_token: secrets.newRefresh,
    id_token: idToken({ upn: "ada@contoso.example" }),
    ...fields
  })

/** An error answer as Azure writes it, its description naming the user. */
export const refusal = (
  error: string,
  fields: Readonly<Record<string, unknown>> = {},
  status = 400,
  headers: Readonly<Record<string, string>> = {}
): Plan =>
  json(
    status,
    {
      error,
      error_description: `AADSTS50126: Error validating ${CANARY_USER} with ${secrets.password}.\r\nTrace ID: 1\r\nTimestamp: 2`,
      error_codes: [],
      timestamp: "2016-11-20 12:04:14Z",
      trace_id: "7f3a0000-0000-4000-8000-000000000001",
      correlation_id: "5a1e0000-0000-4000-8000-000000000002",
      error_uri: "https://login.microsoftonline.com/error?code=50126",
      ...fields
    },
    headers
  )

/** A device code of v1: digits in strings, `verification_url`. */
export const deviceCode = (fields: Readonly<Record<string, unknown>> = {}): Plan =>
  json(200, {
    user_code: "F7KQ2MXD",
    device_code: CANARY_DEVICE_CODE,
    verification_url: "https://microsoft.com/devicelogin",
    expires_in: "900",
    interval: "5",
    message: "To sign in, use a web browser …",
    ...fields
  })

export const pending = refusal("authorization_pending", { error_codes: [70016] })
export const slowDown = refusal("slow_down")

/** A sign-in with a device code that remembers what it showed. */
export const watched = (
  options: Omit<Credential.DeviceCodeOptions, "prompt"> & { newCode?: Effect.Effect<void> } = {}
) => {
  const events: Array<Event> = []
  const { newCode, ...rest } = options
  const show = (event: Event) => Effect.sync(() => void events.push(event))
  return { events, credential: Credential.deviceCode({ ...rest, prompt: { show, newCode } }) }
}

/** A pair obtained ten minutes ago. */
export const held = Token.first(
  {
    accessToken: Redacted.make(secrets.access),
    refreshToken: Redacted.make(secrets.refresh),
    obtainedAt: NOW - 600_000,
    expiresAt: NOW + 3_000_000,
    clockDifference: 0
  },
  CANARY_USER
)

export const operations = ["password", "renew"] as const

/** How an operation fails when the authority follows the script. */
export const failure = (
  operation: (typeof operations)[number],
  plan: Plan,
  options: Partial<EntraIssuer.Options> = {}
) => Effect.flatMap(issuerWith(options, plan), ({ issuer: it }) => Effect.flip(run(it, operation)))

const run = (issuer: TokenIssuer.Service, operation: (typeof operations)[number]) =>
  operation === "password" ? issuer.grant(user) : issuer.renew(held)
