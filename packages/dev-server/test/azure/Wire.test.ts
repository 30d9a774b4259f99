import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Jose from "jose"
import * as AzureDirectory from "../../src/AzureDirectory.js"
import { parsed } from "../Adapters.js"
import { azureAdapters, refusal, target, type Tokens } from "./AzurePeer.js"

const { ada, clientid, resource, tenant } = AzureDirectory
const CORRELATION = "5f0c1d52-7a0b-4f6e-9d3c-0c2b5a8e4d22"

describe.each(azureAdapters)("the wire ($name)", ({ make }) => {
  it.scopedLive("v1 writes numbers as strings, names the resource, and always gives a refresh token", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const seen = yield* server.token("v1", { grant_type: "password", ...ada, groups: "", resource })
      expect(seen.headers["cache-control"]).toContain("no-store")
      const tokens = parsed<Record<string, string>>(seen)
      expect(Object.keys(tokens).sort()).toEqual(
        "access_token expires_in expires_on ext_expires_in not_before refresh_token resource scope token_type".split(
          " "
        )
      )
      expect(tokens).toMatchObject({ token_type: "Bearer", expires_in: "3600", resource, scope: "user_impersonation" })
      const now = (yield* server.control.now) / 1000
      expect(Math.abs(Number(tokens["expires_on"]) - now - 3600)).toBeLessThan(5)
      expect(Math.abs(Number(tokens["not_before"]) - now + 300)).toBeLessThan(5)
    })
  )

  it.scopedLive("v2 writes numbers, a refresh token only with offline_access, an id token only with openid", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const ask = (scope: string) =>
        Effect.map(server.token("v2", { grant_type: "password", ...ada, groups: "", scope }), parsed<Tokens>)
      const bare = yield* ask(`${resource}/.default`)
      expect(bare.expires_in).toBe(3600)
      expect(Object.keys(bare).sort()).toEqual("access_token expires_in ext_expires_in scope token_type".split(" "))
      expect(yield* ask(`${resource}/.default offline_access`)).toHaveProperty("refresh_token")
      const { id_token, ...rest } = yield* ask(`openid ${resource}/user_impersonation`)
      expect(rest).not.toHaveProperty("refresh_token")
      expect(Jose.decodeJwt(id_token ?? "")).toMatchObject({ aud: clientid, preferred_username: ada.username })
    })
  )

  it.scopedLive("a device code answer names the page as its version does, in strings or in numbers", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const page = `${server.url}/${tenant}/deviceauth`
      const [one, two] = [yield* server.deviceCode("v1"), yield* server.deviceCode("v2")]
      expect(one).toMatchObject({ verification_url: page, expires_in: "900", interval: "5" })
      expect(one).not.toHaveProperty("verification_uri")
      expect(two).toMatchObject({ verification_uri: page, expires_in: 900, interval: 5 })
      expect(two).not.toHaveProperty("verification_url")
      expect(one.user_code).toMatch(/^[B-DF-HJ-NP-TV-XZ]{9}$/)
      expect(one.device_code).not.toBe(two.device_code)
      const tolerated = yield* server.post(`/${tenant}/oauth2/devicecode?api-version=1.0`, {
        client_id: clientid,
        resource
      })
      expect(parsed<{ message: string }>(tolerated).message).toContain(page)
    })
  )

  it.scopedLive("both spellings of the device grant are understood in v2, only the short one in v1", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const code = yield* server.deviceCode("v2")
      const short = yield* server.token("v2", { grant_type: "device_code", device_code: code.device_code })
      expect(refusal(short).error).toBe("authorization_pending")
      const urn = { grant_type: "urn:ietf:params:oauth:grant-type:device_code", code: code.device_code }
      expect(refusal(yield* server.token("v1", urn)).error).toBe("unsupported_grant_type")
    })
  )

  it.scopedLive("an error has the seven fields, and lines that end in CRLF", () =>
    Effect.gen(function* () {
      const server = yield* make({}, { clockOffset: 0 })
      const headers = { "client-request-id": CORRELATION, "return-client-request-id": "true" }
      const fields = { grant_type: "password", username: ada.username, password: "wrong", ...target("v1") }
      const seen = yield* server.token("v1", fields, headers)
      const body = parsed<Record<string, unknown>>(seen)
      expect(Object.keys(body).sort()).toEqual(
        "correlation_id error error_codes error_description error_uri timestamp trace_id".split(" ")
      )
      expect([seen.status, body["error"], body["error_codes"]]).toEqual([400, "invalid_grant", [50126]])
      expect([body["correlation_id"], seen.headers["client-request-id"]]).toEqual([CORRELATION, CORRELATION])
      expect(body["timestamp"]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/)
      expect(body["error_description"]).toMatch(
        /^AADSTS50126: [^\r\n]+\r\nTrace ID: [\w-]{36}\r\nCorrelation ID: [\w-]{36}\r\nTimestamp: [\d: -]+Z$/
      )
      expect(body["error_uri"]).toBe(`${server.url}/error?code=50126`)
    })
  )

  it.scopedLive("a request's identifier is echoed only when that is asked for, with good answers too", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const fields = { grant_type: "password", ...ada, groups: "", resource }
      const silent = yield* server.token("v1", fields, { "client-request-id": CORRELATION })
      const asked = { "client-request-id": CORRELATION, "return-client-request-id": "true" }
      const echo = yield* server.token("v1", fields, asked)
      expect([silent.headers["client-request-id"], echo.headers["client-request-id"]]).toEqual([undefined, CORRELATION])
    })
  )

  it.scopedLive("numbers are text in v2 too, where an authority writes them so", () =>
    Effect.gen(function* () {
      const server = yield* make({ shape: { digits: "string" } })
      expect(yield* server.deviceCode("v2")).toMatchObject({ expires_in: "900", interval: "5" })
    })
  )

  it.scopedLive("client_info tells user and tenant to whoever asks", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const fields = { grant_type: "password", ...ada, groups: "", ...target("v2"), client_info: "1" }
      const { client_info } = parsed<{ client_info: string }>(yield* server.token("v2", fields))
      const info: unknown = JSON.parse(Buffer.from(client_info, "base64url").toString())
      expect(info).toEqual({ uid: expect.stringMatching(/^[\w-]{36}$/), utid: tenant })
    })
  )
})
