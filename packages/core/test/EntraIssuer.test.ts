import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Authority from "../src/Authority.js"
import * as Credential from "../src/Credential.js"
import * as EntraIssuer from "../src/EntraIssuer.js"
import {
  BASE,
  CANARY_DEVICE_CODE,
  CANARY_USER,
  CLIENT,
  deviceCode,
  failure,
  held,
  idToken,
  issuer,
  issuerWith,
  NOW,
  pending,
  refusal,
  RESOURCE,
  secrets,
  tokens,
  user,
  watched
} from "./support/entra.js"
import { sized, turn } from "./support/size.js"
import { clear } from "./support/wire.js"

const atNow = TestClock.setTime(NOW)
const scope = `${RESOURCE}/.default openid profile offline_access`
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

describe("EntraIssuer sends", () => {
  it.effect("a password to v1 with the resource, and asks for an ID token", () =>
    Effect.gen(function* () {
      const { issuer: it, sent } = yield* issuer(tokens())
      yield* it.grant(user)
      expect(sent).toHaveLength(1)
      expect(sent[0]).toMatchObject({ method: "POST", url: `${BASE}/oauth2/token` })
      expect(sent[0]?.body).toEqual({
        grant_type: "password",
        client_id: CLIENT,
        resource: RESOURCE,
        scope: "openid",
        username: CANARY_USER,
        password: secrets.password
      })
    })
  )

  it.effect("a password to v2 with the scope, and no resource", () =>
    Effect.gen(function* () {
      const { issuer: it, sent } = yield* issuerWith({ wire: "v2" }, tokens())
      yield* it.grant(user)
      expect(sent[0]).toMatchObject({ method: "POST", url: `${BASE}/oauth2/v2.0/token` })
      expect(sent[0]?.body).toEqual({
        grant_type: "password",
        client_id: CLIENT,
        scope,
        username: CANARY_USER,
        password: secrets.password
      })
    })
  )

  it.effect.each([
    [
      "v1",
      { grant_type: "device_code", code: CANARY_DEVICE_CODE, resource: RESOURCE },
      "/oauth2/devicecode?api-version=1.0"
    ],
    [
      "v2",
      { grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code: CANARY_DEVICE_CODE, scope },
      "/oauth2/v2.0/devicecode"
    ]
  ] as const)("%s: a request for a device code, and polls with it", ([wire, poll, path]) =>
    Effect.gen(function* () {
      const { issuer: it, sent } = yield* issuerWith({ wire }, deviceCode(), pending, tokens())
      const fiber = yield* Effect.fork(it.grant(watched().credential))
      yield* TestClock.adjust("10 seconds")
      yield* fiber
      const asked = wire === "v1" ? { resource: RESOURCE } : { scope }
      expect(sent.map(({ url }) => url)).toEqual([
        BASE + path,
        ...Array.from({ length: 2 }, () => BASE + path.replace(/devicecode.*/, "token"))
      ])
      expect(sent[0]?.body).toEqual({ client_id: CLIENT, ...asked })
      expect(sent[1]?.body).toEqual({ client_id: CLIENT, ...poll })
      expect(sent[2]?.body).toEqual(sent[1]?.body)
    })
  )

  it.effect.each([
    ["v1", { resource: RESOURCE }],
    ["v2", { scope }]
  ] as const)("%s: a refresh token, with claims only where there are some", ([wire, asked]) =>
    Effect.gen(function* () {
      const { issuer: it, sent } = yield* issuerWith({ wire }, tokens())
      yield* it.renew(held)
      yield* it.renew(held, { claims: `{"access_token":{}}` })
      const plain = { grant_type: "refresh_token", client_id: CLIENT, ...asked, refresh_token: secrets.refresh }
      expect(sent.map(({ body }) => body)).toEqual([plain, { ...plain, claims: `{"access_token":{}}` }])
    })
  )

  it.effect("a revocation only where the authority has a place for it", () =>
    Effect.gen(function* () {
      const azure = yield* issuer({ status: 200 })
      yield* azure.issuer.revoke(held)
      expect([azure.issuer.canRevoke, azure.sent]).toEqual([false, []])
      const other = yield* issuerWith({ revocationPath: "/oauth2/revoke" }, { status: 200 })
      yield* other.issuer.revoke(held)
      expect(other.issuer.canRevoke).toBe(true)
      expect(other.sent).toMatchObject([{ method: "POST", url: `${BASE}/oauth2/revoke` }])
      expect(other.sent[0]?.body).toEqual({
        token: secrets.refresh,
        token_type_hint: "refresh_token",
        client_id: CLIENT
      })
    })
  )

  it.effect("an id of its own with each call, and nothing secret outside the body", () =>
    Effect.gen(function* () {
      const { issuer: it, sent } = yield* issuer(tokens())
      yield* it.grant(user)
      yield* it.renew(held)
      const ids = sent.map(({ headers }) => headers["client-request-id"])
      for (const id of ids) expect(id).toMatch(GUID)
      expect(new Set(ids).size).toBe(2)
      for (const { headers, url } of sent) {
        expect(headers).toMatchObject({
          "return-client-request-id": "true",
          accept: "application/json",
          "content-type": "application/x-www-form-urlencoded"
        })
        const open = JSON.stringify({ headers, url })
        for (const secret of [...Object.values(secrets), CANARY_USER]) expect(open).not.toContain(secret)
      }
    })
  )

  it.effect.prop(
    "names and passwords of any characters as they are",
    {
      username: FastCheck.string({ unit: "grapheme", minLength: 1 }),
      password: FastCheck.string({ unit: "grapheme", minLength: 1 })
    },
    ({ password, username }) =>
      Effect.gen(function* () {
        const credential = Credential.usernamePassword({ username, password })
        if (Either.isLeft(Credential.validate(credential))) return
        const { issuer: it, sent } = yield* issuer(tokens())
        yield* Effect.zipRight(turn, it.grant(credential))
        expect(sent[0]?.body).toMatchObject({ username, password })
      }),
    { fastCheck: { numRuns: sized(25, 100) } }
  )

  it.effect("nothing for a tenant in which no password can be checked", () =>
    Effect.gen(function* () {
      for (const tenant of ["common", "consumers"]) {
        const authority = Either.getOrThrow(Authority.make({ tenant }))
        const { issuer: it, sent } = yield* issuerWith({ authority }, tokens())
        const error = yield* Effect.flip(it.grant(user))
        expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "tenant" })
        expect(sent).toEqual([])
      }
    })
  )
})

describe("EntraIssuer reads", () => {
  it.effect.each([
    ["v1's digits", {}],
    ["v2's numbers", { expires_in: 3599, ext_expires_in: 3599, expires_on: undefined, not_before: undefined }],
    ["expires_on where there is no expires_in", { expires_in: undefined, expires_on: String(NOW / 1000 + 3599) }],
    ["expires_in before an expires_on that contradicts it", { expires_on: "1" }],
    ["token_type in lower case", { token_type: "bearer" }],
    ["an outage lifetime of zero", { ext_expires_in: "0" }]
  ] as const)("%s", ([, fields]) =>
    Effect.gen(function* () {
      yield* atNow
      const { issuer: it } = yield* issuer(tokens(fields))
      const token = yield* it.grant(user)
      expect(clear(token)).toMatchObject({
        accessToken: secrets.newAccess,
        refreshToken: secrets.newRefresh,
        obtainedAt: NOW,
        expiresAt: NOW + 3_599_000,
        generation: 1,
        principal: CANARY_USER
      })
    })
  )

  it.effect("who approved a device code from the ID token, whatever form its name has", () =>
    Effect.gen(function* () {
      const signed = (id_token: unknown) =>
        Effect.gen(function* () {
          const { issuer: it } = yield* issuer(deviceCode(), tokens({ id_token }))
          const fiber = yield* Effect.fork(it.grant(watched().credential))
          yield* TestClock.adjust("5 seconds")
          return (yield* fiber).principal
        })
      expect(yield* signed(idToken({ upn: "ada@contoso.example", unique_name: "x" }))).toBe("ada@contoso.example")
      expect(yield* signed(idToken({ preferred_username: "ada@contoso.example" }))).toBe("ada@contoso.example")
      expect(yield* signed(idToken({ unique_name: "live.com#ada" }))).toBe("live.com#ada")
      for (const unreadable of [
        undefined,
        7,
        "",
        "a.b.c",
        "..",
        idToken({}),
        idToken({ upn: 7 }),
        idToken({ upn: "a\u001b[2J" })
      ]) {
        expect(yield* signed(unreadable)).toBeUndefined()
      }
    })
  )

  it.effect("a renewal without a new refresh token: the old one stays", () =>
    Effect.gen(function* () {
      const { issuer: it } = yield* issuer(tokens({ refresh_token: undefined }))
      const token = yield* it.renew(held)
      expect(clear(token)).toMatchObject({
        accessToken: secrets.newAccess,
        refreshToken: secrets.refresh,
        generation: 2
      })
    })
  )

  it.effect.each([
    ["a lifetime of zero", tokens({ expires_in: "0" })],
    ["a lifetime that is no number", tokens({ expires_in: "abc" })],
    ["no access token", tokens({ access_token: undefined })],
    ["a token of another type", tokens({ token_type: "pop" })],
    ["a page", { status: 200, body: "<html>Sign in to the Wi-Fi</html>" }],
    ["nothing", { status: 200, body: "" }],
    ["two megabytes", { status: 200, body: "x".repeat(2 * 1024 * 1024) }]
  ] as const)("%s as an answer that it does not understand", ([, plan]) =>
    Effect.gen(function* () {
      for (const operation of ["password", "renew"] as const) {
        expect(yield* failure(operation, plan)).toMatchObject({
          _tag: "InvalidResponse",
          from: "authority",
          operation: operation === "password" ? "sign-in" : "renewal"
        })
      }
    })
  )

  it.effect("an error in an answer of 200 as the error that it is", () =>
    Effect.gen(function* () {
      const plan = refusal("invalid_grant", {}, 200)
      expect(yield* failure("password", plan)).toMatchObject({ _tag: "CredentialRejected" })
      expect(yield* failure("renew", plan)).toMatchObject({ _tag: "SessionExpired" })
    })
  )
})

describe("EntraIssuer.make", () => {
  it.effect.each([
    ["clientid", ""],
    ["clientid", "two words"],
    ["resource", "  "],
    ["resource", "a\nb"],
    ["resource", "x".repeat(1025)],
    ["revocationPath", "revoke"],
    ["revocationPath", "/a?b"]
  ] as const)("refuses the %s %j, and says which setting it is", ([setting, value]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(issuerWith({ [setting]: value }))
      expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting })
      expect(error.message).not.toContain("two words")
    })
  )

  it("documents 90 days without use, and no end of a chain", () => {
    expect(EntraIssuer.lifetimes).toEqual({ idle: 90 * 86_400_000, chain: Infinity })
    expect(Redacted.isRedacted(held.refreshToken)).toBe(true)
  })
})
