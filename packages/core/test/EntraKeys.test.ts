import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Authority from "../src/Authority.js"
import { issuerWith } from "./support/entra.js"

describe("keys of tokens", () => {
  const key = (parts: { authuri: string; tenant: string; clientid: string; resource: string; principal: string }) =>
    Effect.gen(function* () {
      const authority = yield* Authority.make(parts)
      const { issuer: it } = yield* issuerWith({ authority, clientid: parts.clientid, resource: parts.resource })
      return it.key(parts.principal).id
    })
  const part = (...values: ReadonlyArray<string>) => FastCheck.constantFrom(...values)
  const parts = FastCheck.record({
    authuri: part("https://login.microsoftonline.com", "https://login.microsoftonline.us", "http://localhost:1"),
    tenant: part("a.example", "b.example", "common"),
    clientid: part("a", "b", "a-b"),
    resource: part("b-c", "c", "https://c/", "https://c"),
    principal: part("", "a", "b", "A")
  })

  it.effect.prop("are equal exactly where every part is", { one: parts, other: parts }, ({ one, other }) =>
    Effect.gen(function* () {
      const same = JSON.stringify(one) === JSON.stringify(other)
      expect((yield* key(one)) === (yield* key(other))).toBe(same)
    })
  )

  it.effect("are the same for all names of one cloud, and for any case of a tenant or a client", () =>
    Effect.gen(function* () {
      const one = {
        authuri: "https://login.windows.net",
        tenant: "a.example",
        clientid: "ab",
        resource: "r",
        principal: "p"
      }
      const expected = yield* key(one)
      for (const authuri of [
        "https://login.microsoftonline.com",
        "https://login.microsoft.com/",
        "https://sts.windows.net"
      ]) {
        expect(yield* key({ ...one, authuri, tenant: "A.Example", clientid: "AB" })).toBe(expected)
      }
    })
  )
})
