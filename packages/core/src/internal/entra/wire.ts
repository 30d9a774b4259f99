/**
 * The two dialects of Azure's endpoints, field by field. v1 names a `resource`, v2 a scope; everything else of the
 * difference is names. Sources: Microsoft's archived v1 documentation and the traffic of its libraries; RFC 6749 4.1, 4.3
 * and 6; RFC 7636 4; RFC 8628 3.1 and 3.4; RFC 7009 2.1.
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Redacted from "effect/Redacted"
import type { Target as Authorization } from "../../AuthorizationCode.js"
import type { AuthorizationCode, UsernamePassword } from "../../Credential.js"
import type { Redemption } from "../issuer/codeFlow.js"

/** The application that asks, and what it asks for. */
export interface Target {
  readonly base: string
  readonly clientid: string
  readonly resource: string
  readonly wire: "v1" | "v2"
  readonly revocationPath: string | undefined
}

type Form = Readonly<Record<string, string | undefined>>

/** The requests of one target. */
export interface Wire {
  readonly password: (credential: UsernamePassword) => HttpClientRequest.HttpClientRequest
  readonly authorization: (credential: AuthorizationCode) => Authorization
  readonly redeem: (redemption: Redemption, claims: string | undefined) => HttpClientRequest.HttpClientRequest
  readonly device: (claims: string | undefined) => HttpClientRequest.HttpClientRequest
  readonly poll: (
    deviceCode: Redacted.Redacted<string>,
    claims: string | undefined
  ) => HttpClientRequest.HttpClientRequest
  readonly refresh: (
    refreshToken: Redacted.Redacted<string>,
    claims: string | undefined
  ) => HttpClientRequest.HttpClientRequest
  readonly revoke: (refreshToken: Redacted.Redacted<string>) => HttpClientRequest.HttpClientRequest
}

/** A form body: UTF-8, percent-encoded, each field once; credentials are never in the address (RFC 6749 2.3.1). */
const post = (url: string, form: Form) => {
  const fields = Object.entries(form).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  return HttpClientRequest.post(url).pipe(
    HttpClientRequest.acceptJson,
    HttpClientRequest.bodyText(new URLSearchParams(fields).toString(), "application/x-www-form-urlencoded")
  )
}

/** The requests for a target. */
export const make = (target: Target): Wire => {
  const v1 = target.wire === "v1"
  const oauth = `${target.base}/oauth2${v1 ? "" : "/v2.0"}`
  const token = `${oauth}/token`
  // A resource that ends in a slash keeps it: `https://x//.default` is right.
  const scope = `${target.resource}/.default openid profile offline_access`
  const asked: Form = { client_id: target.clientid, ...(v1 ? { resource: target.resource } : { scope }) }
  return {
    password: ({ password, username }) =>
      post(token, {
        grant_type: "password",
        ...asked,
        // v1 gives an ID token for this grant only if it is asked for, and a refresh token anyway.
        ...(v1 ? { scope: "openid" } : {}),
        username,
        password: Redacted.value(password)
      }),
    authorization: ({ ask, claims, domainHint, loginHint }) => ({
      endpoint: `${oauth}/authorize`,
      parameters: {
        ...asked,
        ...(v1 ? { scope: "openid" } : {}),
        login_hint: loginHint,
        domain_hint: domainHint,
        prompt: ask,
        claims
      }
    }),
    redeem: ({ code, redirectUri, verifier }, claims) =>
      post(token, {
        grant_type: "authorization_code",
        ...asked,
        code: Redacted.value(code),
        redirect_uri: redirectUri,
        code_verifier: Redacted.value(verifier),
        claims
      }),
    device: (claims) => post(v1 ? `${oauth}/devicecode?api-version=1.0` : `${oauth}/devicecode`, { ...asked, claims }),
    poll: (deviceCode, claims) =>
      post(token, {
        ...asked,
        ...(v1
          ? { grant_type: "device_code", code: Redacted.value(deviceCode) }
          : {
              grant_type: "urn:ietf:params:oauth:grant-type:device_code",
              device_code: Redacted.value(deviceCode)
            }),
        claims
      }),
    refresh: (refreshToken, claims) =>
      post(token, { grant_type: "refresh_token", ...asked, refresh_token: Redacted.value(refreshToken), claims }),
    revoke: (refreshToken) =>
      post(target.base + (target.revocationPath ?? ""), {
        token: Redacted.value(refreshToken),
        token_type_hint: "refresh_token",
        client_id: target.clientid
      })
  }
}
