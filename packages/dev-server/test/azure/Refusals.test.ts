import { describe, expect, it } from "@effect/vitest"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as AzureDirectory from "../../src/AzureDirectory.js"
import { parsed } from "../Adapters.js"
import { type AzurePeer, azureAdapters, refusal, target, type Wire } from "./AzurePeer.js"

const { ada, clientid, domain, resource, tenant } = AzureDirectory
const { password, username } = ada
const grant = { grant_type: "password", username, password }
const v1 = { client_id: clientid, ...grant, ...target("v1") }
const v2 = { client_id: clientid, ...grant, ...target("v2") }
const path = { v1: `/${tenant}/oauth2/token`, v2: `/${tenant}/oauth2/v2.0/token` }

const without = (fields: Record<string, string>, name: string) =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name))

const told = (server: AzurePeer, at: string, fields: Record<string, string>) =>
  Effect.map(server.post(at, fields), (seen) => {
    const { error, error_codes, status } = refusal(seen)
    return [status, error, ...error_codes]
  })

describe.each(azureAdapters)("refusals ($name)", ({ make }) => {
  it.scopedLive.each([
    ["an unknown tenant", "/elsewhere.example/oauth2/token", v1, [400, "invalid_request", 90002]],
    ["the password grant over common", "/common/oauth2/token", v1, [400, "invalid_request", 9001023]],
    ["consumers", "/consumers/oauth2/v2.0/token", v2, [400, "invalid_request", 9002332]],
    ["an unknown client", path.v1, { ...v1, client_id: resource }, [400, "unauthorized_client", 700016]],
    ["no client", path.v1, without(v1, "client_id"), [400, "invalid_request", 900144]],
    ["a secret of a public client", path.v2, { ...v2, client_secret: "s" }, [401, "invalid_client", 700025]],
    ["an unknown resource", path.v1, { ...v1, resource: clientid }, [400, "invalid_resource", 500011]],
    ["no resource", path.v1, without(v1, "resource"), [400, "invalid_request", 900144]],
    [
      "an unknown resource in a scope",
      path.v2,
      { ...v2, scope: "https://x//.default" },
      [400, "invalid_resource", 500011]
    ],
    ["a resource on v2", path.v2, { ...v2, resource }, [400, "invalid_request", 901002]],
    ["no scope on v2", path.v2, without(v2, "scope"), [400, "invalid_request", 900144]],
    ["openid alone", path.v2, { ...v2, scope: "openid" }, [400, "invalid_scope", 70011]],
    ["mixed scopes", path.v2, { ...v2, scope: `${resource}/.default ${resource}/read` }, [400, "invalid_scope", 70011]],
    ["two resources", path.v2, { ...v2, scope: `${resource}/read x/read` }, [400, "invalid_scope", 70011]],
    ["no grant", path.v1, without(v1, "grant_type"), [400, "invalid_request", 900144]],
    ["another grant", path.v1, { ...v1, grant_type: "implicit" }, [400, "unsupported_grant_type", 70003]],
    ["no password", path.v1, without(v1, "password"), [400, "invalid_request", 900144]],
    ["no refresh token", path.v1, { ...v1, grant_type: "refresh_token" }, [400, "invalid_request", 900144]],
    [
      "v2's name of a code on v1",
      path.v1,
      { ...v1, grant_type: "device_code", device_code: "d" },
      [400, "invalid_request", 900144]
    ],
    [
      "v1's name of a code on v2",
      path.v2,
      { ...v2, grant_type: "device_code", code: "d" },
      [400, "invalid_request", 900144]
    ],
    [
      "an unknown code",
      path.v1,
      { ...v1, grant_type: "device_code", code: "d" },
      [400, "bad_verification_code", 70018]
    ],
    [
      "a device code without a resource",
      `/${tenant}/oauth2/devicecode`,
      { client_id: clientid },
      [400, "invalid_request", 900144]
    ],
    ["a device code over consumers", "/consumers/oauth2/devicecode", v1, [400, "invalid_request", 9002332]]
  ] as const)("%s", ([, at, fields, expected]) =>
    Effect.gen(function* () {
      expect(yield* told(yield* make(), at, fields)).toEqual(expected)
    })
  )

  it.scopedLive("a form is a form: JSON is read as nothing, and a field that comes twice is no good", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const json = refusal(yield* server.ask("POST", path.v1, { body: v1 }))
      expect([json.error_codes, json.error_description.includes("grant_type")]).toEqual([[900144], true])
      const twice = `${new URLSearchParams(v1).toString()}&resource=${resource}`
      const request = HttpClientRequest.post(`${server.url}${path.v1}`)
      const response = yield* server.client.execute(
        HttpClientRequest.bodyText(request, twice, "application/x-www-form-urlencoded")
      )
      expect(yield* response.json).toMatchObject({ error: "invalid_request", error_codes: [9002313] })
    })
  )

  it.scopedLive("a token endpoint is posted to, and not from a page of another site", () =>
    Effect.gen(function* () {
      const server = yield* make()
      expect(refusal(yield* server.ask("GET", path.v1)).error_codes).toEqual([900561])
      const cross = yield* server.post(path.v1, v1, { origin: "https://spa.example" })
      expect(refusal(cross).error_codes).toEqual([9002326])
    })
  )

  it.scopedLive("an application that is not public must have a secret", () =>
    Effect.gen(function* () {
      const server = yield* make({ publicClient: false })
      expect(yield* told(server, path.v1, v1)).toEqual([401, "invalid_client", 7000218])
      expect(yield* told(server, `/${tenant}/oauth2/devicecode`, v1)).toEqual([401, "invalid_client", 7000218])
    })
  )

  it.scopedLive("the tenant's domain, and organizations, stand for its identifier; settings of one's own do too", () =>
    Effect.gen(function* () {
      const server = yield* make()
      expect((yield* server.post(`/${domain}/oauth2/token`, v1)).status).toBe(200)
      expect((yield* server.post("/organizations/oauth2/v2.0/token", v2)).status).toBe(200)
      const own = yield* make({ tenant: "t.example", clientid: "my-client", resource: "https://mls.example/" })
      expect(own.settings).toEqual({
        authuri: own.url,
        tenant: "t.example",
        clientid: "my-client",
        resource: "https://mls.example/"
      })
      const scope = "https://mls.example//.default"
      const seen = yield* own.token("v2", { ...grant, scope })
      expect(yield* own.call(parsed<{ access_token: string }>(seen).access_token)).toBe(200)
    })
  )

  it.scopedLive.each(["v1", "v2"] as ReadonlyArray<Wire>)("wrong passwords lock an account, over %s", (wire) =>
    Effect.gen(function* () {
      const server = yield* make({ lockout: { threshold: 2, duration: "5 minutes" } })
      const wrong = { username, password: "wrong" }
      const seen = yield* Effect.forEach([wrong, wrong, ada], (who) => server.byPassword(wire, who))
      expect(seen.map((it) => refusal(it).error_codes[0])).toEqual([50126, 50126, 50053])
      yield* server.control.advance("5 minutes")
      expect((yield* server.byPassword(wire, ada)).status).toBe(200)
      expect((yield* server.control.counts).azure).toMatchObject({
        passwordGrants: 1,
        passwordGrantsRefused: 3,
        refusedWith: { 50126: 2, 50053: 1 },
        refusedPasswordsRepeated: 1
      })
    })
  )
})
