/** `mls services batch`: many runs of a service, at the server. */
import type * as Batches from "@mlserver-auth/services/Batches"
import * as Effect from "effect/Effect"
import { done } from "../../cli/answered.js"
import type { Given } from "../../cli/table/commandTable.js"
import type { Invocation } from "../../cli/invocation.js"
import { Output } from "../../cli/output.js"
import type { Failure } from "../../cli/problem.js"
import { usage } from "../../cli/usage.js"
import * as Input from "../../services/input.js"
import { type Opened, opened, shown } from "../../services/opened.js"
import * as ServiceReport from "../../services/report.js"

type Line = Given<"services batch">

/** What comes after the action, by action. */
const WORDS = {
  start: "NAME [VERSION]",
  list: "NAME [VERSION]",
  status: "NAME VERSION ID",
  results: "NAME VERSION ID",
  artifact: "NAME VERSION ID RECORD [FILE]",
  cancel: "NAME VERSION ID"
} as const

const wrong = (action: Line["action"]) =>
  usage(`\`${action}\` wants ${WORDS[action]}`, `mls services batch ${action} ${WORDS[action]}`)

/** What was typed after the action: no word too few, none too many. */
const batchOf = ({ action, file, id, json, name, record, version }: Line) =>
  Effect.gen(function* () {
    const words = [name, version, id, record, file].filter((word) => word !== undefined)
    const labels = WORDS[action].split(" ")
    const least = labels.filter((label) => !label.startsWith("[")).length
    if (words.length < least || words.length > labels.length) return yield* wrong(action)
    if (record !== undefined && !/^\d{1,9}$/.test(record)) {
      return yield* usage("The record is not a number", "Records count from 0.")
    }
    if (file !== undefined && json) {
      return yield* usage("The bytes of a file are not JSON", "Leave out --json, or the name of the file.")
    }
    return { name, version: version ?? "", id: id ?? "" }
  })

const start = (given: Line, { services, attempt }: Opened) =>
  Effect.gen(function* () {
    const parallelCount = given.parallel === 0 ? undefined : given.parallel
    const batch = yield* attempt(services.batch.start(given, yield* Input.records(given), { parallelCount }))
    yield* shown("services-batch-start", { batch }, given.field, `${batch.name} ${batch.version} ${batch.id}`)
  })

const list = (given: Line, { services, attempt }: Opened) =>
  Effect.gen(function* () {
    const { notice } = yield* Output
    const batches = yield* attempt(services.batch.list(given))
    const inWords = batches.length === 0 ? notice("The server has no batch of it.") : batches.join("\n")
    yield* shown("services-batch-list", { batches }, given.field, inWords)
  })

const status = ({ field, partial }: Line, { services, attempt }: Opened, batch: Batches.Batch) =>
  Effect.gen(function* () {
    const { completed, outcomes, state, total } = yield* attempt(services.batch.status(batch, { partial }))
    const soFar = partial ? { outcomes: outcomes.map((outcome) => outcome ?? null) } : {}
    const lines = [`${state}, ${completed} of ${total}`, ...(partial ? ServiceReport.records(outcomes) : [])]
    const json = { status: { state, completed, total, ...soFar } }
    yield* shown("services-batch-status", json, field, lines.join("\n"))
  })

const results = ({ field }: Line, { services, attempt }: Opened, batch: Batches.Batch) =>
  Effect.gen(function* () {
    const outcomes = yield* attempt(services.batch.results(batch))
    yield* shown("services-batch-results", { outcomes }, field, ServiceReport.records(outcomes).join("\n"))
  })

const artifact = (given: Line, { services, attempt }: Opened, batch: Batches.Batch) =>
  Effect.gen(function* () {
    const { notice, write } = yield* Output
    const record = Number(given.record)
    if (given.file !== undefined) {
      const bytes = yield* attempt(services.batch.artifact(batch, record, given.file))
      return yield* Effect.catchTag(write(bytes), "ReaderGone", () => Effect.void)
    }
    const artifacts = yield* attempt(services.batch.artifacts(batch, record))
    const inWords = artifacts.length === 0 ? notice("That run made no file.") : artifacts.join("\n")
    yield* shown("services-batch-artifact", { artifacts }, given.field, inWords)
  })

const cancel = ({ name, version }: Line, { attempt, server, services }: Opened, batch: Batches.Batch) =>
  Effect.gen(function* () {
    yield* attempt(services.batch.cancel(batch))
    const words = `The batch of ${name} ${version} is cancelled.`
    yield* done("services-batch-cancel", { cancelled: batch, server }, words)
  })

type Act = (given: Line, opened: Opened, batch: Batches.Batch) => Effect.Effect<void, Failure, Invocation | Output>

const ACTIONS: Readonly<Record<Line["action"], Act>> = { start, list, status, results, artifact, cancel }

/** The command. */
export const batch = (given: Line) =>
  Effect.gen(function* () {
    const one = yield* batchOf(given)
    yield* ACTIONS[given.action](given, yield* opened(given, "batch"), one)
  }).pipe(Effect.scoped)
