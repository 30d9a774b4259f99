import { describe, expect, it } from "@effect/vitest"
import { AzureDirectory } from "@mlserver-auth/dev-server"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { ada, approved, cloud } from "./support/cloud.js"

const hundred = Array.from({ length: 100 }, (_, at) => at)

/** Keeps what is sent to the token endpoint, so that a test sees which call had claims. */
const listening = () => {
  const forms: Array<URLSearchParams> = []
  const client = (bare: HttpClient.HttpClient) =>
    HttpClient.mapRequest(bare, (request) => {
      const { body } = request
      if (body._tag === "Uint8Array") forms.push(new URLSearchParams(new TextDecoder().decode(body.body)))
      return request
    })
  return { client, claims: () => forms.map((form) => form.get("claims")) }
}

describe("a 401 that asks for claims", () => {
  it.scoped(
    "is answered with one renewal for all who meet it, which sends these claims; later renewals send none",
    () =>
      Effect.gen(function* () {
        const wire = listening()
        const { client, control, session } = yield* cloud({ client: wire.client })
        yield* session.signIn(ada)
        const claims = yield* control.azure.requireClaims()
        const answers = yield* Effect.forEach(hundred, () => client.get("/services"), { concurrency: "unbounded" })
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
        expect((yield* control.counts).azure).toMatchObject({ refreshes: 1, refreshesWithClaims: 1 })
        yield* TestClock.adjust("2 hours")
        yield* session.token
        expect(wire.claims()).toEqual([null, claims, null])
      })
  )

  it.scoped("does not join a renewal without them, and that one does not join it", () =>
    Effect.gen(function* () {
      const wire = listening()
      const { control, session } = yield* cloud({ client: wire.client })
      const first = yield* session.signIn(ada)
      const gate = yield* control.hold("azureRefresh")
      const plain = yield* Effect.fork(session.renew(first))
      yield* gate.awaitWaiting()
      const some = yield* Effect.fork(session.renew(first, { claims: `{"access_token":{"a":null}}` }))
      const others = yield* Effect.fork(session.renew(first, { claims: `{"access_token":{"b":null}}` }))
      yield* Effect.repeatN(Effect.yieldNow(), 100)
      yield* gate.release
      const tokens = yield* Effect.forEach([plain, some, others], Fiber.join)
      expect(new Set(tokens.map(({ generation }) => generation)).size).toBe(3)
      expect(wire.claims().slice(1)).toEqual([null, `{"access_token":{"a":null}}`, `{"access_token":{"b":null}}`])
    })
  )

  it.scoped("that a later caller meets with the same token is answered from memory", () =>
    Effect.gen(function* () {
      const { control, session } = yield* cloud()
      const first = yield* session.signIn(ada)
      const claims = yield* control.azure.requireClaims()
      const second = yield* session.renew(first, { claims })
      expect(yield* session.renew(first, { claims })).toBe(second)
      // Its claims are satisfied by it; other claims are not.
      expect((yield* session.renew(first, { claims: `{"access_token":{}}` })).generation).toBe(3)
    })
  )

  it.scoped("on a body that can be sent only once: renewed for the next call", () =>
    Effect.gen(function* () {
      const { client, control, session } = yield* cloud()
      yield* session.signIn(ada)
      yield* control.azure.requireClaims()
      const body = Stream.make(new TextEncoder().encode("{}"))
      const request = HttpClientRequest.post("/api/manualTransmission/1.0.0").pipe(HttpClientRequest.bodyStream(body))
      expect(yield* Effect.flip(client.execute(request))).toMatchObject({ reason: "NotReplayable" })
      expect((yield* client.get("/services")).status).toBe(200)
      expect((yield* control.counts).azure).toMatchObject({ refreshes: 1, refreshesWithClaims: 1 })
    })
  )
})

describe("claims that take a person", () => {
  it.scoped("are told with what to do; the session lives, and Azure is not asked again in a loop", () =>
    Effect.gen(function* () {
      const story = yield* cloud()
      const { client, control, session } = story
      yield* session.signIn(ada)
      const claims = yield* control.azure.requireClaims(AzureDirectory.ada.username, { interaction: true })
      const error = yield* Effect.flip(client.get("/services"))
      expect(error).toMatchObject({
        _tag: "InteractionRequired",
        reason: "MultiFactorRequired",
        claims,
        retryable: false
      })
      expect("fix" in error && error.fix).toContain("Sign in with a device code")
      yield* Effect.forEach(hundred, () => Effect.flip(client.get("/services")), { concurrency: "unbounded" })
      expect((yield* control.counts).azure).toMatchObject({ refreshes: 0, refreshesRefused: 1 })
      yield* TestClock.adjust("59 seconds")
      yield* Effect.flip(client.get("/services"))
      expect((yield* control.counts).azure).toMatchObject({ refreshes: 0, refreshesRefused: 1 })
      expect(yield* session.peek).toMatchObject({ _tag: "SignedIn", renewable: true })
      // A minute later it may be asked again: an administrator may have changed a policy.
      yield* TestClock.adjust("1 second")
      yield* Effect.flip(client.get("/services"))
      expect((yield* control.counts).azure).toMatchObject({ refreshesRefused: 2 })
    })
  )

  it.scoped("are satisfied by a device code that was asked for with them", () =>
    Effect.gen(function* () {
      const story = yield* cloud()
      const { client, control, session } = story
      yield* session.signIn(ada)
      const claims = yield* control.azure.requireClaims(AzureDirectory.ada.username, { interaction: true })
      yield* Effect.flip(client.get("/services"))
      yield* approved(story, AzureDirectory.ada.username, { claims })
      expect((yield* client.get("/services")).status).toBe(200)
    })
  )

  it.scoped("needed by an early renewal do not hurt: the token is served until it ends", () =>
    Effect.gen(function* () {
      const { control, session } = yield* cloud()
      const first = yield* session.signIn(ada)
      const refusal = { error: "interaction_required", error_codes: [50076] }
      const body = JSON.stringify(refusal)
      yield* control.answerNext({ on: "azureRefresh", times: 1000, status: 400, body })
      // Eight minutes from its end, then in its last seconds: the end of the hour less the windows of early renewals.
      for (const wait of ["56 minutes", "3 minutes", "55 seconds"] as const) {
        yield* TestClock.adjust(wait)
        for (const _ of hundred) expect(yield* session.token).toBe(first)
      }
      // Tried early, again half a minute later at the earliest, and never once for each caller.
      expect((yield* control.counts).requests).toBeLessThan(6)
      yield* TestClock.adjust("10 seconds")
      expect(yield* Effect.flip(session.token)).toMatchObject({ _tag: "InteractionRequired" })
    })
  )
})
