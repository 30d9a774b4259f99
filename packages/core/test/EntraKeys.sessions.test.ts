import { describe, expect, it } from "@effect/vitest"
import { Credential, CredentialSource, EntraAuth, TokenStore } from "@mlserver-auth/core"
import type { Service as Session } from "@mlserver-auth/core/Session"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { sized } from "./support/size.js"

/** Whose token, for what, and got with which claims: what an access token of this authority says in clear. */
interface Said {
  readonly tenant: string
  readonly client: string
  readonly resource: string
  readonly user: string
  readonly claims: string | null
}

const seal = (said: object, serial: number) => Buffer.from(JSON.stringify({ ...said, serial })).toString("base64url")
const open = (token: string) => JSON.parse(Buffer.from(token, "base64url").toString()) as Said

/** An authority that writes into each token for what it was asked, and takes some turns of the scheduler to do so. */
const authority = Effect.sync(() => {
  let serial = 0
  return HttpClient.make((request, url) =>
    Effect.gen(function* () {
      const { body } = request
      const form = new URLSearchParams(body._tag === "Uint8Array" ? new TextDecoder().decode(body.body) : "")
      yield* Effect.repeatN(Effect.yieldNow(), serial % 7)
      const refresh = form.get("refresh_token")
      const user = refresh === null ? form.get("username") : open(refresh).user
      const [, tenant] = url.pathname.split("/")
      const said = {
        tenant,
        client: form.get("client_id"),
        resource: form.get("resource"),
        user,
        claims: form.get("claims")
      }
      const answer = { access_token: seal(said, serial), refresh_token: seal(said, serial++), expires_in: "3600" }
      return HttpClientResponse.fromWeb(request, new Response(JSON.stringify({ token_type: "Bearer", ...answer })))
    })
  )
})

const part = (...names: ReadonlyArray<string>) => FastCheck.constantFrom(...names)
const parts = FastCheck.record({
  tenant: part("a.example", "b.example"),
  client: part("client-1", "client-2"),
  resource: part("resource-1", "resource-2"),
  user: part("ada@a.example", "olga@a.example")
})
const step = FastCheck.record({
  who: FastCheck.nat(3),
  what: part("token", "renew", "hour"),
  claims: FastCheck.option(part(`{"a":1}`, `{"b":2}`))
})

describe("sessions with one store", () => {
  it.effect.prop(
    "never get a token of another tenant, client, resource or user, nor one that was got with other claims than theirs",
    { owners: FastCheck.array(parts, { minLength: 4, maxLength: 4 }), steps: FastCheck.array(step, { maxLength: 24 }) },
    ({ owners, steps }) =>
      Effect.scoped(
        Effect.gen(function* () {
          const http = yield* authority
          const store = yield* TokenStore.makeMemory
          const sessions = yield* Effect.forEach(owners, ({ client, resource, tenant, user }) =>
            EntraAuth.make({ server: "https://mls.example", tenant, clientid: client, resource }).pipe(
              Effect.map(({ session }) => session),
              Effect.provideService(HttpClient.HttpClient, http),
              Effect.provideService(TokenStore.TokenStore, store),
              Effect.provideService(
                CredentialSource.CredentialSource,
                CredentialSource.fromCredential(Credential.usernamePassword({ username: user, password: "p" }))
              )
            )
          )
          const check = (
            at: number,
            session: Session,
            claims: string | undefined,
            from: Effect.Effect.Success<Session["token"]>
          ) => {
            const said = open(Redacted.value(from.accessToken))
            expect(said).toMatchObject(owners[at] ?? {})
            if (claims !== undefined) expect(said.claims).toBe(claims)
            expect(session.key.principal).toBe(said.user)
          }
          const run = ({ claims, what, who }: (typeof steps)[number]) =>
            Effect.gen(function* () {
              const session = sessions[who]
              if (session === undefined) return
              if (what === "hour") return yield* TestClock.adjust("1 hour")
              const token = yield* session.token
              check(who, session, undefined, token)
              if (what === "token") return
              const wanted = claims ?? undefined
              check(who, session, wanted, yield* session.renew(token, { claims: wanted }))
            })
          yield* Effect.forEach(steps, run, { concurrency: "unbounded", discard: true })
        })
      ),
    { fastCheck: { numRuns: sized(25, 100) } }
  )
})
