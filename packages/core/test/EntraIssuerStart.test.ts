import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Authority from "../src/Authority.js"
import {
  CANARY_USER,
  deviceCode,
  issuer,
  issuerWith,
  type Plan,
  refusal,
  tokens,
  user,
  watched
} from "./support/entra.js"

describe("the realm probe", () => {
  const managed: Plan = { body: JSON.stringify({ ver: "1.0", account_type: "Managed" }) }
  const federated: Plan = { body: JSON.stringify({ ver: "1.0", account_type: "Federated" }) }

  it.effect("is not made unless it was asked for", () =>
    Effect.gen(function* () {
      const { issuer: it, sent } = yield* issuer(tokens())
      yield* it.grant(user)
      expect(sent.map(({ method }) => method)).toEqual(["POST"])
    })
  )

  it.effect("is not made at federation services, which have no realms", () =>
    Effect.gen(function* () {
      const authority = Either.getOrThrow(Authority.make({ authuri: "https://fs.contoso.example", tenant: "adfs" }))
      const { issuer: it, sent } = yield* issuerWith({ realmProbe: true, authority }, tokens())
      yield* it.grant(user)
      expect(sent.map(({ url }) => url)).toEqual(["https://fs.contoso.example/adfs/oauth2/token"])
    })
  )

  it.effect("spends no password on a federated account, and says what to do instead", () =>
    Effect.gen(function* () {
      const { issuer: it, sent } = yield* issuerWith({ realmProbe: true }, federated, tokens())
      const failed = yield* Effect.flip(it.grant(user))
      expect(failed).toMatchObject({ _tag: "CredentialRejected", reason: "Federated" })
      expect(failed.fix).toContain("device code")
      expect(sent.map(({ method, url }) => [method, url])).toEqual([
        ["GET", `https://login.microsoftonline.com/common/UserRealm/${encodeURIComponent(CANARY_USER)}?api-version=1.0`]
      ])
    })
  )

  it.effect.each([
    ["a managed account", managed],
    ["no such place (404)", { status: 404, body: "" }],
    ["a page", { body: "<html>" }],
    ["a broken connection", { breaks: "ECONNRESET" }],
    ["an outage", { status: 503 }]
  ] as const)("lets the password go its way after %s", ([, plan]) =>
    Effect.gen(function* () {
      const { issuer: it, sent } = yield* issuerWith({ realmProbe: true }, plan, tokens())
      yield* it.grant(user)
      expect(sent.map(({ method }) => method)).toEqual(["GET", "POST"])
    })
  )
})

describe("a device code is refused before there is one", () => {
  it.effect.each([
    [refusal("invalid_client", { error_codes: [7000218] }, 401), "ConfigurationInvalid"],
    [refusal("invalid_request", { error_codes: [90002] }), "ConfigurationInvalid"],
    [{ status: 503 }, "ServerUnavailable"],
    [{ breaks: "ENOTFOUND" }, "ServerUnavailable"],
    [{ status: 200, body: "<html>" }, "InvalidResponse"],
    [deviceCode({ user_code: undefined }), "InvalidResponse"],
    [deviceCode({ verification_url: "javascript:alert(1)" }), "InvalidResponse"],
    [deviceCode({ expires_in: undefined }), "InvalidResponse"]
  ] as const)("%j: %s, and nothing is shown or polled", ([plan, _tag]) =>
    Effect.gen(function* () {
      const { issuer: it, sent } = yield* issuer(plan)
      const { credential, events } = watched()
      expect(yield* Effect.flip(it.grant(credential))).toMatchObject({ _tag })
      expect([sent.length, events]).toEqual([1, []])
    })
  )
})
