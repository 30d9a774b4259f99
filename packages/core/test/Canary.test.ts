import { inspect } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import { Credential, CredentialSource, Token } from "@mlserver-auth/core"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Canary from "./support/canary.js"
import { ada, world } from "./support/world.js"

const asAda = Credential.usernamePassword(ada)

describe("the canary itself", () => {
  it.effect("finds a secret in a log, a span, an error, a request that was not cleaned", () =>
    Effect.gen(function* () {
      const finding = (leak: (canary: Canary.Canary) => Effect.Effect<unknown, unknown>) =>
        Effect.scoped(
          Effect.gen(function* () {
            const canary = yield* Canary.watch
            canary.plant("S3CRET/+=")
            yield* Effect.ignore(leak(canary))
          })
        ).pipe(Effect.exit)
      const leaks = [
        () => Effect.logTrace("got S3CRET/+="),
        () => Effect.annotateLogs(Effect.logDebug("got"), { token: "S3CRET/+=" }),
        () => Effect.withSpan(Effect.void, "call", { attributes: { "url.query": "refreshToken=S3CRET%2F%2B%3D" } }),
        () => Effect.withSpan(Effect.fail(new Error("S3CRET/+=")), "call"),
        (canary: Canary.Canary) =>
          Effect.sync(() => canary.show(HttpClientRequest.bearerToken(HttpClientRequest.get("/"), "S3CRET/+=")))
      ]
      for (const leak of leaks) expect((yield* finding(leak))._tag).toBe("Failure")
      expect((yield* finding(() => Effect.log("nothing to see")))._tag).toBe("Success")
    })
  )
})

describe("no secret leaves", () => {
  it.scoped("by the life of a session: spans of log-in, renewal and revocation are there, and clean", () =>
    Effect.gen(function* () {
      const { canary, client, control, session } = yield* world()
      yield* session.signIn(asAda)
      yield* TestClock.adjust("2 hours")
      yield* client.get("/services?mine=1")
      yield* control.expireAccessTokens
      yield* client.get("/services")
      yield* control.failNext({ on: "refresh", status: 500 })
      yield* control.expireAccessTokens
      yield* Effect.flip(client.get("/services"))
      yield* session.signOut
      const names = [
        "Session.signIn",
        "Session.renew",
        "Session.signOut",
        "MlServerIssuer.grant",
        "MlServerIssuer.revoke"
      ]
      for (const name of names) expect(canary.seen).toContain(name)
      for (const said of ["outcome=renewed", "outcome=RenewalUncertain", "waiters=1", "why=rejected", "why=needed"]) {
        expect(canary.seen).toContain(said)
      }
      // The spans of the API's own calls are the caller's, with the header redacted; those of the issuer have no URL.
      expect(
        [...canary.seen].filter((text) => text.startsWith("url.full=")).every((text) => text.includes("/services"))
      ).toBe(true)
    })
  )

  it.scoped("by what is handed to the caller: token, session, credential, source, answer", () =>
    Effect.gen(function* () {
      const { canary, client, session } = yield* world()
      const token = yield* session.signIn(asAda)
      const answer = yield* client.get("/services")
      for (const value of [
        token,
        session,
        client,
        asAda,
        CredentialSource.fromCredential(asAda),
        answer,
        answer.request
      ]) {
        canary.show(value)
      }
      expect(inspect(token)).toContain("<redacted>")
      expect(canary.found()).toEqual([])
    })
  )

  it.scoped("by the errors of the transport and of the answer's body, which carry the request", () =>
    Effect.gen(function* () {
      const breaking = (bare: HttpClient.HttpClient) =>
        HttpClient.make((request, url) => {
          if (url.pathname === "/login") return bare.execute(request)
          const error = new HttpClientError.RequestError({ request, reason: "Transport", cause: new Error("reset") })
          const response = HttpClientResponse.fromWeb(request, new Response("{"))
          return url.pathname === "/broken" ? Effect.fail(error) : Effect.succeed(response)
        })
      const { canary, client, session } = yield* world({ client: breaking })
      yield* session.signIn(asAda)
      canary.show(yield* Effect.flip(client.get("/broken")))
      const body = yield* client.get("/body")
      canary.show(yield* Effect.flip(body.json))
      canary.show(yield* Effect.flip(HttpClientResponse.filterStatus(body, () => false)))
      canary.show(yield* Effect.flip(HttpClient.filterStatus(client, () => false).get("/body")))
      expect(canary.found()).toEqual([])
    })
  )

  it.scoped("by a 401 without a body, whose request is the caller's own", () =>
    Effect.gen(function* () {
      const bare = (real: HttpClient.HttpClient) =>
        HttpClient.make((request, url) =>
          url.pathname.startsWith("/login")
            ? real.execute(request)
            : Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null, { status: 401 })))
        )
      const { canary, client, session } = yield* world({ client: bare })
      yield* session.signIn(asAda)
      canary.plant("the-callers-own-secret")
      const body = HttpClientRequest.bodyUnsafeJson(HttpClientRequest.post("/services"), {
        x: "the-callers-own-secret"
      })
      yield* Effect.flip(client.execute(body))
      expect(canary.found()).toEqual([])
    })
  )

  it.scoped("by a token that cannot be encoded or decoded as a record", () =>
    Effect.gen(function* () {
      const { canary } = yield* world()
      canary.plant("a.planted.token")
      const token = yield* Token.fromAccessToken(Redacted.make("a.planted.token"))
      for (const value of [token, { token }, [token], new Error("about", { cause: token })]) canary.show(value)
      expect(canary.found()).toEqual([])
    })
  )
})
