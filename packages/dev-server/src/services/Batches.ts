/**
 * Batches of runs, as a pure state machine: what a service's own description says of `/api/{name}/{version}/batch`.
 *
 * Every record is run when the batch starts; how many of them count as done follows from the server's clock, so that a client
 * sees a batch on its way and a test needs no waiting.
 */
import * as Either from "effect/Either"
import * as Reply from "../http/Reply.js"
import { consume, failure, type Outcome, type Service } from "./Services.js"

/** A batch that was started, and is not cancelled. */
export interface Execution {
  readonly id: string
  readonly name: string
  readonly version: string
  /** Epoch milliseconds of the server's clock. */
  readonly startedAt: number
  readonly parallelCount: number
  /** By record, in their order. */
  readonly outcomes: ReadonlyArray<Outcome>
}

/** Every batch, the oldest first. */
export type State = ReadonlyArray<Execution>

/** What is documented for a batch that names no number. */
export const DEFAULT_PARALLEL_COUNT = 10

/** Inputs that are wrong fail their record, and no other. */
const run = (service: Service, record: Readonly<Record<string, unknown>>): Outcome =>
  Either.getOrElse(consume(service, record), ({ message }) => failure(message))

/** A batch of that service. */
export const start = (
  service: Service,
  records: ReadonlyArray<Readonly<Record<string, unknown>>>,
  made: Pick<Execution, "id" | "parallelCount" | "startedAt">
): Execution => ({
  ...made,
  name: service.name,
  version: service.version,
  outcomes: records.map((record) => run(service, record))
})

const isOf = (execution: Execution, service: Service) =>
  execution.name === service.name && execution.version === service.version

/** The batches of a service. */
export const list = (state: State, service: Service): State => state.filter((it) => isOf(it, service))

/** The one batch of that service. */
export const find = (state: State, service: Service, id: string): Either.Either<Execution, Reply.Refusal> => {
  const found = state.find((it) => it.id === id && isOf(it, service))
  return found === undefined ? Either.left(Reply.notFound(`Execution '${id}' was not found.`)) : Either.right(found)
}

/** How many records are done: `parallelCount` of them in each `recordTime`. */
const completed = ({ outcomes, parallelCount, startedAt }: Execution, now: number, recordTime: number): number =>
  recordTime === 0
    ? outcomes.length
    : Math.min(outcomes.length, Math.floor(Math.max(0, now - startedAt) / recordTime) * parallelCount)

/** `BatchWebServiceResult` of a service's own description. */
export const view = (execution: Execution, now: number, recordTime: number, partial: boolean) => {
  const done = completed(execution, now, recordTime)
  const total = execution.outcomes.length
  return {
    state: done === total ? "complete" : done === 0 ? "pending" : "inProgress",
    completedItemCount: done,
    totalItemCount: total,
    parallelCount: execution.parallelCount,
    batchExecutionResults: done === total || partial ? execution.outcomes.slice(0, done) : []
  }
}

/** The files that the run of a record made, once it is done. */
export const files = (
  execution: Execution,
  index: number,
  now: number,
  recordTime: number
): Either.Either<Outcome["outputFiles"], Reply.Refusal> => {
  const outcome = index < completed(execution, now, recordTime) ? execution.outcomes[index] : undefined
  return outcome === undefined
    ? Either.left(Reply.notFound(`Execution '${execution.id}' has no result at index ${index}.`))
    : Either.right(outcome.outputFiles)
}
