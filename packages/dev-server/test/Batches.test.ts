import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Accounts from "../src/Accounts.js"
import { adapters, parsed, type Peer } from "./Adapters.js"

interface Result {
  readonly state: string
  readonly completedItemCount: number
  readonly totalItemCount: number
  readonly batchExecutionResults: ReadonlyArray<{ readonly success: boolean; readonly outputParameters: object }>
}

const cars = [
  { hp: 120, wt: 2.8 },
  { hp: 110, wt: 2.62 },
  { hp: "many", wt: 1 }
]

const at = "/api/manualTransmission/1.0.0/batch"

const asRhea = (server: Peer) =>
  Effect.map(server.login(Accounts.rhea), ({ access_token: token }) => ({
    start: (query = "", body: unknown = cars) => server.ask("POST", `${at}${query}`, { token, body }),
    get: (path: string) => server.ask("GET", `${at}${path}`, { token }),
    cancel: (id: string) => server.ask("DELETE", `${at}/${id}`, { token }),
    result: (id: string, query = "") =>
      Effect.map(server.ask("GET", `${at}/${id}${query}`, { token }), (it) => parsed<Result>(it))
  }))

const idOf = (seen: { readonly text: string }) =>
  (JSON.parse(seen.text) as { readonly batchExecutionId: string }).batchExecutionId

describe.each(adapters)("batches ($name)", ({ make }) => {
  it.scopedLive("run a service once for each record, as fast as the server's clock goes", () =>
    Effect.gen(function* () {
      const server = yield* make({ recordTime: "10 minutes" })
      const { get, result, start } = yield* asRhea(server)
      const started = yield* start("?parallelCount=1")
      expect(started.status).toBe(202)
      const id = idOf(started)
      expect(parsed(yield* get(""))).toEqual([id])
      expect(yield* result(id)).toMatchObject({ state: "pending", completedItemCount: 0, totalItemCount: 3 })
      yield* server.control.advance("11 minutes")
      expect(yield* result(id)).toMatchObject({ state: "inProgress", batchExecutionResults: [] })
      const partial = yield* result(id, "?showPartialResults=true")
      expect([partial.completedItemCount, partial.batchExecutionResults.length]).toEqual([1, 1])
      yield* server.control.advance("20 minutes")
      const whole = yield* result(id)
      expect([whole.state, whole.completedItemCount]).toEqual(["complete", 3])
      expect(whole.batchExecutionResults.map(({ success }) => success)).toEqual([true, true, false])
    })
  )

  it.scopedLive("keep the files of each run until they are cancelled", () =>
    Effect.gen(function* () {
      const { cancel, get, start } = yield* asRhea(yield* make({ recordTime: 0 }))
      const id = idOf(yield* start())
      expect(parsed(yield* get(`/${id}/0/files`))).toEqual(["Histogram.png"])
      const file = yield* get(`/${id}/1/files/Histogram.png`)
      expect([file.status, file.text.includes("PNG")]).toEqual([200, true])
      expect(parsed(yield* get(`/${id}/2/files`))).toEqual([])
      const nowhere = [`/${id}/3/files`, `/${id}/0/files/Other.png`, `/${id}/x/files`, `/${id}/0/other`, "/unknown"]
      expect(yield* Effect.forEach(nowhere, (path) => Effect.map(get(path), ({ status }) => status))).toEqual([
        404, 404, 400, 404, 404
      ])
      expect((yield* cancel(id)).status).toBe(200)
      expect((yield* cancel(id)).status).toBe(404)
      expect(parsed(yield* get(""))).toEqual([])
    })
  )

  it.scopedLive("want an array of objects, and a number of threads that is one", () =>
    Effect.gen(function* () {
      const { start } = yield* asRhea(yield* make())
      const bodies = [{ hp: 1, wt: 1 }, [1], "rows"]
      expect(yield* Effect.forEach(bodies, (body) => Effect.map(start("", body), ({ status }) => status))).toEqual([
        400, 400, 400
      ])
      expect((yield* start("?parallelCount=0")).status).toBe(400)
      expect((yield* start("?parallelCount=many")).status).toBe(400)
    })
  )

  it.scopedLive("are gone after a reset", () =>
    Effect.gen(function* () {
      const server = yield* make({ recordTime: 0 })
      const before = yield* asRhea(server)
      yield* before.start()
      yield* server.control.reset
      const after = yield* asRhea(server)
      expect(parsed(yield* after.get(""))).toEqual([])
    })
  )
})
