/**
 * The doors below `/api/{name}/{version}/batch`. Roles are those of consuming: a user who may run a service may run it often.
 */
import * as Either from "effect/Either"
import * as Batches from "./Batches.js"
import type { Call, Handler } from "../api/Handler.js"
import * as Reply from "../http/Reply.js"
import { isObject, jsonBody } from "../http/Request.js"
import * as Services from "./Services.js"

const service = ({ world }: Call, name: string, version: string) => Services.find(world.services, name, version)

const found = (call: Call, name: string, version: string, id = "") =>
  Either.flatMap(service(call, name, version), (it) => Batches.find(call.world.batches, it, id))

const countOf = (query: string): Either.Either<number, Reply.Refusal> => {
  const said = new URLSearchParams(query).get("parallelCount")
  if (said === null) return Either.right(Batches.DEFAULT_PARALLEL_COUNT)
  return /^[1-9]\d{0,5}$/.test(said)
    ? Either.right(Number(said))
    : Either.left(Reply.badRequest("'parallelCount' must be a positive integer."))
}

const recordsOf = (body: Uint8Array) => {
  const records = jsonBody(body)
  return Array.isArray(records) && records.every(isObject)
    ? Either.right(records)
    : Either.left(Reply.badRequest("The body must be a JSON array of objects of inputs."))
}

const start: Handler = (call, name, version) =>
  Either.gen(function* () {
    const { now, request, world } = call
    const one = yield* service(call, name, version)
    const records = yield* recordsOf(request.body)
    const parallelCount = yield* countOf(request.query)
    const execution = Batches.start(one, records, { id: crypto.randomUUID(), parallelCount, startedAt: now })
    world.batches = [...world.batches, execution]
    return Reply.json(202, { batchExecutionId: execution.id })
  })

const list: Handler = (call, name, version) =>
  Either.map(service(call, name, version), (it) =>
    Reply.json(
      200,
      Batches.list(call.world.batches, it).map(({ id }) => id)
    )
  )

const status: Handler = (call, name, version, [id]) =>
  Either.map(found(call, name, version, id), (execution) => {
    const partial = new URLSearchParams(call.request.query).get("showPartialResults") === "true"
    const { recordTime } = call.world.configuration
    return Reply.json(200, Batches.view(execution, call.now, recordTime, partial))
  })

const cancel: Handler = (call, name, version, [id]) =>
  Either.map(found(call, name, version, id), (execution) => {
    call.world.batches = call.world.batches.filter((it) => it !== execution)
    return Reply.json(200, [execution.id])
  })

const filesOf = (call: Call, name: string, version: string, [id, index = ""]: ReadonlyArray<string>) =>
  Either.flatMap(found(call, name, version, id), (execution) =>
    /^\d{1,9}$/.test(index)
      ? Batches.files(execution, Number(index), call.now, call.world.configuration.recordTime)
      : Either.left(Reply.badRequest("The index must be an integer."))
  )

const files: Handler = (call, name, version, rest) =>
  Either.map(filesOf(call, name, version, rest), (it) => Reply.json(200, Object.keys(it)))

const file: Handler = (call, name, version, rest) =>
  Either.flatMap(filesOf(call, name, version, rest), (it) => {
    const [, , , fileName = ""] = rest
    const base64 = Object.hasOwn(it, fileName) ? it[fileName] : undefined
    return base64 === undefined
      ? Either.left(Reply.notFound(`File '${fileName}' was not found.`))
      : Either.right({
          status: 200,
          headers: { "content-type": "application/octet-stream" },
          body: new Uint8Array(Buffer.from(base64, "base64"))
        })
  })

/** The handlers of what comes after `batch` in a path. */
export const handlersOf = (rest: ReadonlyArray<string>): Readonly<Record<string, Handler>> | undefined => {
  if (rest.length === 0) return { GET: list, POST: start }
  if (rest.length === 1) return { GET: status, DELETE: cancel }
  if (rest[2] !== "files") return undefined
  return rest.length === 3 ? { GET: files } : rest.length === 4 ? { GET: file } : undefined
}
