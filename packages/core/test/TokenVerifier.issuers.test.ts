import { describe, expect, it } from "@effect/vitest"
import { KeySet, TokenVerifier } from "@mlserver-auth/core/verifier"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as TestClock from "effect/TestClock"
import * as Authority from "../src/Authority.js"
import * as Signer from "./support/signer.js"
import { client } from "./support/wire.js"

const { AUDIENCE, NOW, refusal, verifier } = Signer

const TENANT = "1f0e7a3c-5b2d-4c6e-8f9a-0b1c2d3e4f50"
const OTHER_TENANT = "2f0e7a3c-5b2d-4c6e-8f9a-0b1c2d3e4f50"

const rsa = await Signer.make("RS256", "rsa-1")
const keys = KeySet.fromJwks({ keys: [rsa.jwk] })

/** Whether a token of this issuer is accepted where the other one is expected. */
const accepts = (expected: string | ReadonlyArray<string>, iss: string) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(NOW)
    const why = yield* refusal(yield* verifier(keys, { issuer: expected }), yield* rsa.token({ iss }))
    if (why !== undefined) expect(why).toBe("WrongIssuer")
    return why === undefined
  })

describe("the issuer of a token", () => {
  const ours = `https://sts.windows.net/${TENANT}/`

  it.effect.each([
    ours,
    `https://login.microsoftonline.com/${TENANT}/`,
    `https://login.windows.net/${TENANT}/`,
    `https://login.microsoft.com/${TENANT}/`
  ])("%s is ours, whichever name of the cloud was configured", (iss) =>
    Effect.gen(function* () {
      expect(yield* accepts(ours, iss)).toBe(true)
      expect(yield* accepts(iss, ours)).toBe(true)
      expect(yield* accepts(["https://mls.example.com", iss], ours)).toBe(true)
    })
  )

  it.effect.each([
    `https://sts.windows.net/${OTHER_TENANT}/`,
    `https://sts.windows.net/${TENANT}`,
    `https://sts.windows.net/${TENANT}//`,
    `https://sts.windows.net/${TENANT}/v2.0`,
    `https://sts.windows.net/${TENANT}/?x`,
    `https://sts.windows.net/${TENANT}/#x`,
    `https://sts.windows.net/${TENANT.toUpperCase()}/`,
    `https://sts.windows.net/./${TENANT}/`,
    `https://sts.windows.net/${OTHER_TENANT}/../${TENANT}/`,
    `https://sts.windows.net:8443/${TENANT}/`,
    `http://sts.windows.net/${TENANT}/`,
    `https:/sts.windows.net/${TENANT}/`,
    `https:\\\\sts.windows.net/${TENANT}/`,
    ` https://sts.windows.net/${TENANT}/`,
    `https://sts.windows.net/${TENANT}/\n`,
    `https://login.microsoftonline.us/${TENANT}/`,
    `https://login.chinacloudapi.cn/${TENANT}/`,
    `https://login.microsoftonline.com.evil.example/${TENANT}/`,
    `https://login.microsoftonline.com@evil.example/${TENANT}/`,
    `https://evil.example@login.microsoftonline.com/${TENANT}/`,
    `https://ada@sts.windows.net/${TENANT}/`,
    `https://evil.example/login.microsoftonline.com/${TENANT}/`,
    `https://evil.example#login.microsoftonline.com/${TENANT}/`,
    `https://login.microsoftonline.com\\@evil.example/${TENANT}/`,
    `https://xlogin.microsoftonline.com/${TENANT}/`,
    `https://login.microsoftonline.com./${TENANT}/`,
    `login.microsoftonline.com/${TENANT}/`,
    TENANT,
    "https://",
    "https:///"
  ])("%j is not ours", (iss) =>
    Effect.gen(function* () {
      expect(yield* accepts(ours, iss)).toBe(false)
    })
  )

  it.effect("of a server on premises is compared as it is", () =>
    Effect.gen(function* () {
      expect(yield* accepts("mlserver", "mlserver")).toBe(true)
      expect(yield* accepts("mlserver", "MLServer")).toBe(false)
      expect(yield* accepts("https://mls.example.com", "https://mls.example.com")).toBe(true)
      expect(yield* accepts("https://mls.example.com", "https://mls.example.com/")).toBe(false)
      expect(yield* accepts("https://mls.example.com", "https://MLS.example.com")).toBe(false)
    })
  )
})

describe("TokenVerifier.entra", () => {
  const { http, sent } = client([{ body: JSON.stringify({ keys: [rsa.jwk] }) }])
  const entra = (authuri: string | undefined, tenant: string = TENANT) =>
    Effect.provideService(
      TokenVerifier.entra(Either.getOrThrow(Authority.make({ authuri, tenant })), AUDIENCE),
      HttpClient.HttpClient,
      http
    )
  const reason = (authuri: string | undefined, fields: object) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const verifier = yield* Effect.flatMap(entra(authuri), TokenVerifier.make)
      return yield* refusal(verifier, yield* rsa.token({ ...fields }))
    })

  it.effect.each([
    { authuri: undefined, v1: "https://sts.windows.net" },
    { authuri: "https://login.windows.net", v1: "https://sts.windows.net" },
    { authuri: "https://login.microsoftonline.us", v1: "https://sts.windows.net" },
    { authuri: "https://login.usgovcloudapi.net", v1: "https://sts.windows.net" },
    { authuri: "https://login.chinacloudapi.cn", v1: "https://sts.chinacloudapi.cn" },
    { authuri: "http://127.0.0.1:12800", v1: "http://127.0.0.1:12800" }
  ])("with $authuri accepts tokens of both forms for this tenant and resource, and no others", ({ authuri, v1 }) =>
    Effect.gen(function* () {
      const v2 = `${authuri ?? Authority.GLOBAL}/${TENANT}/v2.0`
      expect(yield* reason(authuri, { iss: `${v1}/${TENANT}/` })).toBeUndefined()
      expect(yield* reason(authuri, { iss: v2 })).toBeUndefined()
      expect(yield* reason(authuri, { iss: v2, aud: "00000003-0000-0000-c000-000000000000" })).toBe("WrongAudience")
      expect(yield* reason(authuri, { iss: v2, aud: `spn:${AUDIENCE}` })).toBe("WrongAudience")
      for (const iss of [
        `${v1}/${OTHER_TENANT}/`,
        v2.replace(TENANT, "common"),
        `${v2}/`,
        `https://evil.example/${TENANT}/`
      ])
        expect(yield* reason(authuri, { iss })).toBe("WrongIssuer")
    })
  )

  it.effect("with a URI, tokens of v2 form name the application's id: accepted where it was told, and no other", () =>
    Effect.gen(function* () {
      const id = "99999999-0000-4000-8000-00000000000a"
      const issuer = `${Authority.GLOBAL}/${TENANT}/v2.0`
      const check = (aud: string, applicationId?: string) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(NOW)
          const authority = Either.getOrThrow(Authority.make({ tenant: TENANT }))
          const options = yield* TokenVerifier.entra(authority, "api://mlserver", { applicationId })
          return yield* refusal(yield* TokenVerifier.make(options), yield* rsa.token({ iss: issuer, aud }))
        }).pipe(Effect.provideService(HttpClient.HttpClient, http))
      expect(yield* check(id, id.toUpperCase())).toBeUndefined()
      expect(yield* check("api://mlserver", id)).toBeUndefined()
      expect(yield* check(id)).toBe("WrongAudience")
      expect(yield* check(TENANT, id)).toBe("WrongAudience")
      expect(yield* Effect.flip(check(id, "mlserver"))).toMatchObject({ setting: "applicationId" })
    })
  )

  it.effect("takes the keys of the tenant, where requests of the authority go", () =>
    Effect.gen(function* () {
      sent.length = 0
      yield* reason("https://login.windows.net", {})
      expect(sent).toMatchObject([{ method: "GET", url: `https://login.windows.net/${TENANT}/discovery/keys` }])
    })
  )

  it.effect("passes on the tolerance, and never accepts another algorithm", () =>
    Effect.gen(function* () {
      const authority = Either.getOrThrow(Authority.make({ tenant: TENANT }))
      const options = yield* Effect.provideService(
        TokenVerifier.entra(authority, AUDIENCE, { clockTolerance: "2 minutes" }),
        HttpClient.HttpClient,
        http
      )
      expect(options).toMatchObject({ audience: AUDIENCE, clockTolerance: "2 minutes" })
      expect(options.algorithms).toBeUndefined()
    })
  )

  it.effect.each(["contoso.com", "common", "organizations", TENANT.slice(1), `${TENANT}0`, TENANT.replaceAll("-", "")])(
    "needs the tenant's GUID: %s will not do",
    (tenant) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(entra(undefined, tenant))
        expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "tenant" })
        expect(error.fix).toContain("GUID")
      })
  )

  it.effect("takes a GUID in capitals", () =>
    Effect.gen(function* () {
      expect((yield* entra(undefined, TENANT.toUpperCase())).issuer).toContain(`${Authority.GLOBAL}/${TENANT}/v2.0`)
    })
  )
})
