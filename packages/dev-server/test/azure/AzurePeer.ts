/** A client's side of the authority's wire: forms in, JSON out, on either version. */
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as AzureDirectory from "../../src/AzureDirectory.js"
import type * as DevServer from "../../src/DevServer.js"
import { adapters, type Peer, parsed, type Seen } from "../Adapters.js"

export type Fields = Readonly<Record<string, string>>
export type Wire = "v1" | "v2"

/** A token answer, or as much of it as tests look at. */
export interface Tokens {
  readonly access_token: string
  readonly refresh_token?: string
  readonly id_token?: string
  readonly expires_in: unknown
}

/** A device code answer. */
export interface DeviceCode {
  readonly device_code: string
  readonly user_code: string
  readonly verification_url?: string
  readonly verification_uri?: string
  readonly expires_in: unknown
  readonly interval?: unknown
}

/** An error body. */
export interface Refusal {
  readonly error: string
  readonly suberror?: string
  readonly error_codes: ReadonlyArray<number>
  readonly error_description: string
  readonly claims?: string
}

type Asked<A> = Effect.Effect<A, HttpClientError.HttpClientError>

export interface AzurePeer extends Peer {
  readonly settings: DevServer.AzureSettings
  readonly post: (path: string, fields: Fields, headers?: Fields) => Asked<Seen>
  readonly token: (wire: Wire, fields: Fields, headers?: Fields) => Asked<Seen>
  readonly byPassword: (wire: Wire, who: { readonly username: string; readonly password: string }) => Asked<Seen>
  readonly deviceCode: (wire: Wire, fields?: Fields) => Asked<DeviceCode>
  readonly poll: (wire: Wire, code: DeviceCode) => Asked<Seen>
  readonly refresh: (wire: Wire, refreshToken: string | undefined, fields?: Fields) => Asked<Seen>
  /** The status of a call of the API with this token. */
  readonly call: (token: string) => Asked<number>
}

const endpoint = (wire: Wire) => (wire === "v1" ? "oauth2" : "oauth2/v2.0")

/** What is asked for, in the words of a version. */
export const target = (wire: Wire, resource: string = AzureDirectory.resource): Fields =>
  wire === "v1" ? { resource, scope: "openid" } : { scope: `${resource}/.default openid offline_access` }

const azurePeer = (peer: Peer, settings: DevServer.AzureSettings): AzurePeer => {
  const post: AzurePeer["post"] = (path, fields, headers = {}) => {
    const request = HttpClientRequest.post(`${peer.url}${path}`, { headers })
    return Effect.flatMap(peer.client.execute(HttpClientRequest.bodyUrlParams(request, fields)), (response) =>
      Effect.map(response.text, (text) => ({ status: response.status, headers: response.headers, text }))
    )
  }
  const { clientid: client_id, tenant } = settings
  const token: AzurePeer["token"] = (wire, fields, headers) =>
    post(`/${tenant}/${endpoint(wire)}/token`, { client_id, ...fields }, headers)
  return {
    ...peer,
    settings,
    post,
    token,
    byPassword: (wire, { password, username }) =>
      token(wire, { grant_type: "password", username, password, ...target(wire) }),
    deviceCode: (wire, fields) =>
      Effect.map(
        post(`/${tenant}/${endpoint(wire)}/devicecode`, { client_id, ...target(wire), ...fields }),
        parsed<DeviceCode>
      ),
    poll: (wire, { device_code }) =>
      token(
        wire,
        wire === "v1"
          ? { grant_type: "device_code", code: device_code, resource: settings.resource }
          : { grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code }
      ),
    refresh: (wire, refresh_token = "", fields = {}) =>
      token(wire, { grant_type: "refresh_token", refresh_token, ...target(wire), ...fields }),
    call: (token) => Effect.map(peer.ask("GET", "/services", { token }), ({ status }) => status)
  }
}

export interface Adapter {
  readonly name: string
  readonly make: (
    azure?: DevServer.AzureOptions,
    options?: DevServer.Options
  ) => Effect.Effect<AzurePeer, DevServer.ListenError, Scope.Scope>
}

const withAuthority = (tokenFormat: DevServer.Options["tokenFormat"]): ReadonlyArray<Adapter> =>
  adapters
    .filter(({ name }) => !name.includes("opaque"))
    .map(({ make, name }) => ({
      name: `${name}, ${tokenFormat} tokens`,
      make: (azure, options) =>
        Effect.flatMap(make({ ...options, tokenFormat, azure: azure ?? true }), (peer) =>
          peer.azure === undefined
            ? Effect.dieMessage("the authority is off")
            : Effect.succeed(azurePeer(peer, peer.azure))
        )
    }))

/** Both adapters, with tokens that cost nothing: an RSA key takes a fifth of a second to make. */
export const azureAdapters = withAuthority("opaque")

/** Both adapters, with signed tokens. */
export const signedAdapters = withAuthority("jwt")

/** The refusal in a body. */
export const refusal = (seen: Seen): Refusal & { readonly status: number } => ({
  ...parsed<Refusal>(seen),
  status: seen.status
})
