import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as AzureDirectory from "../../src/AzureDirectory.js"
import { parsed } from "../Adapters.js"
import { azureAdapters, refusal, signedAdapters, type Tokens, type Wire } from "./AzurePeer.js"

const { ada, olga } = AzureDirectory
const wires: ReadonlyArray<Wire> = ["v1", "v2"]

describe.each([...azureAdapters, ...signedAdapters])("log-in through the authority ($name)", ({ make }) => {
  it.scopedLive.each(wires)("a right password gives tokens that open the API (%s)", (wire) =>
    Effect.gen(function* () {
      const server = yield* make()
      const tokens = parsed<Tokens>(yield* server.byPassword(wire, ada))
      expect(yield* server.call(tokens.access_token)).toBe(200)
      expect((yield* server.control.counts).azure).toMatchObject({ passwordGrants: 1, passwordGrantsRefused: 0 })
    })
  )

  it.scopedLive.each(wires)("a device code gives tokens once a person has approved it, and only once (%s)", (wire) =>
    Effect.gen(function* () {
      const server = yield* make()
      const code = yield* server.deviceCode(wire)
      const early = refusal(yield* server.poll(wire, code))
      expect([early.status, early.error, early.error_codes]).toEqual([400, "authorization_pending", [70016]])
      expect(yield* server.control.azure.approve(code.user_code, olga.username)).toBe(true)
      const tokens = parsed<Tokens>(yield* server.poll(wire, code))
      expect(yield* server.call(tokens.access_token)).toBe(200)
      expect(refusal(yield* server.poll(wire, code)).error).toBe("invalid_grant")
    })
  )

  it.scopedLive.each(wires)("a refresh token gives new tokens, and stays usable (%s)", (wire) =>
    Effect.gen(function* () {
      const server = yield* make()
      const first = parsed<Tokens>(yield* server.byPassword(wire, ada))
      const second = parsed<Tokens>(yield* server.refresh(wire, first.refresh_token))
      const third = parsed<Tokens>(yield* server.refresh(wire, first.refresh_token))
      const statuses = yield* Effect.forEach([first, second, third], (it) => server.call(it.access_token))
      expect(statuses).toEqual([200, 200, 200])
      expect(new Set([first.refresh_token, second.refresh_token, third.refresh_token]).size).toBe(3)
    })
  )

  it.scopedLive("a service of the server keeps its name, though the authority has a door of that name", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const { access_token: token } = parsed<Tokens>(yield* server.byPassword("v1", ada))
      expect((yield* server.ask("POST", "/services/deviceauth", { token, body: { code: "1" } })).status).toBe(201)
      expect((yield* server.ask("GET", "/services/deviceauth", { token })).text).toContain('"name":"deviceauth"')
    })
  )

  it.scopedLive("nobody logs in at a server that trusts the authority", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const seen = yield* Effect.all([
        server.ask("POST", "/login", { body: { username: "ada", password: "ada-lovelace-1815" } }),
        server.ask("POST", "/login/refreshToken", { body: { refreshToken: "x" } }),
        server.ask("DELETE", "/login/refreshToken?refreshToken=x")
      ])
      expect(seen.map((it) => it.status)).toEqual([401, 401, 401])
      expect(Object.keys(parsed<object>(seen[0]))).toContain("exceptionType")
    })
  )
})
