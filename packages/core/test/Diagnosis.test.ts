import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as AuthError from "../src/AuthError.js"
import * as Diagnosis from "../src/Diagnosis.js"

const known: Diagnosis.Diagnosis = { error: "invalid_grant", codes: [50126] }
const correlationId = "5a1e0000-0000-4000-8000-000000000002"
const timestamp = "2026-11-22 12:00:03Z"

describe("Diagnosis.trail", () => {
  it.each<readonly [Diagnosis.Diagnosis | undefined, string]>([
    [undefined, ""],
    [{ error: "invalid_grant", codes: [] }, " (invalid_grant)"],
    [known, " (AADSTS50126)"],
    [{ ...known, codes: [70002, 70008] }, " (AADSTS70002, AADSTS70008)"],
    [{ ...known, correlationId }, ` (AADSTS50126, correlation id ${correlationId})`],
    [{ ...known, timestamp }, ` (AADSTS50126, ${timestamp})`],
    [{ ...known, correlationId, timestamp }, ` (AADSTS50126, correlation id ${correlationId}, ${timestamp})`],
    [{ error: "slow_down", codes: [], correlationId }, ` (slow_down, correlation id ${correlationId})`],
    // What the message says in words already, and what only Microsoft has a use for.
    [{ ...known, suberror: "bad_token", says: "half a sentence", fix: "Do it.", traceId: "7f3a" }, " (AADSTS50126)"]
  ])("of %j is %j", (diagnosis, trail) => {
    expect(Diagnosis.trail(diagnosis)).toBe(trail)
  })
})

describe("a diagnosis in an error", () => {
  const diagnosis: Diagnosis.Diagnosis = {
    ...known,
    says: "the password is wrong",
    fix: "Type it again.",
    correlationId,
    timestamp
  }
  const server = "https://login.microsoftonline.com"
  const trail = `(AADSTS50126, correlation id ${correlationId}, ${timestamp})`

  it.each([
    new AuthError.CredentialRejected({ reason: "InvalidCredentials", server, diagnosis }),
    new AuthError.CredentialRejected({ reason: "MultiFactorRequired", server, diagnosis }),
    new AuthError.InteractionRequired({ reason: "ConsentRequired", server, diagnosis })
  ])(
    "$_tag, $reason: its words and its fix are the diagnosis's, its codes stand once before the last sentence",
    (error) => {
      expect(error.message).toContain(`the password is wrong ${trail}. Type it again.`)
      expect(error.message.split(trail)).toHaveLength(2)
      expect(error.fix).toBe("Type it again.")
    }
  )

  it.each([
    new AuthError.CredentialRejected({ reason: "DeviceCodeExpired", server, diagnosis }),
    new AuthError.SessionExpired({ reason: "Refused", server, diagnosis }),
    new AuthError.ServerUnavailable({ operation: "renewal", server, reason: "Status", status: 503, diagnosis }),
    new AuthError.ConfigurationInvalid({ setting: "clientid", problem: "unknown", fix: "Check it.", diagnosis })
  ])("$_tag: the codes are there for an administrator", (error) => {
    expect(error.message).toContain(` ${trail}. `)
    expect(error.message.split(trail)).toHaveLength(2)
  })

  it("survives JSON, as a log or another program would take it", () => {
    const json: unknown = JSON.parse(JSON.stringify(diagnosis))
    expect(Schema.decodeUnknownEither(Diagnosis.Diagnosis)(json)).toEqual(Either.right(diagnosis))
  })

  it.each([
    {},
    { error: "x" },
    { error: 5, codes: [] },
    { error: "x", codes: ["50126"] },
    { error: "x", codes: [1.5] }
  ])("is not made of %j", (json) => {
    expect(Either.isLeft(Schema.decodeUnknownEither(Diagnosis.Diagnosis)(json))).toBe(true)
  })
})
