import * as Accounts from "../src/Accounts.js"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { adapters, parsed, type Pair } from "./Adapters.js"

const { ada } = Accounts

describe.each(adapters)("log-in, refresh and revocation ($name)", ({ make }) => {
  it.scopedLive("a right password gives a pair that opens the API", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const answer = yield* server.ask("POST", "/login", { body: { username: ada.username, password: ada.password } })
      expect(answer.status).toBe(200)
      expect(answer.headers["content-type"]).toMatch(/^application\/json/)
      const pair = parsed<Pair & { token_type: string }>(answer)
      expect(pair.token_type).toBe("Bearer")
      expect(pair.expires_in).toBe(3600)
      const serverNow = Date.parse(answer.headers["date"] ?? "") / 1000
      expect(Math.abs(pair.expires_on - serverNow - 3600)).toBeLessThanOrEqual(1)
      expect((yield* server.ask("GET", "/services", { token: pair.access_token })).status).toBe(200)
    })
  )
})
