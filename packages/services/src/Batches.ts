/**
 * Batches: the server runs a service once for each record, while your program need not wait. A batch is plain data, so that
 * another program can ask for its results.
 *
 * @example
 * import { Services } from "@mlserver-auth/services"
 * import * as Effect from "effect/Effect"
 *
 * const cars = [{ hp: 110, wt: 2.62 }, { hp: 93, wt: 2.32 }]
 *
 * export const answers = Effect.gen(function* () {
 *   const { batch } = yield* Services.Services
 *   const started = yield* batch.start("manualTransmission", cars)
 *   const outcomes = yield* batch.results(started)
 *   return outcomes.map(({ outputParameters }) => outputParameters?.["answer"])
 * })
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as AuthHttpClient from "@mlserver-auth/core/AuthHttpClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { call, checked, decoded, failed, pathOf, send, sendForFile, withJson } from "./internal/calls.js"
import type { CallError } from "./ServiceError.js"
import { Outcome } from "./WebService.js"

/** A batch: its service, and the id that the server gave it. Plain data, so it can be kept as JSON. */
export interface Batch {
  readonly name: string
  readonly version: string
  /** The id that the server gave it. */
  readonly id: string
}

const STATES = ["pending", "ready", "inProgress", "complete", "failed"] as const

/**
 * The state of a batch. `pending`: not scheduled yet. `ready`: it can be run. `inProgress`: it is running. `complete`: every
 * record was run. `failed`: the server gave it up. `unknown`: another word of the server.
 */
export type State = (typeof STATES)[number] | "unknown"

/** Servers write `complete` and `Complete`. */
const stateOf = (word: string): State => STATES.find((it) => it.toLowerCase() === word.toLowerCase()) ?? "unknown"

/** The progress of a batch. */
export interface Status {
  readonly state: State
  /** How many records were run. */
  readonly completed: number
  /** How many records there are. */
  readonly total: number
  /** By record, in their order; `undefined` for what was not run yet, or not asked for. */
  readonly outcomes: ReadonlyArray<Outcome | undefined>
}

/**
 * The answer to `GET /api/NAME/VERSION/batch/ID` on the wire: `BatchWebServiceResult` in a service's own description. `status`
 * decodes it for you; the schema is for a client or a test server of your own.
 *
 * @example
 * import { Batches, WebService } from "@mlserver-auth/services"
 *
 * // What a server answers after the first of two records.
 * const answer = Batches.BatchResult.make({
 *   state: "inProgress",
 *   completedItemCount: 1,
 *   totalItemCount: 2,
 *   batchExecutionResults: [WebService.Outcome.make({ success: true, outputParameters: { answer: 0.64 } }), null]
 * })
 */
export const BatchResult = Schema.Struct(
  {
    state: Schema.String,
    completedItemCount: Schema.optional(Schema.NullishOr(Schema.Number)),
    totalItemCount: Schema.optional(Schema.NullishOr(Schema.Number)),
    batchExecutionResults: Schema.optional(Schema.NullishOr(Schema.Array(Schema.NullOr(Outcome))))
  },
  { key: Schema.String, value: Schema.Unknown }
)

/**
 * The answer to `POST /api/NAME/VERSION/batch` on the wire: `StartBatchExecutionResponse` in a service's own description.
 * `start` decodes it for you.
 *
 * @example
 * import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
 * import { Batches } from "@mlserver-auth/services"
 *
 * const idIn = HttpClientResponse.schemaBodyJson(Batches.Started) // of a response: { batchExecutionId }
 */
export const Started = Schema.Struct({ batchExecutionId: Schema.String })

const statusOf = (result: typeof BatchResult.Type): Status => ({
  state: stateOf(result.state),
  completed: result.completedItemCount ?? 0,
  total: result.totalItemCount ?? 0,
  outcomes: (result.batchExecutionResults ?? []).map((it) => it ?? undefined)
})

/** The batches of a server. `Name` is how `Services` names a service. */
export interface Batches<Name> {
  /**
   * Starts a run for each record, and returns at once. `parallelCount`: how many records the server runs at the same time.
   * Default: the server's, 10.
   */
  readonly start: (
    service: Name,
    records: ReadonlyArray<Readonly<Record<string, unknown>>>,
    options?: { readonly parallelCount?: number | undefined }
  ) => Effect.Effect<Batch, CallError>
  /** The ids of a service's batches that the server has. */
  readonly list: (service: Name) => Effect.Effect<ReadonlyArray<string>, CallError>
  /** How far it is. `partial`: with the outcomes that are there already. Default: `false`, which is a small answer. */
  readonly status: (
    batch: Batch,
    options?: { readonly partial?: boolean | undefined }
  ) => Effect.Effect<Status, CallError>
  /**
   * Waits until every record was run, and gives the outcomes in the records' order. A record whose run failed has an outcome
   * with `success: false`; the batch is complete all the same. `every`: the time between two looks. Default: 1 second. Fails
   * with `ServiceFailed`: `BatchFailed` if the server gave the batch up.
   */
  readonly results: (
    batch: Batch,
    options?: { readonly every?: Duration.DurationInput | undefined }
  ) => Effect.Effect<ReadonlyArray<Outcome>, CallError>
  /** The names of the files that the run of a record made. Records count from 0. */
  readonly artifacts: (batch: Batch, record: number) => Effect.Effect<ReadonlyArray<string>, CallError>
  /** The bytes of such a file. */
  readonly artifact: (batch: Batch, record: number, fileName: string) => Effect.Effect<Uint8Array, CallError>
  /** Stops the batch, and deletes its results from the server. */
  readonly cancel: (batch: Batch) => Effect.Effect<void, CallError>
}

const pathTo = ({ id, name, version }: Batch, ...more: ReadonlyArray<string>) =>
  pathOf("api", name, version, "batch", id, ...more)

const get = (path: string) => HttpClientRequest.get(path)

const known = (batch: Batch) =>
  Effect.all([checked("name", batch.name), checked("version", batch.version), checked("id", batch.id)], {
    discard: true
  })

const awaited = (client: AuthHttpClient.Service, batch: Batch, every: Duration.DurationInput) =>
  Effect.gen(function* () {
    const request = HttpClientRequest.setUrlParam(get(pathTo(batch)), "showPartialResults", "false")
    while (true) {
      const response = yield* send(client, request)
      const { outcomes, state, total } = statusOf(yield* decoded(BatchResult, response))
      if (state === "failed") return yield* failed(response, { reason: "BatchFailed", says: "" })
      if (state === "complete") {
        const whole = outcomes.filter((it) => it !== undefined)
        if (whole.length === total) return whole
        const says = `${whole.length} outcomes for ${total} records`
        return yield* failed(response, { reason: "AnswerUnreadable", says })
      }
      yield* Effect.sleep(every)
    }
  })

/**
 * The batches of a server, over its signed client; `Services.batch` is made with it. `resolve` finds the version of a service
 * that `start` and `list` are given.
 *
 * @example
 * import { AuthHttpClient } from "@mlserver-auth/core"
 * import { Batches } from "@mlserver-auth/services"
 * import * as Effect from "effect/Effect"
 *
 * // Version 1.0.0 of each service, without a call that asks for the newest.
 * const first = Effect.map(AuthHttpClient.AuthHttpClient, (client) =>
 *   Batches.make(client, (name: string) => Effect.succeed({ name, version: "1.0.0" }))
 * )
 */
export const make = <Name>(
  client: AuthHttpClient.Service,
  resolve: (service: Name) => Effect.Effect<{ readonly name: string; readonly version: string }, CallError>
): Batches<Name> => ({
  start: Effect.fn("Services.batch.start")(function* (service, records, options) {
    const { name, version } = yield* resolve(service)
    const post = withJson("POST", pathOf("api", name, version, "batch"), records)
    const count = options?.parallelCount
    const request = count === undefined ? post : HttpClientRequest.setUrlParam(post, "parallelCount", String(count))
    const { batchExecutionId: id } = yield* call(client, request, Started)
    return { name, version, id }
  }),
  list: Effect.fn("Services.batch.list")(function* (service) {
    const { name, version } = yield* resolve(service)
    return yield* call(client, get(pathOf("api", name, version, "batch")), Schema.Array(Schema.String))
  }),
  status: Effect.fn("Services.batch.status")(function* (batch, options) {
    yield* known(batch)
    const partial = String(options?.partial ?? false)
    const request = HttpClientRequest.setUrlParam(get(pathTo(batch)), "showPartialResults", partial)
    return statusOf(yield* call(client, request, BatchResult))
  }),
  results: Effect.fn("Services.batch.results")(function* (batch, options) {
    yield* known(batch)
    return yield* awaited(client, batch, options?.every ?? Duration.seconds(1))
  }),
  artifacts: Effect.fn("Services.batch.artifacts")(function* (batch, record) {
    yield* known(batch)
    return yield* call(client, get(pathTo(batch, String(record), "files")), Schema.Array(Schema.String))
  }),
  artifact: Effect.fn("Services.batch.artifact")(function* (batch, record, fileName) {
    yield* known(batch)
    yield* checked("fileName", fileName)
    const response = yield* sendForFile(client, get(pathTo(batch, String(record), "files", fileName)))
    return new Uint8Array(yield* response.arrayBuffer)
  }),
  cancel: Effect.fn("Services.batch.cancel")(function* (batch) {
    yield* known(batch)
    yield* send(client, HttpClientRequest.del(pathTo(batch)))
  })
})
