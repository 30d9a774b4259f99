/**
 * What every caller may ask of the authority, without signing in: its keys, its endpoints, and who verifies a user's password.
 */
import * as Effect from "effect/Effect"
import * as AzureDirectory from "../AzureDirectory.js"
import * as Reply from "../http/Reply.js"
import { issuer } from "./token/AzureTokens.js"
import type { Call } from "./Call.js"
import * as SignIn from "./SignIn.js"
import { verificationUrl } from "./token/TokenAnswer.js"

/** `GET /{tenant}/discovery/keys`: no key where tokens are opaque. */
export const keys = ({ authority }: Call): Effect.Effect<Reply.Answer> =>
  Effect.map(authority.tokens.publicKeys, (keys) => Reply.json(200, keys))

/** `GET /{tenant}/.well-known/openid-configuration`. */
export const metadata = (call: Call): Reply.Answer => {
  const { authority, wire } = call
  const base = `${authority.origin}/${authority.configuration.tenant}`
  const version = wire === "v1" ? "" : "/v2.0"
  return Reply.json(200, {
    issuer: issuer(authority.tokens.rules, wire === "v1" ? "1.0" : "2.0"),
    authorization_endpoint: `${base}/oauth2${version}/authorize`,
    authorization_response_iss_parameter_supported: true,
    token_endpoint: `${base}/oauth2${version}/token`,
    device_authorization_endpoint: `${base}/oauth2${version}/devicecode`,
    jwks_uri: `${base}/discovery${version}/keys`,
    response_types_supported: ["code"],
    response_modes_supported: ["query", "fragment"],
    code_challenge_methods_supported: ["S256", "plain"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    grant_types_supported: [
      "authorization_code",
      "password",
      "refresh_token",
      "urn:ietf:params:oauth:grant-type:device_code"
    ],
    scopes_supported: ["openid", "profile", "email", "offline_access"],
    device_verification_url: verificationUrl(call)
  })
}

const decoded = (segment: string): string => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

const federation = (domain: string) => ({
  account_type: "Federated",
  federation_protocol: "WSTrust",
  federation_metadata_url: `https://adfs.${domain}/adfs/services/trust/mex`,
  federation_active_auth_url: `https://adfs.${domain}/adfs/services/trust/2005/usernamemixed`
})

/** `GET /common/UserRealm/{upn}`: `Managed`, `Federated`, or `Unknown` where the domain is none of the tenant's. */
export const realm = ({ authority }: Call, tail: string): Reply.Answer => {
  const upn = decoded(tail)
  const domain = upn.slice(upn.indexOf("@") + 1).toLowerCase()
  const { users } = authority.configuration.signIn
  const federated = SignIn.find(users, upn)?.obstacle === "federated"
  const managed = domain === AzureDirectory.domain || SignIn.find(users, upn) !== undefined
  return Reply.json(200, {
    ver: "1.0",
    ...(federated ? federation(domain) : { account_type: managed ? "Managed" : "Unknown" }),
    domain_name: domain,
    cloud_instance_name: "microsoftonline.com",
    cloud_audience_urn: "urn:federation:MicrosoftOnline"
  })
}
