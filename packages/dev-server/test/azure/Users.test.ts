import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as AzureDirectory from "../../src/AzureDirectory.js"
import { parsed } from "../Adapters.js"
import { azureAdapters, refusal, type Tokens } from "./AzurePeer.js"

const the = AzureDirectory

/** User, and what the password grant says to the right password on v1 and on v2. */
const obstacles = [
  [
    "a second factor is required",
    the.withMfa,
    [50076, "interaction_required", undefined],
    [50076, "invalid_grant", "basic_action"]
  ],
  [
    "another directory verifies the password",
    the.federated,
    [50126, "invalid_grant", undefined],
    [50126, "invalid_grant", undefined]
  ],
  ["the account is locked", the.locked, [50053, "invalid_grant", undefined], [50053, "invalid_grant", undefined]],
  ["the account is disabled", the.disabled, [50057, "invalid_grant", undefined], [50057, "invalid_grant", undefined]],
  [
    "the password is expired",
    the.passwordExpired,
    [50055, "invalid_grant", "user_password_expired"],
    [50055, "invalid_grant", "user_password_expired"]
  ],
  [
    "a policy blocks the sign-in",
    the.blocked,
    [53003, "access_denied", undefined],
    [53003, "access_denied", undefined]
  ],
  [
    "nobody consented",
    the.withoutConsent,
    [65001, "invalid_grant", "consent_required"],
    [65001, "invalid_grant", "consent_required"]
  ],
  [
    "the user is not assigned",
    the.notAssigned,
    [50105, "invalid_grant", undefined],
    [50105, "invalid_grant", undefined]
  ],
  [
    "nobody has this name",
    { username: "nobody@contoso.example", password: "x" },
    [50034, "invalid_grant", undefined],
    [50034, "invalid_grant", undefined]
  ],
  [
    "the password is wrong",
    { ...the.ada, password: the.olga.password },
    [50126, "invalid_grant", undefined],
    [50126, "invalid_grant", undefined]
  ]
] as const

describe.each(azureAdapters)("by password ($name)", ({ make }) => {
  it.scopedLive.each(obstacles)("%s", ([, user, ...expected]) =>
    Effect.gen(function* () {
      const server = yield* make()
      const seen = [yield* server.byPassword("v1", user), yield* server.byPassword("v2", user)].map(refusal)
      expect(seen.map(({ error, error_codes, suberror }) => [error_codes[0], error, suberror])).toEqual(expected)
      expect(seen.every((it) => it.error_description.startsWith(`AADSTS${it.error_codes[0]}: `))).toBe(true)
      const { azure } = yield* server.control.counts
      expect(azure).toMatchObject({ passwordGrantsRefused: 2, refusedWith: { [expected[0][0]]: 2 } })
    })
  )

  it.scopedLive("a description names the person where the authority does", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const nobody = { username: "nobody@contoso.example", password: "x" }
      const seen = [yield* server.byPassword("v1", nobody), yield* server.byPassword("v1", the.notAssigned)]
      expect(seen.map((it, at) => it.text.includes([nobody, the.notAssigned][at]?.username ?? "?"))).toEqual([
        true,
        true
      ])
    })
  )
})

const refusedEverywhere: Readonly<Record<string, number>> = {
  [the.disabled.username]: 50057,
  [the.blocked.username]: 53003
}

describe.each(azureAdapters)("by device code ($name)", ({ make }) => {
  it.scopedLive.each(AzureDirectory.sampleUsers.map((user) => [user.username, user] as const))(
    "%s is let in, unless disabled or blocked",
    ([username, user]) =>
      Effect.gen(function* () {
        const server = yield* make()
        const code = yield* server.deviceCode("v1")
        expect(yield* server.control.azure.approve(code.user_code, username)).toBe(true)
        const seen = yield* server.poll("v1", code)
        const refused = refusedEverywhere[user.username]
        if (refused !== undefined) return expect(refusal(seen).error_codes).toEqual([refused])
        expect(yield* server.call(parsed<Tokens>(seen).access_token)).toBe(200)
      })
  )

  it.scopedLive("nobody else approves, and no other code", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const { user_code } = yield* server.deviceCode("v2")
      expect(yield* server.control.azure.approve(user_code, "nobody@contoso.example")).toBe(false)
      expect(yield* server.control.azure.approve("BBBBBBBBB")).toBe(false)
      expect(yield* server.control.azure.waiting).toEqual([user_code])
    })
  )
})

describe.each(azureAdapters)("whom a token is for ($name)", ({ make }) => {
  it.scopedLive("decides what may be done at the server, by the roles that it declares", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const tokens = (who: typeof the.ada | typeof the.olga) =>
        Effect.map(server.byPassword("v1", who), (seen) => parsed<Tokens>(seen).access_token)
      const [ada, olga] = [yield* tokens(the.ada), yield* tokens(the.olga)]
      const remove = (token: string, service: string) =>
        Effect.map(server.ask("DELETE", `/services/${service}/1.0.0`, { token }), ({ status }) => status)
      expect([yield* remove(ada, "add"), yield* remove(ada, "manualTransmission")]).toEqual([403, 200])
      expect(yield* remove(olga, "add")).toBe(200)
      const { text } = yield* server.ask("GET", "/status", { token: ada })
      expect(text).toContain('"azureActiveDirectory"')
      expect(text).toContain(the.resource)
    })
  )

  it.scopedLive.each([
    [the.ada.username, "Managed"],
    [the.federated.username, "Federated"],
    ["nobody@contoso.example", "Managed"],
    ["nobody@elsewhere.example", "Unknown"]
  ] as const)("who verifies the password of %s is no secret: %s", ([username, expected]) =>
    Effect.gen(function* () {
      const server = yield* make()
      const seen = yield* server.ask("GET", `/common/UserRealm/${encodeURIComponent(username)}?api-version=1.0`)
      const realm = parsed<{ account_type: string; federation_protocol?: string }>(seen)
      expect(realm.account_type).toBe(expected)
      expect(realm.federation_protocol === "WSTrust").toBe(expected === "Federated")
    })
  )
})
