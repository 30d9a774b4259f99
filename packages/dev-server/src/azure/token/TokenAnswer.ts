/**
 * Token answers as the two endpoints send them: v1 writes numbers as strings and always gives a refresh token, v2 does
 * neither.
 */
import * as Effect from "effect/Effect"
import * as Reply from "../../http/Reply.js"
import type { Grant } from "./AzureGrants.js"
import { NOT_BEFORE_MILLIS } from "./AzureTokens.js"
import type { Call } from "../Call.js"
import type { Code } from "../device/DeviceCodes.js"
import type { User } from "../SignIn.js"

/** A number in the form that this endpoint sends. */
export const digits = ({ authority, wire }: Call, value: number): number | string =>
  (authority.configuration.shape.digits ?? (wire === "v1" ? "string" : "number")) === "string" ? String(value) : value

const seconds = (millis: number): number => Math.floor(millis / 1000)

/** Token answers are never stored on their way. */
export const NO_STORE = { "cache-control": "no-store, no-cache", pragma: "no-cache" }

const clientInfo = ({ authority, form }: Call, user: User) =>
  form.get("client_info") === "1"
    ? {
        client_info: Buffer.from(JSON.stringify({ uid: user.oid, utid: authority.configuration.tenant })).toString(
          "base64url"
        )
      }
    : {}

const v1 = (call: Call, { access }: Grant) => ({
  token_type: "Bearer",
  scope: "user_impersonation",
  expires_in: digits(call, seconds(access.accessExpiresAt - access.issuedAt)),
  ext_expires_in: digits(call, seconds(access.accessExpiresAt - access.issuedAt)),
  expires_on: digits(call, seconds(access.accessExpiresAt)),
  not_before: digits(call, seconds(access.issuedAt - NOT_BEFORE_MILLIS)),
  resource: access.resource
})

const v2 = (call: Call, { access }: Grant) => ({
  token_type: "Bearer",
  scope: `${access.resource}/user_impersonation ${access.resource}/.default`,
  expires_in: digits(call, seconds(access.accessExpiresAt - access.issuedAt)),
  ext_expires_in: digits(call, seconds(access.accessExpiresAt - access.issuedAt))
})

/** The answer for a grant; `id_token` only where `openid` was asked for. */
export const tokens = (call: Call, grant: Grant, user: User, nonce?: string): Effect.Effect<Reply.Answer> =>
  Effect.gen(function* () {
    const { tokens } = call.authority
    const access_token = yield* tokens.access(grant.access, user)
    const identity = tokens.identity(grant.access, user, call.wire === "v1" ? "1.0" : "2.0", nonce)
    const id_token = grant.scopes.includes("openid") ? { id_token: yield* identity } : {}
    return Reply.json(
      200,
      {
        ...(call.wire === "v1" ? v1(call, grant) : v2(call, grant)),
        access_token,
        ...(grant.refreshToken === undefined ? {} : { refresh_token: grant.refreshToken }),
        ...(grant.fixedEnd === undefined
          ? {}
          : { refresh_token_expires_in: digits(call, seconds(grant.fixedEnd - call.now)) }),
        ...id_token,
        ...clientInfo(call, user)
      },
      NO_STORE
    )
  })

/** Where a person types the code. */
export const verificationUrl = ({ authority }: Pick<Call, "authority">): string =>
  `${authority.origin}/${authority.configuration.tenant}/deviceauth`

/** The answer for a device code: `verification_url` in v1, `verification_uri` in v2. */
export const deviceCode = (call: Call, code: Code): Reply.Answer => {
  const url = verificationUrl(call)
  return Reply.json(
    200,
    {
      user_code: code.userCode,
      device_code: code.deviceCode,
      ...(call.wire === "v1" ? { verification_url: url } : { verification_uri: url }),
      expires_in: digits(call, seconds(code.expiresAt - code.issuedAt)),
      interval: digits(call, seconds(code.interval)),
      message: `To sign in, use a web browser to open the page ${url} and enter the code ${code.userCode} to authenticate.`
    },
    NO_STORE
  )
}
