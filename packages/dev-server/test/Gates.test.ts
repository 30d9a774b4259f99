import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Accounts from "../src/Accounts.js"
import { adapters, type Pair, parsed } from "./Adapters.js"

const { ada } = Accounts

describe.each(adapters)("gates and arrivals ($name)", ({ make }) => {
  it.scopedLive("a gate keeps requests of its kind before their work until it is released", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const { access_token: token, refresh_token } = yield* server.login(ada)
      const gate = yield* server.control.hold("refresh")
      const renewal = yield* Effect.fork(
        server.ask("POST", "/login/refreshToken", { body: { refreshToken: refresh_token } })
      )
      yield* gate.awaitWaiting()
      expect(yield* server.control.counts).toMatchObject({ refreshes: 0, inFlight: 1 })
      expect((yield* server.ask("GET", "/services", { token })).status).toBe(200)
      yield* gate.release
      yield* gate.release
      expect((yield* Fiber.join(renewal)).status).toBe(200)
      expect((yield* server.ask("GET", "/services", { token })).status).toBe(401)
    })
  )

  it.scopedLive("a gate after the work holds the answer back while the work is done", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const { access_token: token, refresh_token } = yield* server.login(ada)
      const gate = yield* server.control.hold("refresh", "after")
      const renewal = yield* Effect.fork(
        server.ask("POST", "/login/refreshToken", { body: { refreshToken: refresh_token } })
      )
      yield* gate.awaitWaiting()
      expect(yield* server.control.counts).toMatchObject({ refreshes: 1, inFlight: 1 })
      expect((yield* server.ask("GET", "/services", { token })).status).toBe(401)
      yield* gate.release
      const next = parsed<Pair>(yield* Fiber.join(renewal))
      expect((yield* server.ask("GET", "/services", { token: next.access_token })).status).toBe(200)
    })
  )

  it.scopedLive("a request whose sender went away is worked on to its end", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const { refresh_token } = yield* server.login(ada)
      const gate = yield* server.control.hold("refresh")
      const renewal = yield* Effect.fork(
        server.ask("POST", "/login/refreshToken", { body: { refreshToken: refresh_token } })
      )
      yield* gate.awaitWaiting()
      yield* Fiber.interrupt(renewal)
      const after = yield* server.control.hold("refresh", "after")
      yield* gate.release
      yield* after.awaitWaiting()
      expect(yield* server.control.counts).toMatchObject({ refreshes: 1, inFlight: 1 })
    })
  )

  it.scopedLive("a hundred requests at one gate are a hundred in flight", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const { access_token: token } = yield* server.login(ada)
      const gate = yield* server.control.hold("api")
      const calls = yield* Effect.fork(
        Effect.forEach(Array.from({ length: 100 }), () => server.ask("GET", "/services", { token }), {
          concurrency: 100
        })
      )
      yield* gate.awaitWaiting(100)
      yield* gate.release
      expect((yield* Fiber.join(calls)).every((it) => it.status === 200)).toBe(true)
      expect(yield* server.control.counts).toMatchObject({ api: 100, inFlightHighWater: 100, inFlight: 0 })
    })
  )

  it.scopedLive("an arrival is signalled, before or after somebody waits for it", () =>
    Effect.gen(function* () {
      const server = yield* make()
      yield* server.login(ada)
      yield* server.control.awaitArrival("login")
      const second = yield* Effect.fork(server.control.awaitArrival("any", 2))
      yield* server.login(ada)
      yield* Fiber.join(second)
      yield* server.control.resetCounts
      expect(Option.isNone(yield* Effect.timeoutOption(server.control.awaitArrival("login"), "20 millis"))).toBe(true)
    })
  )

  it.scopedLive("arrivals are told as they come, without what is secret in them", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const pair = yield* server.login(ada)
      const first = yield* Deferred.make<void>()
      const told = yield* Effect.fork(
        server.control.arrivals.pipe(
          Stream.tap(() => Deferred.succeed(first, undefined)),
          Stream.takeUntil((it) => it.on === "revoke"),
          Stream.runCollect
        )
      )
      // Subscribed as soon as one is told.
      yield* Effect.race(
        Deferred.await(first),
        Effect.forever(server.ask("GET", "/services", { token: pair.access_token }))
      )
      yield* server.ask("DELETE", `/login/refreshToken/${encodeURIComponent(pair.refresh_token)}`)
      const arrivals = Chunk.toReadonlyArray(yield* Fiber.join(told))
      expect(arrivals.at(0)).toEqual({ on: "api", method: "GET", path: "/services" })
      expect(arrivals.at(-1)).toEqual({ on: "revoke", method: "DELETE", path: "/login/refreshToken" })
    })
  )
})
