/**
 * The wire of Azure Active Directory in front of a server that speaks the standards, so that servers nobody here wrote
 * can be asked the way Azure is asked. It renames, and does nothing else: it holds no state and judges nothing; every
 * status, header and error is the server's own.
 *
 * | asked | becomes |
 * |---|---|
 * | `POST /{tenant}/oauth2/token`, `…/oauth2/v2.0/token` | the token endpoint |
 * | `GET /{tenant}/oauth2/authorize`, `…/oauth2/v2.0/authorize` | a redirect to the authorization endpoint, target and scopes as below |
 * | `POST /{tenant}/oauth2/devicecode`, `…/oauth2/v2.0/devicecode` | the device authorization endpoint |
 * | `POST /{tenant}/oauth2/revoke` | the revocation endpoint (RFC 7009); Azure has none |
 * | v1 `grant_type=device_code` with `code` | `grant_type=urn:ietf:params:oauth:grant-type:device_code`, `device_code` |
 * | v1 `resource` without a scope | the same `resource` (RFC 8707), and `scope=openid offline_access {scope}`: v1 gives a refresh token unasked |
 * | v2 `scope={resource}/.default openid …` | `resource`, and the same scopes with `{scope}` in the place of `{resource}/.default` |
 * | a refresh or a code, either wire | no scope: what was granted (RFC 6749 6) |
 * | a revocation | itself |
 * | request headers | none but the form's type |
 * | a `client_id` that has a secret at the server | the same, with `Authorization: Basic`; ours are public clients |
 *
 * | answered | becomes |
 * |---|---|
 * | v1 JSON: numbers | the same in digits: `"3600"` |
 * | v1 JSON: `verification_uri` | `verification_url` |
 * | v2 JSON, and anything that is no JSON object | itself |
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Http from "node:http"
import * as Loopback from "../loopback.js"

/** What stands behind. */
export interface Target {
  /** URLs. */
  readonly token: string
  readonly deviceAuthorization: string
  readonly authorization?: string
  readonly revocation: string
  /** What the server calls the right to use the resource. */
  readonly scope: string
  /** Secrets by client id, for grants that the server gives only to clients which have one. */
  readonly secrets?: Readonly<Record<string, string>>
}

/** The tenant; the mapping takes any. */
export const TENANT = "contoso.test"

/** Below `{authuri}/{tenant}`, for `EntraIssuer`'s `revocationPath`. */
export const REVOCATION_PATH = "/oauth2/revoke"

const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"

/** The mapping on a port of its own. Its `url` is an `authuri`. */
export const make = (target: Target): Effect.Effect<Loopback.Loopback, never, Scope.Scope> =>
  Loopback.http((request, response) => void forward(target, request, response))

const forward = async (target: Target, request: Http.IncomingMessage, response: Http.ServerResponse): Promise<void> => {
  const seen = await Loopback.see(request)
  const [, authorize, query] = /^\/[^/]+\/oauth2(\/v2\.0)?\/authorize\?(.*)$/.exec(seen.url) ?? []
  if (query !== undefined && target.authorization !== undefined) {
    const asked = translated(target, new URLSearchParams(query), target.authorization, authorize === undefined)
    return void response.writeHead(302, { location: `${target.authorization}?${asked.toString()}` }).end()
  }
  const [, version, name = ""] = /^\/[^/]+\/oauth2(\/v2\.0)?\/(token|devicecode|revoke)(?:\?|$)/.exec(seen.url) ?? []
  const v1 = version === undefined
  const endpoints = new Map([
    ["token", target.token],
    ["devicecode", target.deviceAuthorization],
    ["revoke", target.revocation]
  ])
  const endpoint = endpoints.get(name)
  if (endpoint === undefined) return void response.writeHead(404).end()
  const form = translated(target, new URLSearchParams(seen.body.toString("utf8")), endpoint, v1)
  const secret = target.secrets?.[form.get("client_id") ?? ""]
  const basic = Buffer.from(`${form.get("client_id")}:${secret}`).toString("base64")
  const answer = await fetch(endpoint, {
    method: seen.method,
    redirect: "manual",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      ...(secret === undefined ? {} : { authorization: `Basic ${basic}` })
    },
    body: form
  }).catch(() => undefined)
  if (answer === undefined) return void response.writeHead(502).end()
  const body = await answer.text()
  for (const [name, value] of answer.headers) if (!HOP_BY_HOP.test(name)) response.appendHeader(name, value)
  response.writeHead(answer.status).end(v1 ? inDigits(body) : body)
}

/** Headers of one connection, or of one body. */
const HOP_BY_HOP = /^(connection|keep-alive|transfer-encoding|content-length|content-encoding)$/

const translated = (target: Target, form: URLSearchParams, endpoint: string, v1: boolean): URLSearchParams => {
  if (endpoint === target.revocation) return form
  if (v1 && form.get("grant_type") === "device_code") {
    form.set("grant_type", DEVICE_GRANT)
    form.set("device_code", form.get("code") ?? "")
    form.delete("code")
  }
  const scopes = v1 ? ["openid", "offline_access", target.scope] : (form.get("scope") ?? "").split(" ")
  const resource = scopes.find((scope) => scope.endsWith("/.default"))?.replace(/\/\.default$/, "")
  if (resource !== undefined) form.set("resource", resource)
  form.set("scope", scopes.map((scope) => (scope.endsWith("/.default") ? target.scope : scope)).join(" "))
  const granted = ["refresh_token", "authorization_code"].includes(form.get("grant_type") ?? "")
  if (granted || form.get("scope") === "") form.delete("scope")
  return form
}

const inDigits = (body: string): string => {
  const json = parsed(body)
  if (typeof json !== "object" || json === null || Array.isArray(json)) return body
  return JSON.stringify(
    Object.fromEntries(
      Object.entries(json).map(([name, value]) => [
        name === "verification_uri" ? "verification_url" : name,
        typeof value === "number" ? String(value) : value
      ])
    )
  )
}

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
