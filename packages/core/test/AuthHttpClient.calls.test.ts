import { describe, expect, it } from "@effect/vitest"
import { Credential, UnauthorizedPolicy } from "@mlserver-auth/core"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { ada, world, type WorldOptions } from "./support/world.js"

const asAda = Credential.usernamePassword(ada)

const signedIn = (options: WorldOptions = {}) => Effect.tap(world(options), ({ session }) => session.signIn(asAda))

describe("the 401 policy of a call", () => {
  const follow = (policy: UnauthorizedPolicy.Service) =>
    Effect.provideService(UnauthorizedPolicy.UnauthorizedPolicy, policy)

  it.scoped("is the one around it, whatever the client was made with", () =>
    Effect.gen(function* () {
      const { client, control } = yield* signedIn().pipe(follow(UnauthorizedPolicy.standard))
      yield* control.rejectNext(1)
      expect((yield* client.get("/services").pipe(follow(UnauthorizedPolicy.never))).status).toBe(401)
      expect((yield* control.counts).refreshes).toBe(0)
    })
  )

  it.scoped("is the one that the client was made with, where none is around it", () =>
    Effect.gen(function* () {
      const { client, control } = yield* signedIn().pipe(follow(UnauthorizedPolicy.never))
      yield* control.rejectNext(1)
      expect((yield* client.get("/services")).status).toBe(401)
      yield* control.rejectNext(1)
      expect((yield* client.get("/services").pipe(follow(UnauthorizedPolicy.standard))).status).toBe(200)
    })
  )
})

describe("an address that answers 401 whatever it is sent", () => {
  /** `/services/broken` does, until it is mended. */
  const broken = Effect.gen(function* () {
    let isMended = false
    const instead = (answer: HttpClientResponse.HttpClientResponse) =>
      !isMended && answer.request.url.includes("/services/broken")
        ? HttpClientResponse.fromWeb(answer.request, new Response("", { status: 401 }))
        : answer
    const all = yield* signedIn({ client: (bare) => HttpClient.transformResponse(bare, Effect.map(instead)) })
    const failing = (query = "") =>
      Effect.map(Effect.flip(all.client.get(`/services/broken${query}`)), (error) => "reason" in error && error.reason)
    const refreshes = Effect.map(all.control.counts, (counts) => counts.refreshes)
    return { ...all, failing, refreshes, mend: () => void (isMended = true), spoil: () => void (isMended = false) }
  })

  it.scoped("has the token renewed once, not for each of its callers: the others keep theirs", () =>
    Effect.gen(function* () {
      const { client, control, failing, refreshes } = yield* broken
      expect(yield* failing()).toBe("RejectedTwice")
      for (let call = 0; call < 20; call++) {
        expect(yield* failing(`?call=${call}`)).toBe("RenewedInVain")
        expect((yield* client.get("/services")).status).toBe(200)
      }
      expect([yield* refreshes, (yield* control.counts).unauthorized]).toEqual([1, 0])
    })
  )

  it.scoped("is tried again with a renewed token a minute later", () =>
    Effect.gen(function* () {
      const { failing, refreshes } = yield* broken
      yield* failing()
      yield* TestClock.adjust("59 seconds")
      expect([yield* failing(), yield* refreshes]).toEqual(["RenewedInVain", 1])
      yield* TestClock.adjust("1 second")
      expect([yield* failing(), yield* refreshes]).toEqual(["RejectedTwice", 2])
    })
  )

  it.scoped("is like any other once it has answered something else", () =>
    Effect.gen(function* () {
      const { client, failing, mend, refreshes, spoil } = yield* broken
      yield* failing()
      mend()
      yield* Effect.ignore(client.get("/services/broken"))
      yield* client.get("/services")
      spoil()
      expect(yield* refreshes).toBe(1)
    })
  )

  it.scoped("gets a token that was renewed for another reason, and no other address waits for it", () =>
    Effect.gen(function* () {
      const { client, control, failing, refreshes } = yield* broken
      yield* failing()
      yield* control.rejectNext(1)
      expect((yield* client.get("/services")).status).toBe(200)
      expect(yield* refreshes).toBe(2)
      expect([yield* failing(), yield* refreshes]).toEqual(["RenewedInVain", 2])
    })
  )
})
