import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Accounts from "../src/Accounts.js"
import * as DevServer from "../src/DevServer.js"
import { adapters, type Pair, parsed, peerInProcess } from "./Adapters.js"

const { ada } = Accounts
const opaque = { tokenFormat: "opaque" } as const

describe.each(adapters)("the server's clock ($name)", ({ make }) => {
  it.scopedLive("is in the Date header and in lifetimes, as far ahead as it was set", () =>
    Effect.gen(function* () {
      const server = yield* make({ clockOffset: "10 minutes" })
      const before = yield* server.control.now
      const answer = yield* server.ask("POST", "/login", { body: { username: ada.username, password: ada.password } })
      const date = Date.parse(answer.headers["date"] ?? "")
      expect(Math.abs(date - before)).toBeLessThan(5000)
      expect(Math.abs(parsed<Pair>(answer).expires_on * 1000 - date - 3_600_000)).toBeLessThanOrEqual(1000)
      yield* server.control.setClockOffset(-600_000)
      expect(before - (yield* server.control.now)).toBeGreaterThan(1_190_000)
    })
  )

  it.scopedLive("advances past the end of an access token, of a refresh token, and of a chain", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const pair = yield* server.login(ada)
      yield* server.control.advance("61 minutes")
      expect((yield* server.ask("GET", "/services", { token: pair.access_token })).status).toBe(401)
      yield* server.control.advance("14 days")
      const late = yield* server.ask("POST", "/login/refreshToken", { body: { refreshToken: pair.refresh_token } })
      expect(late.status).toBe(401)
    })
  )
})

describe("under TestClock, in process", () => {
  it.scoped("starts in 1970, and 90 days pass in a moment", () =>
    Effect.gen(function* () {
      const server = yield* peerInProcess(opaque)
      const answer = yield* server.ask("POST", "/login", { body: { username: ada.username, password: ada.password } })
      expect(answer.headers["date"]).toBe("Thu, 01 Jan 1970 00:00:00 GMT")
      let pair = parsed<Pair>(answer)
      expect(pair.expires_on).toBe(3600)
      const refresh = Effect.suspend(() =>
        server.ask("POST", "/login/refreshToken", { body: { refreshToken: pair.refresh_token } })
      )
      for (let day = 13; day < 90; day += 13) {
        yield* TestClock.adjust("13 days")
        pair = parsed<Pair>(yield* refresh)
      }
      yield* TestClock.adjust("12 days")
      expect((yield* refresh).status).toBe(401)
    })
  )

  it.scoped("a delay is time of the Clock, before or after the work", () =>
    Effect.gen(function* () {
      const server = yield* peerInProcess(opaque)
      const login = server.login(ada)
      yield* server.control.delay({ on: "login", duration: "10 seconds", times: 1 })
      const early = yield* Effect.fork(login)
      yield* TestClock.adjust("9 seconds")
      expect((yield* server.control.counts).logins).toBe(0)
      yield* TestClock.adjust("1 second")
      expect((yield* Fiber.join(early)).expires_on).toBe(3610)
      yield* server.control.delay({ on: "any", duration: "10 seconds", stage: "after" })
      const late = yield* Effect.fork(login)
      yield* TestClock.adjust("9 seconds")
      expect((yield* server.control.counts).logins).toBe(2)
      expect(Option.isNone(yield* Fiber.poll(late))).toBe(true)
      yield* TestClock.adjust("1 second")
      expect((yield* Fiber.join(late)).expires_on).toBe(3610)
    })
  )

  it.scoped("a caller's timeout ends a held request as the caller's failure, and the server goes on", () =>
    Effect.gen(function* () {
      const server = yield* peerInProcess(opaque)
      const gate = yield* server.control.hold("login")
      const fiber = yield* Effect.fork(Effect.timeoutOption(server.login(ada), "5 seconds"))
      yield* gate.awaitWaiting()
      yield* TestClock.adjust("5 seconds")
      expect(Option.isNone(yield* Fiber.join(fiber))).toBe(true)
      const answers = yield* server.control.hold("login", "after")
      yield* gate.release
      yield* answers.awaitWaiting()
      expect((yield* server.control.counts).logins).toBe(1)
    })
  )

  it.effect("layerInProcess gives the server and the client that reaches it", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.DevServer
      expect((yield* server.control.counts).connections).toBe(0)
      expect(server.url).toBe("https://ml.example.com")
    }).pipe(Effect.provide(DevServer.layerInProcess({ ...opaque, url: "https://ml.example.com" })))
  )
})
