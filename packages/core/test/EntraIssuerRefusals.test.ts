import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as TestClock from "effect/TestClock"
import { inspect } from "node:util"
import * as EntraAdvice from "../src/EntraAdvice.js"
import { sized, turn } from "./support/size.js"
import {
  CANARY_USER,
  failure,
  held,
  issuer,
  NOW,
  operations,
  type Plan,
  refusal,
  secrets,
  user
} from "./support/entra.js"

type Fields = Readonly<Record<string, unknown>>

/** What Azure says to a password, and what it is to us. */
const refused: ReadonlyArray<readonly [what: string, error: string, fields: Fields, reason: string, advice: RegExp]> = [
  ["a wrong password", "invalid_grant", { error_codes: [50126] }, "InvalidCredentials", /sign in once more/],
  [
    "an account with MFA",
    "interaction_required",
    { error_codes: [50076], suberror: "basic_action" },
    "MultiFactorRequired",
    /device code/
  ],
  [
    "an account with MFA, by the other error",
    "invalid_grant",
    { error_codes: [50076] },
    "MultiFactorRequired",
    /device code/
  ],
  [
    "an account that must register for MFA",
    "invalid_grant",
    { error_codes: [50079] },
    "MultiFactorRequired",
    /mfasetup/
  ],
  ["an account blocked by a policy", "access_denied", { error_codes: [53003] }, "Blocked", /administrator/],
  ["a tenant that wants its own devices", "interaction_required", { error_codes: [53000] }, "Blocked", /device/],
  ["a locked account", "invalid_grant", { error_codes: [50053] }, "AccountLocked", /Wait/],
  ["a disabled account", "invalid_grant", { error_codes: [50057] }, "AccountDisabled", /administrator/],
  ["an unknown account", "invalid_grant", { error_codes: [50034] }, "AccountUnknown", /tenant/],
  [
    "an expired password",
    "invalid_grant",
    { error_codes: [50055], suberror: "user_password_expired" },
    "PasswordExpired",
    /Change it/
  ],
  [
    "an expired password, by the suberror alone",
    "invalid_grant",
    { suberror: "user_password_expired" },
    "PasswordExpired",
    /Change it/
  ],
  [
    "missing consent",
    "invalid_grant",
    { error_codes: [65001], suberror: "consent_required" },
    "ConsentRequired",
    /consent/i
  ],
  ["missing consent, by the error alone", "consent_required", {}, "ConsentRequired", /consent/],
  ["an account that is not assigned", "invalid_grant", { error_codes: [50105] }, "NotAssigned", /assign/],
  ["a number that nobody knows", "invalid_grant", { error_codes: [99999999] }, "InvalidCredentials", /user@domain/],
  ["no number at all", "invalid_grant", { error_codes: undefined }, "InvalidCredentials", /user@domain/],
  ["an error that nobody knows", "strange_error", {}, "InvalidCredentials", /user@domain/]
]

describe("a password is refused", () => {
  it.effect.each(refused)("for %s: %s %j is %s", ([, error, fields, reason, advice]) =>
    Effect.gen(function* () {
      const { issuer: it, sent } = yield* issuer(refusal(error, fields))
      const failed = yield* Effect.flip(it.grant(user))
      expect(failed).toMatchObject({ _tag: "CredentialRejected", reason, retryable: false })
      expect(failed.fix).toMatch(advice)
      expect(failed.message).toContain(failed.fix)
      // Once: accounts lock.
      expect(sent).toHaveLength(1)
    })
  )

  it.effect.each([
    ["invalid_client", [7000218], "clientid", /public client flows/],
    ["unauthorized_client", [700016], "clientid", /swapped/],
    ["invalid_resource", [500011], "resource", /swapped/],
    ["invalid_request", [90002], "tenant", /tenant/],
    ["invalid_scope", [70011], "resource", /one GUID/],
    ["unauthorized_client", [], "clientid", /clientid/],
    ["invalid_request", [], "authuri", /authuri/]
  ] as const)("by a setting that is wrong: %s %j names %s", ([error, error_codes, setting, fix]) =>
    Effect.gen(function* () {
      for (const operation of operations) {
        const failed = yield* failure(operation, refusal(error, { error_codes }))
        expect(failed).toMatchObject({ _tag: "ConfigurationInvalid", setting, retryable: false })
        expect(failed.fix).toMatch(fix)
      }
    })
  )

  it.effect("without a word, by the status alone: an empty 401 or 403", () =>
    Effect.gen(function* () {
      for (const status of [401, 403]) {
        expect(yield* failure("password", { status, body: "" })).toMatchObject({
          _tag: "CredentialRejected",
          reason: "InvalidCredentials"
        })
        // A page says nothing about the password: somebody in between wrote it.
        expect(yield* failure("password", { status, body: "<html>" })).toMatchObject({ _tag: "InvalidResponse" })
        // A renewal is not ended by it: that takes proof.
        expect(yield* failure("renew", { status, body: "" })).toMatchObject({ _tag: "InvalidResponse" })
      }
    })
  )
})

describe("a renewal is refused", () => {
  it.effect.each([
    ["invalid_grant", { error_codes: [700082] }, "SessionExpired"],
    ["invalid_grant", { error_codes: [50173], suberror: "bad_token" }, "SessionExpired"],
    ["invalid_grant", { error_codes: [70043], suberror: "token_expired" }, "SessionExpired"],
    ["interaction_required", { suberror: "bad_token" }, "SessionExpired"],
    ["invalid_grant", {}, "SessionExpired"],
    ["interaction_required", { error_codes: [50076] }, "InteractionRequired"],
    ["invalid_grant", { error_codes: [50076], suberror: "basic_action" }, "InteractionRequired"],
    ["invalid_grant", { suberror: "consent_required" }, "InteractionRequired"],
    ["login_required", {}, "InteractionRequired"],
    ["access_denied", { error_codes: [53003] }, "InteractionRequired"],
    ["strange_error", {}, "InvalidResponse"],
    ["an error <b>with</b> markup", {}, "InvalidResponse"]
  ] as const)("by %s %j: %s", ([error, fields, _tag]) =>
    Effect.gen(function* () {
      expect(yield* failure("renew", refusal(error, fields))).toMatchObject({ _tag, retryable: false })
    })
  )

  it.effect("and keeps the claims that the next sign-in must satisfy", () =>
    Effect.gen(function* () {
      const claims = `{"access_token":{"polids":{"essential":true,"values":["1"]}}}`
      const failed = yield* failure("renew", refusal("interaction_required", { error_codes: [50076], claims }))
      expect(failed).toMatchObject({ _tag: "InteractionRequired", reason: "MultiFactorRequired", claims })
      for (const unreadable of ["{]", "77", "null", "[1]", "", 7, "x\u0007", { access_token: {} }]) {
        const without = yield* failure("renew", refusal("interaction_required", { claims: unreadable }))
        expect("claims" in without ? without.claims : undefined).toBeUndefined()
      }
    })
  )

  it.effect.each([
    ["reusable", "ServerUnavailable", "ServerUnavailable", "InvalidResponse"],
    ["one-time", "RenewalUncertain", "RenewalUncertain", "RenewalUncertain"]
  ] as const)(
    "where refresh tokens are %s, a lost answer is %s, a gateway's %s, a page %s",
    ([refreshTokens, ...tags]) =>
      Effect.gen(function* () {
        const plans: ReadonlyArray<Plan> = [{ breaks: "ECONNRESET" }, { status: 502 }, { status: 200, body: "<html>" }]
        for (const [index, plan] of plans.entries()) {
          expect(yield* failure("renew", plan, { refreshTokens })).toMatchObject({ _tag: tags[index] })
        }
        expect(yield* failure("renew", { breaks: "ECONNREFUSED" }, { refreshTokens })).toMatchObject({
          _tag: "ServerUnavailable",
          code: "ECONNREFUSED"
        })
      })
  )
})

describe("Azure has trouble", () => {
  it.effect.each([
    [refusal("temporarily_unavailable", { error_codes: [90033] }), undefined],
    [refusal("server_error", {}, 200), undefined],
    [refusal("invalid_grant", {}, 503, { "retry-after": "7" }), 7000],
    [{ status: 429, headers: { "retry-after": "Sun, 20 Nov 2016 12:04:21 GMT" }, body: "" }, 7000],
    [{ status: 429, body: "" }, undefined],
    [{ status: 503, body: "<html>Our services aren't available right now</html>" }, undefined]
  ] as const)("%j: retryable, and the wait that was asked for is kept", ([plan, retryAfter]) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      for (const operation of operations) {
        const failed = yield* failure(operation, plan)
        expect(failed).toMatchObject({ _tag: "ServerUnavailable", reason: "Status", retryable: true })
        expect("retryAfter" in failed ? failed.retryAfter : undefined).toBe(retryAfter)
      }
    })
  )

  it.effect.each([
    [{ status: 302, headers: { location: "https://evil.example/" } }],
    [{ status: 307, headers: { location: "/" } }],
    [{ status: 404, body: "" }],
    [{ status: 407, body: "<html>" }]
  ] as const)("%j is nobody's answer to this call, and no redirect is followed", ([plan]) =>
    Effect.gen(function* () {
      const { issuer: it, sent } = yield* issuer(plan)
      expect(yield* Effect.flip(it.grant(user))).toMatchObject({ _tag: "InvalidResponse", from: "authority" })
      expect(yield* Effect.flip(it.renew(held))).toMatchObject({ _tag: "InvalidResponse" })
      expect(sent).toHaveLength(2)
    })
  )
})

describe("Azure's numbers", () => {
  const errors = ["invalid_grant", "interaction_required", "invalid_client", "access_denied", "server_error", "other"]
  const suberrors = [undefined, "bad_token", "basic_action", "consent_required", "message_only", "unheard_of"]
  const numbers = [...EntraAdvice.table.map(({ code }) => code), 1, 99_999_999]

  it.effect.prop(
    "change words and nothing else: which error it is depends on error, suberror and status alone",
    {
      error: FastCheck.constantFrom(...errors),
      suberror: FastCheck.constantFrom(...suberrors),
      status: FastCheck.constantFrom(200, 400, 401, 403, 429, 500),
      codes: FastCheck.array(FastCheck.constantFrom(...numbers), { maxLength: 3 }),
      asDigits: FastCheck.boolean()
    },
    ({ asDigits, codes, error, status, suberror }) =>
      Effect.gen(function* () {
        yield* turn
        for (const operation of operations) {
          const error_codes = asDigits ? codes.map(String) : codes
          const plain = yield* failure(operation, refusal(error, { suberror, error_codes: undefined }, status))
          const numbered = yield* failure(operation, refusal(error, { suberror, error_codes }, status))
          expect([numbered._tag, numbered.retryable]).toEqual([plain._tag, plain.retryable])
        }
      }),
    { fastCheck: { numRuns: sized(25, 100) } }
  )
})

describe("what an administrator asks for first", () => {
  it.effect("is kept on every error: numbers, correlation id, time", () =>
    Effect.gen(function* () {
      const diagnosis = {
        codes: [50076],
        correlationId: "5a1e0000-0000-4000-8000-000000000002",
        traceId: "7f3a0000-0000-4000-8000-000000000001",
        timestamp: "2016-11-20 12:04:14Z"
      }
      for (const error of ["invalid_grant", "interaction_required", "invalid_client", "temporarily_unavailable"]) {
        for (const operation of operations) {
          const failed = yield* failure(operation, refusal(error, { error_codes: [50076] }))
          expect(failed).toMatchObject({ diagnosis: { error, ...diagnosis } })
          expect(failed.message).toContain(
            "AADSTS50076, correlation id 5a1e0000-0000-4000-8000-000000000002, 2016-11-20"
          )
        }
      }
    })
  )

  it.effect("and nothing of what the authority says in words: it names users", () =>
    Effect.gen(function* () {
      const plans = [
        refusal("invalid_grant", {
          correlation_id: CANARY_USER,
          trace_id: CANARY_USER,
          timestamp: CANARY_USER,
          suberror: CANARY_USER
        }),
        refusal("interaction_required", { claims: undefined, error_codes: [CANARY_USER] }),
        refusal(CANARY_USER),
        refusal("server_error", {}, 500)
      ]
      for (const plan of plans) {
        for (const operation of operations) {
          const failed = yield* failure(operation, plan)
          for (const text of [
            failed.message,
            inspect(failed, { depth: 9 }),
            JSON.stringify(failed),
            failed.stack ?? ""
          ]) {
            for (const secret of [CANARY_USER, ...Object.values(secrets)]) expect(text).not.toContain(secret)
          }
        }
      }
    })
  )
})
