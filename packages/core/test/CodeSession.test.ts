import { describe, expect, it } from "@effect/vitest"
import { Credential, CredentialSource } from "@mlserver-auth/core"
import type { AuthError } from "@mlserver-auth/core/AuthError"
import { AzureDirectory } from "@mlserver-auth/dev-server"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { browser } from "./support/browser.js"
import { cloud } from "./support/cloud.js"
import type { World } from "./support/world.js"

const hundred = Array.from({ length: 100 }, (_, at) => at)
const PROGRAM = "http://127.0.0.1:49152/"
const PAGE = "http://127.0.0.1:49152/page"

/** What a browser does of itself: it says whose page asks. */
const inBrowser = (bare: HttpClient.HttpClient) =>
  HttpClient.mapRequest(bare, HttpClientRequest.setHeader("origin", "http://127.0.0.1:49152"))

const spa = {
  dev: { azure: { redirectUris: { spa: ["http://127.0.0.1/page"] } } },
  entra: { registration: "spa", wire: undefined },
  client: inBrowser
} as const

type User = { readonly username: string; readonly password: string }

/** A person at the dev server's page; the code and the verifier are watched for. */
const person = ({ canary, dev }: World, user: User = AzureDirectory.ada, redirectUri = PROGRAM) =>
  browser(
    (request) =>
      Effect.gen(function* () {
        canary.plant(Redacted.value(request.verifier))
        const form = { decision: "accept", username: user.username, password: user.password, mfa: "on" }
        const response = yield* dev.client
          .execute(HttpClientRequest.bodyUrlParams(HttpClientRequest.post(request.url), form))
          // A browser is no part of the program whose traces are watched.
          .pipe(Effect.withTracerEnabled(false), Effect.orDie)
        const location = response.headers["location"] ?? ""
        canary.plant(new URL(location).searchParams.get("code") ?? "no code")
        return location
      }),
    { redirectUri }
  )

const told = (error: AuthError): string => ("reason" in error ? `${error._tag} ${error.reason}` : error._tag)

describe("a session that began in the browser", () => {
  it.scoped.each([{ wire: "v1" as const }, { wire: "v2" as const }])(
    "over $wire: signed in with a second factor, renewed once for a hundred, used to the end",
    ({ wire }) =>
      Effect.gen(function* () {
        const story = yield* cloud({ entra: { wire } })
        const { client, control, session } = story
        yield* session.signIn(person(story, AzureDirectory.withMfa).credential())
        expect(yield* session.peek).toMatchObject({
          _tag: "SignedIn",
          principal: AzureDirectory.withMfa.username,
          renewable: true,
          chainEndsAt: undefined
        })
        yield* TestClock.adjust("2 hours")
        const answers = yield* Effect.forEach(hundred, () => client.get("/services"), { concurrency: "unbounded" })
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
        expect((yield* control.counts).azure).toMatchObject({ authorizationCodesRedeemed: 1, refreshes: 1 })
        expect(story.canary.found()).toEqual([])
      })
  )

  it.scoped("as a page: renewed by the browser for 24 hours and no longer, as it was told from the start", () =>
    Effect.gen(function* () {
      const story = yield* cloud(spa)
      const { client, control, session } = story
      yield* session.signIn(person(story, AzureDirectory.ada, PAGE).credential())
      const start = yield* control.now
      expect(yield* session.peek).toMatchObject({ chainEndsAt: start + 86_400_000 })
      yield* TestClock.adjust("23 hours")
      expect((yield* client.get("/services")).status).toBe(200)
      expect(yield* session.peek).toMatchObject({ generation: 2, chainEndsAt: start + 86_400_000 })
      yield* TestClock.adjust("2 hours")
      const error = yield* Effect.flip(session.token)
      expect(told(error)).toBe("SessionExpired ChainEnded")
    })
  )

  it.scoped("as a page whose address is registered for programs: says what to change, and sends the code once", () =>
    Effect.gen(function* () {
      const story = yield* cloud({ ...spa, dev: { azure: {} } })
      const error = yield* Effect.flip(story.session.signIn(person(story).credential()))
      expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "clientid" })
      expect(error.fix).toContain("Single-page application")
      expect((yield* story.control.counts).azure).toMatchObject({
        authorizationCodes: 1,
        authorizationCodesRedeemed: 0
      })
    })
  )

  it.scoped("as a program whose address is registered for pages: says what to change", () =>
    Effect.gen(function* () {
      const story = yield* cloud({ dev: spa.dev, entra: { wire: "v2" } })
      const error = yield* Effect.flip(story.session.signIn(person(story, AzureDirectory.ada, PAGE).credential()))
      expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "clientid" })
      expect(error.fix).toContain("Mobile and desktop applications")
    })
  )

  it.scoped("is not for a user whom it was not kept for", () =>
    Effect.gen(function* () {
      const story = yield* cloud({ auth: {}, entra: { principal: AzureDirectory.olga.username } })
      const error = yield* Effect.flip(story.session.signIn(person(story).credential()))
      expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "principal" })
    })
  )
})

describe("a sign-in in the browser", () => {
  it.scoped("is never begun by anything but signIn, whatever the source offers", () =>
    Effect.gen(function* () {
      const way = browser(() => "http://127.0.0.1:49152/")
      const { interactive } = CredentialSource.authorizationCode({ redirect: way.redirect })
      // A source that offers it silently too, which it should not.
      const source = { silent: interactive, interactive }
      const { client, session } = yield* cloud({ source })
      expect(told(yield* Effect.flip(session.token))).toBe("CredentialRequired NotSignedIn")
      yield* Effect.either(client.get("/services"))
      expect(way.visits).toEqual([])
    })
  )

  it.scoped("that is finished after a sign-out is discarded", () =>
    Effect.gen(function* () {
      const story = yield* cloud()
      const [away, goOn] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const { redirect } = person(story)
      const slow = Credential.authorizationCode({
        redirect: {
          ...redirect,
          visit: (request) =>
            Deferred.succeed(away, undefined).pipe(
              Effect.zipRight(Deferred.await(goOn)),
              Effect.zipRight(redirect.visit(request))
            )
        }
      })
      const fiber = yield* Effect.fork(Effect.flip(story.session.signIn(slow)))
      yield* Deferred.await(away)
      yield* story.session.signOut
      yield* Deferred.succeed(goOn, undefined)
      expect(told(yield* Fiber.join(fiber))).toBe("CredentialRequired SignedOut")
      expect((yield* story.session.peek)._tag).toBe("SignedOut")
    })
  )
})
