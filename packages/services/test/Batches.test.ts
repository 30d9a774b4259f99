import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { answering, server, servicesOf } from "./Servers.js"

const cars = [
  { hp: 120, wt: 2.8 },
  { hp: 110, wt: 2.62 }
]
const byMinute = { recordTime: "1 minute" } as const

describe("a batch", () => {
  it.scoped("runs a service once for each record, and tells how far it is", () =>
    Effect.gen(function* () {
      const { services } = yield* servicesOf(yield* server(byMinute))
      const batch = yield* services.batch.start("manualTransmission", cars, { parallelCount: 1 })
      expect(batch).toMatchObject({ name: "manualTransmission", version: "1.0.0" })
      expect(yield* services.batch.list("manualTransmission")).toEqual([batch.id])
      expect(yield* services.batch.status(batch)).toEqual({ state: "pending", completed: 0, total: 2, outcomes: [] })
      yield* TestClock.adjust("1 minute")
      const { outcomes, ...soFar } = yield* services.batch.status(batch, { partial: true })
      expect(soFar).toEqual({ state: "inProgress", completed: 1, total: 2 })
      expect(outcomes).toHaveLength(1)
    })
  )

  it.scoped("is waited for, with looks as far apart as was asked", () =>
    Effect.gen(function* () {
      const peer = yield* server(byMinute)
      const { services } = yield* servicesOf(peer)
      const batch = yield* services.batch.start("manualTransmission", cars, { parallelCount: 1 })
      yield* peer.control.resetCounts
      const waiting = yield* Effect.fork(services.batch.results(batch, { every: "45 seconds" }))
      yield* TestClock.adjust("89 seconds")
      expect(waiting.unsafePoll()).toBeNull()
      yield* TestClock.adjust("46 seconds")
      const outcomes = yield* Fiber.join(waiting)
      expect(outcomes.map(({ outputParameters }) => outputParameters?.["answer"])).toEqual([
        expect.closeTo(0.6418125, 5),
        expect.any(Number)
      ])
      expect((yield* peer.control.counts).api).toBe(4)
    })
  )

  it.scoped("is complete also where the run of a record failed", () =>
    Effect.gen(function* () {
      const { services } = yield* servicesOf(yield* server())
      const batch = yield* services.batch.start("add", [{ x: 1, y: 2 }, { x: "one" }])
      const outcomes = yield* services.batch.results(batch)
      expect(outcomes.map(({ success }) => success)).toEqual([true, false])
      expect(outcomes[1]?.errorMessage).toContain("'x'")
    })
  )

  it.scoped("has the files of each run, and loses them when it is cancelled", () =>
    Effect.gen(function* () {
      const { services } = yield* servicesOf(yield* server())
      const { artifact, artifacts, cancel, start, status } = services.batch
      const batch = yield* start("manualTransmission", cars)
      expect(yield* artifacts(batch, 1)).toEqual(["Histogram.png"])
      const bytes = yield* artifact(batch, 1, "Histogram.png")
      expect(new TextDecoder().decode(bytes.subarray(1, 4))).toBe("PNG")
      expect(yield* Effect.flip(artifact(batch, 2, "Histogram.png"))).toMatchObject({ reason: "NotFound" })
      yield* cancel(batch)
      expect(yield* Effect.flip(status(batch))).toMatchObject({ _tag: "ServiceRefused", reason: "NotFound" })
    })
  )

  it.effect("gives a file as it is, a web page too", () =>
    Effect.gen(function* () {
      const services = answering(() => ({ headers: { "content-type": "text/html" }, body: "<p>report" }))
      const bytes = yield* services.batch.artifact({ name: "a", version: "1", id: "x" }, 0, "report.html")
      expect(new TextDecoder().decode(bytes)).toBe("<p>report")
    })
  )

  it.effect.each([
    ["Complete", "complete"],
    ["complete", "complete"],
    ["InProgress", "inProgress"],
    ["Failed", "failed"],
    ["somethingNew", "unknown"]
  ])("that is %s for the server is %s", ([word, state]) =>
    Effect.gen(function* () {
      const services = answering(() => ({ body: JSON.stringify({ state: word, batchExecutionResults: null }) }))
      expect(yield* services.batch.status({ name: "a", version: "1", id: "x" })).toMatchObject({ state, outcomes: [] })
    })
  )

  it.effect("that the server gave up, or answers in part, has no results", () =>
    Effect.gen(function* () {
      const batch = { name: "a", version: "1", id: "x" }
      const gaveUp = answering(() => ({ body: '{"state":"Failed"}' }))
      expect(yield* Effect.flip(gaveUp.batch.results(batch))).toMatchObject({ reason: "BatchFailed" })
      const whole = { state: "complete", totalItemCount: 2, batchExecutionResults: [{ success: true }, null] }
      const inPart = answering(() => ({ body: JSON.stringify(whole) }))
      expect(yield* Effect.flip(inPart.batch.results(batch))).toMatchObject({
        reason: "AnswerUnreadable",
        says: "1 outcomes for 2 records"
      })
    })
  )

  it.effect("is named by plain data, which the requests are made from", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const services = answering((method, path) => {
        seen.push(`${method} ${path}`)
        return { body: '{"batchExecutionId":"x/1","state":"complete","totalItemCount":0}' }
      })
      const batch = yield* services.batch.start({ name: "a b", version: "1" }, [], { parallelCount: 3 })
      yield* services.batch.status(batch, { partial: true })
      yield* services.batch.cancel(batch)
      expect(seen).toEqual([
        "POST /api/a%20b/1/batch?parallelCount=3",
        "GET /api/a%20b/1/batch/x%2F1?showPartialResults=true",
        "DELETE /api/a%20b/1/batch/x%2F1"
      ])
    })
  )
})
