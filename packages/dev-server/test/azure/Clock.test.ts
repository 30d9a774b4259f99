import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scheduler from "effect/Scheduler"
import * as TestClock from "effect/TestClock"
import * as AzureDirectory from "../../src/AzureDirectory.js"
import { parsed } from "../Adapters.js"
import { type AzurePeer, azureAdapters, refusal, type Tokens } from "./AzurePeer.js"

const { ada } = AzureDirectory
const inProcess = azureAdapters.filter(({ name }) => name.startsWith("in process"))

const told = (server: AzurePeer, code: Parameters<AzurePeer["poll"]>[1]) =>
  Effect.map(server.poll("v1", code), (seen) => (seen.status === 200 ? "tokens" : refusal(seen).error))

describe.each(inProcess)("the authority's clock ($name)", ({ make }) => {
  it.scoped("is all that anything waits for: with opaque tokens no step is asynchronous", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const scheduler = new Scheduler.SyncScheduler()
      const story = Effect.gen(function* () {
        const { refresh_token } = parsed<Tokens>(yield* server.byPassword("v1", ada))
        yield* server.refresh("v2", refresh_token)
        const code = yield* server.deviceCode("v1")
        yield* server.control.azure.approve(code.user_code)
        const { access_token } = parsed<Tokens>(yield* server.poll("v1", code))
        return yield* server.call(access_token)
      })
      const fiber = yield* Effect.fork(Effect.withScheduler(story, scheduler))
      yield* Effect.yieldNow()
      scheduler.flush()
      expect(yield* Fiber.poll(fiber)).toEqual(Option.some(Exit.succeed(200)))
    })
  )

  it.scoped("paces polls and ends codes", () =>
    Effect.gen(function* () {
      const server = yield* make({ slowDown: true })
      const code = yield* server.deviceCode("v1")
      const first = yield* told(server, code)
      yield* TestClock.adjust("4999 millis")
      const early = yield* told(server, code)
      yield* TestClock.adjust("10 seconds")
      const patient = yield* told(server, code)
      yield* TestClock.adjust("15 minutes")
      expect([first, early, patient, yield* told(server, code)]).toEqual([
        "authorization_pending",
        "slow_down",
        "authorization_pending",
        "expired_token"
      ])
    })
  )

  it.scoped("takes lives and the interval from its options", () =>
    Effect.gen(function* () {
      const server = yield* make({
        lifetimes: { accessToken: "10 minutes", refreshToken: "1 day", deviceCode: "5 minutes" },
        pollInterval: "2 seconds"
      })
      const code = yield* server.deviceCode("v1")
      expect([code.expires_in, code.interval]).toEqual(["300", "2"])
      const tokens = parsed<Tokens>(yield* server.byPassword("v1", ada))
      expect(tokens.expires_in).toBe("600")
      yield* TestClock.adjust("10 minutes")
      expect([yield* server.call(tokens.access_token), yield* told(server, code)]).toEqual([401, "expired_token"])
      yield* TestClock.adjust("1 day")
      expect(refusal(yield* server.refresh("v1", tokens.refresh_token)).error_codes).toEqual([700082])
    })
  )

  it.scoped("keeps a refresh token for 90 days after it was last used", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const { refresh_token } = parsed<Tokens>(yield* server.byPassword("v1", ada))
      const statuses = yield* Effect.forEach([89, 89, 90], (days) =>
        Effect.map(
          Effect.zipRight(TestClock.adjust(`${days} days`), server.refresh("v1", refresh_token)),
          (seen) => seen.status
        )
      )
      expect(statuses).toEqual([200, 200, 400])
    })
  )

  it.scoped("is the server's: what it is ahead shows in timestamps and lives", () =>
    Effect.gen(function* () {
      const server = yield* make()
      yield* server.control.setClockOffset("1 hour")
      const seen = yield* server.byPassword("v1", { ...ada, password: "wrong" })
      expect(seen.text).toContain('"timestamp":"1970-01-01 01:00:00Z"')
      const tokens = parsed<Tokens & { readonly expires_on: string }>(yield* server.byPassword("v1", ada))
      expect(tokens.expires_on).toBe("7200")
    })
  )
})
