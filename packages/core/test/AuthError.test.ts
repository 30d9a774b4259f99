import { describe, expect, expectTypeOf, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { inspect } from "node:util"
import * as AuthError from "../src/AuthError.js"
import * as EntraAdvice from "../src/EntraAdvice.js"

const server = "https://mls.example.com:12800"
const diagnosis = {
  error: "interaction_required",
  suberror: "basic_action",
  codes: [50076],
  says: "this account needs multi-factor sign-in",
  fix: "Sign in with a device code.",
  correlationId: "5a1e0000-0000-0000-0000-000000000000",
  timestamp: "2026-11-22 12:00:03Z"
}
const lost = { server, status: 502, code: "ECONNRESET" } as const

/** Every reason of every leaf. The type is exhaustive: a new leaf does not compile until it is listed here. */
const leaves: {
  readonly [Tag in AuthError.AuthError["_tag"]]: ReadonlyArray<Extract<AuthError.AuthError, { readonly _tag: Tag }>>
} = {
  ConfigurationInvalid: [
    new AuthError.ConfigurationInvalid({ setting: "server", problem: "not a URL", fix: "Write it whole." }),
    new AuthError.ConfigurationInvalid({ setting: "tenant", problem: "unknown", fix: "Check it.", diagnosis })
  ],
  CredentialRequired: (["NotSignedIn", "SignedOut", "NotInteractive", "Cancelled"] as const).flatMap((reason) => [
    new AuthError.CredentialRequired({ reason, detail: "" }),
    new AuthError.CredentialRequired({ reason, detail: "no terminal" })
  ]),
  CredentialRejected: AuthError.CredentialRejected.fields.reason.literals.flatMap((reason) => [
    new AuthError.CredentialRejected({ reason, server }),
    new AuthError.CredentialRejected({ reason, server, diagnosis })
  ]),
  InteractionRequired: AuthError.Refusal.literals.flatMap((reason) => [
    new AuthError.InteractionRequired({ reason, server }),
    new AuthError.InteractionRequired({ reason, server, diagnosis, claims: "{}" })
  ]),
  SessionExpired: (["Refused", "Idle", "ChainEnded", "LostAnswer", "NotRenewable"] as const).flatMap((reason) => [
    new AuthError.SessionExpired({ reason, server }),
    new AuthError.SessionExpired({ reason, server, diagnosis })
  ]),
  RequestUnauthorized: (["RejectedTwice", "NotReplayable", "RenewedInVain", "Refused"] as const).flatMap((reason) =>
    ["", "invalid_token"].map(
      (challenge) => new AuthError.RequestUnauthorized({ reason, method: "GET", url: `${server}/services`, challenge })
    )
  ),
  ServerUnavailable: [
    new AuthError.ServerUnavailable({ operation: "sign-in", server, reason: "Transport" }),
    new AuthError.ServerUnavailable({ operation: "sign-in", server, reason: "Transport", code: "CERT_HAS_EXPIRED" }),
    new AuthError.ServerUnavailable({ operation: "renewal", server, reason: "Timeout", code: "ETIMEDOUT" }),
    new AuthError.ServerUnavailable({ operation: "revocation", server, reason: "Status", status: 503, retryAfter: 1 })
  ],
  RenewalUncertain: (["Transport", "Timeout", "Status", "InvalidResponse", "Interrupted"] as const).flatMap(
    (reason) => [
      new AuthError.RenewalUncertain({ reason, ...lost }),
      new AuthError.RenewalUncertain({ reason, server, status: 504 })
    ]
  ),
  InvalidResponse: [
    new AuthError.InvalidResponse({ operation: "sign-in", server, status: 200, problem: "the body is empty" }),
    new AuthError.InvalidResponse({ operation: "renewal", server, status: 200, problem: "HTML", from: "authority" }),
    new AuthError.InvalidResponse({
      operation: "sign-in",
      server,
      status: 400,
      problem: "it requires a client certificate",
      reason: "ClientCertificateWanted"
    })
  ],
  StoreUnavailable: (["read", "write", "remove", "lock"] as const).map(
    (operation) =>
      new AuthError.StoreUnavailable({ operation, problem: "disk full", fix: "Make room.", retryable: true })
  )
}

const all: ReadonlyArray<AuthError.AuthError> = Object.values(leaves).flat()
const named = all.map((error, index) => ({ name: `${error._tag} ${index}`, error }))

const schemas = [
  AuthError.ConfigurationInvalid,
  AuthError.CredentialRequired,
  AuthError.CredentialRejected,
  AuthError.InteractionRequired,
  AuthError.SessionExpired,
  AuthError.RequestUnauthorized,
  AuthError.ServerUnavailable,
  AuthError.RenewalUncertain,
  AuthError.InvalidResponse,
  AuthError.StoreUnavailable
] as const

describe("AuthError", () => {
  it("has at most ten leaves, and a class for each", () => {
    expectTypeOf<InstanceType<(typeof schemas)[number]>>().toEqualTypeOf<AuthError.AuthError>()
    expect(Object.keys(leaves).sort()).toEqual(schemas.map((schema) => schema._tag).sort())
    expect(Object.keys(leaves).length).toBeLessThanOrEqual(10)
  })

  it("says something else for each reason", () => {
    const reasons = new Map(
      all
        .filter((error) => !("diagnosis" in error && error.diagnosis))
        .map((error) => [`${error._tag} ${"reason" in error ? error.reason : ""}`, error.message])
    )
    expect(new Set(reasons.values()).size).toBe(reasons.size)
  })

  it.each(named)("$name says what happened and what to do next, in whole sentences", ({ error }) => {
    expect(error.fix).toMatch(/^[A-Z].*[.?)]$/)
    expect(error.message).toContain(error.fix)
    expect(error.message.length).toBeGreaterThan(error.fix.length + 10)
    expect(error.message).not.toMatch(/undefined|null|NaN|\[object|\.\.|: {2}|\p{Cc}/u)
    expect(typeof error.retryable).toBe("boolean")
  })

  it.each(named)("$name has a headline that does not give the advice a second time", ({ error }) => {
    const headline = AuthError.headlineOf(error)
    expect(headline).toMatch(/[^\s.]$/)
    expect(`${headline}. ${error.fix}`).toBe(error.message)
  })

  it.each(named)("$name says the same when logged, inspected and caught", ({ error }) => {
    expect(String(error)).toContain(error.message)
    expect(inspect(error)).toContain(error.message)
    expect(Cause.pretty(Cause.fail(error))).toContain(error.message)
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ _tag: error._tag })
  })

  it.each(named)(
    "$name holds plain strings, numbers and booleans only: nothing that could hold a secret",
    ({ error }) => {
      const plain = Object.entries(error).filter(([name]) => name !== "diagnosis")
      for (const [, value] of plain) expect(["string", "number", "boolean", "undefined"]).toContain(typeof value)
      expect("cause" in error && error.cause !== undefined).toBe(false)
    }
  )

  it.effect.each(named)("$name comes back from its encoded form as it was", ({ error }) =>
    Effect.gen(function* () {
      const json = Schema.parseJson(Schema.Union(...schemas))
      const back = yield* Schema.decode(json)(yield* Schema.encode(json)(error))
      expect(back).toEqual(error)
      expect(back.message).toBe(error.message)
    })
  )

  it.each(named)("$name says what to do in words that hold in whatever program", ({ error }) => {
    expect(error.message).not.toMatch(/\bmls [a-z]|`--|in code|Session\.|Credential\./)
  })

  it("is retryable exactly where the same call may succeed without anybody doing anything", () => {
    const retryable = all.filter((error) => error.retryable).map((error) => error._tag)
    expect(new Set(retryable)).toEqual(
      new Set(["ServerUnavailable", "RenewalUncertain", "RequestUnauthorized", "StoreUnavailable"])
    )
    const unauthorized = leaves.RequestUnauthorized.filter((error) => error.retryable).map((error) => error.reason)
    expect(new Set(unauthorized)).toEqual(new Set(["NotReplayable"]))
  })

  it("tells a certificate that is not trusted from a network that is down, and how long to wait", () => {
    const fix = (fields: { readonly code?: string; readonly retryAfter?: number }) =>
      new AuthError.ServerUnavailable({ operation: "sign-in", server, reason: "Transport", ...fields }).fix
    for (const code of ["CERT_HAS_EXPIRED", "DEPTH_ZERO_SELF_SIGNED_CERT", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"]) {
      expect(fix({ code })).toContain("certificate")
    }
    expect(fix({ code: "ECONNREFUSED" })).not.toContain("certificate")
    expect(fix({ retryAfter: 1001 })).toContain("in 2 s")
    expect(fix({})).toMatch(/try again\.$/)
  })
})

describe("remedyOf", () => {
  const refused = (
    reason: AuthError.CredentialRejected["reason"],
    advice?: Pick<EntraAdvice.Advice, "fix" | "remedy">
  ) =>
    new AuthError.CredentialRejected({
      reason,
      server,
      ...(advice && { diagnosis: { error: "invalid_grant", codes: [], fix: advice.fix, remedy: advice.remedy } })
    })

  it.each([
    ...leaves.SessionExpired,
    refused("DeviceCodeExpired"),
    refused("SignInDeclined"),
    refused("Refused", EntraAdvice.lookup([700_082])),
    new AuthError.CredentialRequired({ reason: "SignedOut", detail: "" })
  ])("is a sign-in the same way: $_tag $reason", (error) => {
    expect(AuthError.remedyOf(error)).toBe("SignIn")
    expect(error.fix).toMatch(/sign in/i)
  })

  it.each([
    ...leaves.InteractionRequired,
    refused("MultiFactorRequired"),
    refused("Federated"),
    refused("MultiFactorRequired", EntraAdvice.lookup([50_079]))
  ])("is a sign-in that a password will not do for: $_tag $reason", (error) => {
    expect(AuthError.remedyOf(error)).toBe("SignInInteractively")
  })

  it.each([
    ...leaves.ConfigurationInvalid,
    ...leaves.ServerUnavailable,
    ...leaves.RenewalUncertain,
    ...leaves.RequestUnauthorized,
    ...leaves.StoreUnavailable,
    refused("InvalidCredentials"),
    refused("AccountLocked"),
    refused("Forbidden"),
    refused("MultiFactorRequired", { fix: "Ask the administrator.", remedy: undefined }),
    new AuthError.CredentialRequired({ reason: "NotInteractive", detail: "" })
  ])("is none where something else comes first: $_tag", (error) => {
    expect(AuthError.remedyOf(error)).toBeUndefined()
  })
})

describe("a refusal without a diagnosis", () => {
  it("is told by the name of its reason, where core has no words for it", () => {
    const { fix, message } = new AuthError.CredentialRejected({ reason: "AccountLocked", server: "https://h" })
    expect(fix).toBe("Ask the tenant's administrator.")
    expect(message).toBe(`https://h refused this sign-in: account locked. ${fix}`)
  })
})

describe("adviceOf", () => {
  it.each(named)("the first step of $name is the beginning of its fix, and a sign-in is the rest", ({ error }) => {
    const { first, remedy } = AuthError.adviceOf(error)
    const rest = error.fix.slice(first.length)
    const expected = remedy === undefined ? /^$/ : error._tag === "InteractionRequired" ? /^/ : /sign in/i
    expect(error.fix).toBe(first + rest)
    expect(rest).toMatch(expected)
  })
})

describe("docsOf", () => {
  it.each(named)("leads to the section of $name", ({ error }) => {
    expect(AuthError.docsOf(error)).toMatch(new RegExp(`/docs/reference/errors\\.md#${error._tag.toLowerCase()}$`))
  })
})

describe("isAuthError", () => {
  it.each(named)("knows $name, also one of another copy of the library", ({ error }) => {
    expect(AuthError.isAuthError(error)).toBe(true)
    expect(AuthError.isAuthError({ _tag: error._tag, fix: error.fix })).toBe(true)
  })

  it.each([
    undefined,
    null,
    "SessionExpired",
    new Error("SessionExpired"),
    {},
    { _tag: "SessionExpired" },
    { _tag: "toString", fix: "" },
    { _tag: "ParseError", fix: "" },
    { _tag: 1, fix: "" }
  ])("does not know %j", (value) => {
    expect(AuthError.isAuthError(value)).toBe(false)
  })
})
