import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { story } from "./support/device.js"
import { deviceCode, failure, operations, refusal } from "./support/entra.js"

describe("a word that every object knows", () => {
  const known = [...Object.getOwnPropertyNames(Object.prototype), "prototype", "length"]

  it.effect("is an unknown word, as error, as suberror and as number, at every call and at a poll", () =>
    Effect.gen(function* () {
      for (const error of known) {
        for (const plan of [refusal(error), refusal("invalid_grant", { suberror: error, error_codes: [error] })]) {
          for (const operation of operations) expect((yield* failure(operation, plan)).fix).toMatch(/\w/)
          const { ended } = yield* story([deviceCode(), plan])
          expect(ended).toMatchObject({ left: { _tag: "CredentialRejected" } })
        }
        const foreign = {
          body: `{"${error}": {"${error}": 1}, "error": "${error}", "suberror": "__proto__"}`,
          status: 400
        }
        for (const operation of operations) expect((yield* failure(operation, foreign)).fix).toMatch(/\w/)
      }
    })
  )

  it.effect("nor is anything, nested half a million deep, in each place of an answer", () =>
    Effect.gen(function* () {
      const deep = "[".repeat(200_000) + "]".repeat(200_000)
      for (const name of ["error", "suberror", "error_codes", "claims", "correlation_id", "access_token", "id_token"]) {
        const rest = name === "error" ? "" : `"error": "invalid_grant", `
        const plan = { body: `{${rest}"${name}": ${deep}}`, status: 400 }
        for (const operation of operations) expect((yield* failure(operation, plan)).fix).toMatch(/\w/)
      }
    })
  )
})
