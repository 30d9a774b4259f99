import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Authority from "../src/Authority.js"
import { back, browser, CANARY_CODE, type Fields, REDIRECT, sentOut, signedIn, story, told } from "./support/browser.js"
import { BASE, CLIENT, idToken, issuerWith, refusal, RESOURCE, tokens } from "./support/entra.js"

const scope = `${RESOURCE}/.default openid profile offline_access`
const GUID = "3f0c1d52-7a0b-4f6e-9d3c-0c2b5a8e4d11"
const OTHER_GUID = "4f0c1d52-7a0b-4f6e-9d3c-0c2b5a8e4d11"

describe("a sign-in in the browser sends", () => {
  it.effect.each([
    ["v1", "/oauth2", { resource: RESOURCE, scope: "openid" }, { resource: RESOURCE }],
    ["v2", "/oauth2/v2.0", { scope }, { scope }]
  ] as const)("%s: the person to the authority, and the code they bring with its verifier", ([wire, path, asked, by]) =>
    Effect.gen(function* () {
      const { sent, visits } = yield* story({}, signedIn, { wire })
      const request = yield* Effect.fromNullable(visits[0])
      expect(request.url.split("?")[0]).toBe(`${BASE}${path}/authorize`)
      expect(sentOut(request)).toMatchObject({ client_id: CLIENT, redirect_uri: REDIRECT, ...asked })
      expect(sent.map(({ body, method, url }) => ({ body, method, url }))).toEqual([
        {
          method: "POST",
          url: `${BASE}${path}/token`,
          body: {
            grant_type: "authorization_code",
            client_id: CLIENT,
            ...by,
            code: CANARY_CODE,
            redirect_uri: REDIRECT,
            code_verifier: Redacted.value(request.verifier)
          }
        }
      ])
    })
  )

  it.effect("who is expected, what is asked for all the same, and the claims both times", () =>
    Effect.gen(function* () {
      const { credential, visits } = browser((request) => back(request))
      const { issuer, sent } = yield* issuerWith({ wire: "v2" }, tokens({ id_token: undefined }))
      const claims = `{"access_token":{"nbf":{"essential":true}}}`
      yield* issuer.grant(
        credential({ loginHint: "ada@contoso.example", domainHint: "contoso.example", ask: "select_account", claims })
      )
      const expected = {
        login_hint: "ada@contoso.example",
        domain_hint: "contoso.example",
        prompt: "select_account",
        claims
      }
      expect(visits.map(sentOut)).toMatchObject([expected])
      expect(sent[0]?.body).toMatchObject({ claims })
    })
  )

  it.effect("as a page in a browser: over v2, and no headers that a browser would ask about first", () =>
    Effect.gen(function* () {
      const { ended, sent } = yield* story({}, signedIn, { wire: undefined, registration: "spa" })
      expect(told(ended)).toBe("signed in")
      expect(sent[0]?.url).toMatch(/\/oauth2\/v2\.0\/token\?client-request-id=[0-9a-f-]{36}$/)
      expect(Object.keys(sent[0]?.headers ?? {}).sort()).toEqual(["accept", "content-length", "content-type"])
    })
  )

  it.effect("nothing over v1 as a page, which v1 does not know", () =>
    Effect.map(Effect.flip(issuerWith({ wire: "v1", registration: "spa" })), (error) =>
      expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "wire" })
    )
  )
})

describe("a code that comes back", () => {
  it.effect("is exchanged for a token of whoever signed in, and the way back is closed before that", () =>
    Effect.gen(function* () {
      const { ended, log, sent } = yield* story()
      expect(Either.getOrThrow(ended)).toMatchObject({ principal: "ada@contoso.example", generation: 1 })
      expect([log, sent.length]).toEqual([["opened", "closed"], 1])
    })
  )

  it.effect.each<readonly [string, Fields]>([
    ["another state", { state: "forged" }],
    ["no state", { state: undefined }],
    ["no code", { code: undefined }],
    ["an empty code", { code: "" }],
    ["a code with a line break", { code: "one\ntwo" }],
    ["an error with another state", { error: "access_denied", state: "forged" }],
    ["another issuer", { iss: "https://login.evil.example/common/v2.0" }],
    ["an error of another issuer", { error: "access_denied", iss: "https://login.evil.example/v2.0" }]
  ])("with %s is not believed, and nothing is sent", ([, fields]) =>
    Effect.gen(function* () {
      const { ended, sent } = yield* story(fields)
      expect([told(ended), sent]).toEqual(["CredentialRejected CallbackMismatch", []])
    })
  )

  it.effect.each<readonly [string, object | undefined, string]>([
    ["the nonce of another sign-in", { nonce: "another" }, "CredentialRejected CallbackMismatch"],
    ["no nonce", {}, "CredentialRejected CallbackMismatch"],
    ["no ID token at all", undefined, "signed in"]
  ])("and whose ID token has %s", ([, claims, outcome]) =>
    Effect.gen(function* () {
      const { ended } = yield* story({}, () => tokens({ id_token: claims && idToken(claims) }))
      expect(told(ended)).toBe(outcome)
    })
  )

  it.effect.each<readonly [tenant: string, iss: string, own: boolean]>([
    ["contoso.example", `https://login.microsoftonline.com/${GUID}/v2.0`, true],
    ["contoso.example", `https://login.windows.net/${GUID}/v2.0`, true],
    ["contoso.example", `https://sts.windows.net/${GUID}/`, true],
    ["contoso.example", `https://login.microsoftonline.us/${GUID}/v2.0`, false],
    ["contoso.example", `http://login.microsoftonline.com/${GUID}/v2.0`, false],
    ["contoso.example", `https://login.microsoftonline.com.evil.example/${GUID}/v2.0`, false],
    ["contoso.example", "login.microsoftonline.com", false],
    ["contoso.example", "", false],
    [GUID, `https://login.microsoftonline.com/${GUID}/v2.0`, true],
    [GUID, `https://login.microsoftonline.com/${OTHER_GUID}/v2.0`, false]
  ])("for %s from %j is ours: %s", ([tenant, iss, own]) =>
    Effect.gen(function* () {
      const authority = yield* Authority.make({ tenant })
      const { ended } = yield* story({ iss }, signedIn, { authority })
      expect(told(ended)).toBe(own ? "signed in" : "CredentialRejected CallbackMismatch")
    })
  )

  it.effect.each<readonly [string | undefined, boolean]>([
    ["https://op.example", true],
    ["https://op.example/", false],
    ["https://OP.example", false],
    [undefined, false]
  ])("must name exactly the issuer that was promised: %s", ([iss, own]) =>
    Effect.gen(function* () {
      const { ended } = yield* story({ iss }, signedIn, { issuer: "https://op.example" })
      expect(told(ended)).toBe(own ? "signed in" : "CredentialRejected CallbackMismatch")
    })
  )
})

describe("an error that comes back", () => {
  it.effect.each<readonly [Fields, string]>([
    [{ error: "access_denied" }, "CredentialRejected SignInDeclined"],
    [
      { error: "access_denied", error_subcode: "cancel", error_description: "AADSTS65004: No." },
      "CredentialRejected SignInDeclined"
    ],
    [{ error: "access_denied", error_description: "AADSTS65004: No." }, "CredentialRejected ConsentRequired"],
    [{ error: "interaction_required" }, "InteractionRequired MultiFactorRequired"],
    [{ error: "login_required" }, "InteractionRequired MultiFactorRequired"],
    [{ error: "consent_required" }, "InteractionRequired ConsentRequired"],
    [{ error: "server_error" }, "ServerUnavailable Status"],
    [{ error: "temporarily_unavailable" }, "ServerUnavailable Status"],
    [{ error: "unauthorized_client" }, "ConfigurationInvalid"],
    [{ error: "invalid_scope" }, "ConfigurationInvalid"],
    [{ error: "something_new" }, "CredentialRejected Refused"],
    [{ error: "" }, "CredentialRejected Refused"]
  ])("%j is %s, and no code beside it is used", ([fields, outcome]) =>
    Effect.gen(function* () {
      const { ended, sent } = yield* story(fields)
      expect([told(ended), sent]).toEqual([outcome, []])
    })
  )

  it.effect("keeps numbers and ids of its description, and nothing of what that says in words", () =>
    Effect.gen(function* () {
      const { ended } = yield* story({
        error: "access_denied",
        error_description:
          "AADSTS50105: ada@contoso.example is not assigned.\r\nTrace ID: 7f3a0000-0000-4000-8000-000000000001\r\n" +
          "Correlation ID: 5a1e0000-0000-4000-8000-000000000002\r\nTimestamp: 2026-11-23 17:00:00Z"
      })
      const error = Either.getOrThrow(Either.flip(ended))
      expect(error).toMatchObject({
        _tag: "CredentialRejected",
        reason: "NotAssigned",
        diagnosis: {
          error: "access_denied",
          codes: [50105],
          traceId: "7f3a0000-0000-4000-8000-000000000001",
          correlationId: "5a1e0000-0000-4000-8000-000000000002",
          timestamp: "2026-11-23 17:00:00Z"
        }
      })
      expect(`${error.message}${JSON.stringify(error)}`).not.toContain("ada@contoso.example")
    })
  )
})

describe("a code that is refused", () => {
  it.effect.each<readonly [string, Readonly<Record<string, unknown>>, string]>([
    ["invalid_grant", { error_codes: [54005] }, "CredentialRejected Refused"],
    ["invalid_grant", {}, "CredentialRejected SignInUnknown"],
    ["invalid_client", {}, "ConfigurationInvalid"],
    ["temporarily_unavailable", {}, "ServerUnavailable Status"]
  ])("%s %j: %s, and not sent again", ([error, fields, outcome]) =>
    Effect.gen(function* () {
      const { ended, sent } = yield* story({}, () => refusal(error, fields))
      expect([told(ended), sent.length]).toEqual([outcome, 1])
    })
  )

  it.effect.each<readonly [number, RegExp]>([
    [9002326, /Single-page application/],
    [9002327, /Mobile and desktop applications/],
    [50011, /letter by letter/]
  ])("%i: says what to change in the registration", ([code, words]) =>
    Effect.gen(function* () {
      const { ended } = yield* story({}, () => refusal("invalid_request", { error_codes: [code] }))
      expect(Either.getOrThrow(Either.flip(ended))).toMatchObject({
        _tag: "ConfigurationInvalid",
        setting: "clientid",
        fix: expect.stringMatching(words)
      })
    })
  )

  it.effect("by nobody at all: unavailable, and sent once", () =>
    Effect.gen(function* () {
      const { ended, sent } = yield* story({}, () => ({ breaks: "ECONNRESET" }))
      expect([told(ended), sent.length]).toEqual(["ServerUnavailable Transport", 1])
    })
  )
})
