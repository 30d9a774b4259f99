import type { AuthError } from "@mlserver-auth/core/AuthError"
import type * as AuthHttpClient from "@mlserver-auth/core/AuthHttpClient"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as CertifiedProvider from "./counterparts/CertifiedProvider.js"
import * as Program from "./counterparts/Program.js"
import * as ResourceServer from "./counterparts/ResourceServer.js"

const ADA = "ada@contoso.test"
const OLGA = "olga@contoso.test"
const clientid = CertifiedProvider.CLIENT
const resource = CertifiedProvider.RESOURCE

const credentialOf = (user: string) => Program.password(user, CertifiedProvider.users.get(user) ?? "")

const whoAmI = (client: AuthHttpClient.Service): Effect.Effect<string, HttpClientError | AuthError> =>
  Effect.flatMap(client.get("/me"), (response) => response.text)

const atOnce = <A, E>(count: number, effect: (index: number) => Effect.Effect<A, E>) =>
  Effect.all(
    Array.from({ length: count }, (_, index) => effect(index)),
    { concurrency: "unbounded" }
  )

describe.concurrent.each(Program.wires)("refresh tokens that work once, at oidc-provider over the %s wire", (wire) => {
  const deployed = (options: CertifiedProvider.Options = {}) =>
    Effect.gen(function* () {
      const provider = yield* CertifiedProvider.make(options)
      const api = yield* ResourceServer.make(resource, provider.introspect)
      const store = yield* TokenStore.makeMemory
      const programOf = (principal: string) =>
        Program.make({ ...provider, clientid, resource, wire, principal, store, server: api.url })
      return { provider, api, programOf }
    })

  it.scopedLive("a hundred requests meet a 401: one refresh, no reuse, and every one of them succeeds", () =>
    Effect.gen(function* () {
      const { api, programOf, provider } = yield* deployed()
      const { client, session } = yield* programOf(ADA)
      yield* session.signIn(credentialOf(ADA))
      yield* provider.deleteAccessTokens
      const names = yield* atOnce(100, () => whoAmI(client))
      assert.deepStrictEqual(names, Array<string>(100).fill(ADA))
      assert.deepInclude(yield* provider.counts, {
        granted: { password: 1, refresh_token: 1, [CertifiedProvider.DEVICE_GRANT]: 0 },
        refused: [],
        familiesRevoked: 0
      })
      assert.strictEqual(api.answers.get(200), 100)
      assert.isAtLeast(api.answers.get(401) ?? 0, 1)
    })
  )

  it.scopedLive("a hundred fibers meet a token whose time is over: one refresh before any request is sent", () =>
    Effect.gen(function* () {
      const { api, programOf, provider } = yield* deployed({ accessTokenLife: [1, 3600] })
      const { client, session } = yield* programOf(ADA)
      const first = yield* session.signIn(credentialOf(ADA))
      yield* Effect.sleep((first.expiresAt ?? 0) - first.obtainedAt)
      assert.isUndefined(yield* provider.introspect(Redacted.value(first.accessToken)))
      const tokens = yield* atOnce(100, () => session.token)
      assert.strictEqual(new Set(tokens.map(({ generation }) => generation)).size, 1)
      assert.strictEqual((yield* provider.counts).granted["refresh_token"], 1)
      assert.strictEqual(yield* whoAmI(client), ADA)
      assert.isUndefined(api.answers.get(401))
      assert.deepInclude(yield* provider.counts, { refused: [], familiesRevoked: 0 })
    })
  )

  it.scopedLive("two programs on one store meet a 401 together: still one refresh", () =>
    Effect.gen(function* () {
      const { programOf, provider } = yield* deployed()
      const [one, other] = [yield* programOf(ADA), yield* programOf(ADA)]
      yield* one.session.signIn(credentialOf(ADA))
      assert.strictEqual(yield* whoAmI(other.client), ADA)
      yield* provider.deleteAccessTokens
      yield* atOnce(50, (index) => whoAmI(index % 2 === 0 ? one.client : other.client))
      const { granted, refused } = yield* provider.counts
      assert.strictEqual(granted["refresh_token"], 1)
      assert.deepStrictEqual(refused, [])
    })
  )

  it.scopedLive("a used refresh token sent by a thief ends the family: the session says that it has expired", () =>
    Effect.gen(function* () {
      const { programOf, provider } = yield* deployed()
      const { client, issuer, session } = yield* programOf(ADA)
      const stolen = yield* session.signIn(credentialOf(ADA))
      yield* session.renew(stolen)
      assert.strictEqual(yield* whoAmI(client), ADA)
      const thief = yield* Effect.flip(issuer.renew(stolen))
      assert.strictEqual(Program.told(thief), "SessionExpired Refused")
      assert.strictEqual((yield* provider.counts).familiesRevoked, 1)
      const error = yield* Effect.flip(whoAmI(client))
      assert.strictEqual(Program.told(error), "SessionExpired Refused")
      assert.strictEqual((yield* session.peek)._tag, "SignedOut")
      assert.strictEqual((yield* provider.counts).granted["refresh_token"], 1)
    })
  )

  it.scopedLive("two users side by side, each losing tokens: nobody ever answers for the other", () =>
    Effect.gen(function* () {
      const { programOf, provider } = yield* deployed()
      const [ada, olga] = [yield* programOf(ADA), yield* programOf(OLGA)]
      yield* ada.session.signIn(credentialOf(ADA))
      yield* olga.session.signIn(credentialOf(OLGA))
      for (const round of [1, 2]) {
        yield* provider.deleteAccessTokens
        const names = yield* atOnce(60, (index) => whoAmI(index % 2 === 0 ? ada.client : olga.client))
        assert.deepStrictEqual(
          names,
          names.map((_, index) => (index % 2 === 0 ? ADA : OLGA))
        )
        assert.strictEqual((yield* provider.counts).granted["refresh_token"], 2 * round)
      }
      assert.deepStrictEqual((yield* provider.counts).refused, [])
    })
  )

  it.scopedLive("one user signs out: the other's session does not notice", () =>
    Effect.gen(function* () {
      const { programOf, provider } = yield* deployed()
      const [ada, olga] = [yield* programOf(ADA), yield* programOf(OLGA)]
      const token = yield* ada.session.signIn(credentialOf(ADA))
      yield* olga.session.signIn(credentialOf(OLGA))
      assert.strictEqual((yield* ada.session.signOut).revocation, "Revoked")
      assert.isUndefined(yield* provider.introspect(Redacted.value(token.accessToken)))
      assert.strictEqual(yield* whoAmI(olga.client), OLGA)
      const error = yield* Effect.flip(whoAmI(ada.client))
      assert.strictEqual(Program.told(error), "CredentialRequired SignedOut")
    })
  )
})
