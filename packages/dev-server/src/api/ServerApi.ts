/**
 * The calls that a bearer token opens: services, batches, sessions, snapshots, status. Every one is decided in one synchronous
 * step.
 */
import * as Either from "effect/Either"
import * as BatchApi from "../services/BatchApi.js"
import { parsePublish, parseUpdate } from "../services/PublishRequest.js"
import type { Handler } from "./Handler.js"
import * as Reply from "../http/Reply.js"
import { objectBody } from "../http/Request.js"
import * as Roles from "../Roles.js"
import { swagger } from "../services/ServiceDescription.js"
import * as Services from "../services/Services.js"
import { statusReport } from "./StatusReport.js"
import { roleOf, type World } from "../World.js"

/** A door: its handlers by method. Its name and version were parts of the path, and so was what comes after `batch`. */
export interface Door {
  readonly handlers: Readonly<Record<string, Handler>>
  readonly name: string
  readonly version: string
  readonly rest: ReadonlyArray<string>
}

const ok = (body: unknown) => Either.right(Reply.json(200, body))

const listServices: Handler = ({ caller, world }, name) =>
  ok(Services.list(world.services, name || undefined).map((service) => Services.view(service, caller)))

const getService: Handler = ({ caller, world }, name, version) =>
  Either.map(Services.find(world.services, name, version), (service) =>
    Reply.json(200, [Services.view(service, caller)])
  )

/** Roles come before everything a body or a path could be wrong about. */
const forPublishers =
  (handler: Handler): Handler =>
  (call, name, version, rest) =>
    Roles.mayPublish(call.caller.role)
      ? handler(call, name, version, rest)
      : Either.left(Reply.forbidden("A Reader cannot publish, update or delete services."))

const publishService = forPublishers(({ caller, now, request, world }, name, version) => {
  const parsed = parsePublish(request.body)
  if (Either.isLeft(parsed)) return Either.left(parsed.left)
  const chosen = version === "" ? crypto.randomUUID() : version
  const service = { name, version: chosen, createdAt: now, definition: parsed.right }
  const [answer, next] = Services.publish(world.services, caller, service)
  world.services = next
  return Either.map(answer, (it) => Reply.json(201, it.version))
})

const updateService = forPublishers(({ caller, request, world }, name, version) => {
  const parsed = parseUpdate(request.body)
  if (Either.isLeft(parsed)) return Either.left(parsed.left)
  const [answer, next] = Services.update(world.services, caller, name, version, parsed.right)
  world.services = next
  return Either.map(answer, (it) => Reply.json(200, it.version))
})

const deleteService = forPublishers(({ caller, world }, name, version) => {
  const [answer, next] = Services.remove(world.services, caller, name, version)
  world.services = next
  return Either.map(answer, () => Reply.empty(200))
})

const consumeService: Handler = ({ request, world }, name, version) =>
  Either.flatMap(Services.find(world.services, name, version), (service) => {
    const inputs = objectBody(request.body)
    if (inputs === undefined) return Either.left(Reply.badRequest("The body must be a JSON object of inputs."))
    return Either.map(Services.consume(service, inputs), (outcome) => Reply.json(200, outcome))
  })

const describeService: Handler = ({ world }, name, version) =>
  Either.map(Services.find(world.services, name, version), (service) =>
    Reply.json(200, swagger(service, world.configuration.loginPath))
  )

const status: Handler = ({ world }) => ok(statusReport(world))
const none: Handler = () => ok([])

const computeNodes: Handler = ({ caller }) =>
  Roles.mayConfigure(caller.role)
    ? ok({ computeNodes: ["http://localhost:12805"] })
    : Either.left(Reply.forbidden("Only an Owner can see the configuration of the nodes."))

const fixed: Readonly<Record<string, Door["handlers"]>> = {
  "/services": { GET: listServices },
  "/status": { GET: status },
  "/sessions": { GET: none },
  "/snapshots": { GET: none },
  "/computenodes": { GET: computeNodes }
}

const ofService = { GET: listServices, POST: publishService }
const ofVersion = { GET: getService, POST: publishService, PATCH: updateService, DELETE: deleteService }

const decoded = (part: string): string | undefined => {
  try {
    return part.includes("%") ? decodeURIComponent(part) : part
  } catch {
    return undefined
  }
}

const door = (
  handlers: Door["handlers"] | undefined,
  name = "",
  version = "",
  rest: ReadonlyArray<string> = []
): Door | undefined => {
  const [plainName, plainVersion] = [decoded(name), decoded(version)]
  const plainRest = rest.map(decoded).filter((it) => it !== undefined)
  const broken = plainName === undefined || plainVersion === undefined || plainRest.length < rest.length
  return broken || handlers === undefined
    ? undefined
    : { handlers, name: plainName, version: plainVersion, rest: plainRest }
}

/** The door of a path, if there is one. */
export const find = (path: string): Door | undefined => {
  const trimmed = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path
  const known = Object.hasOwn(fixed, trimmed) ? fixed[trimmed] : undefined
  if (known !== undefined) return door(known)
  const [, area, name, version, last, ...more] = trimmed.split("/")
  if (area === "api" && name && version && last === "batch") {
    return door(BatchApi.handlersOf(more), name, version, more)
  }
  if (!name || more.length > 0) return undefined
  if (area === "services" && last === undefined) return door(version ? ofVersion : ofService, name, version)
  if (area !== "api" || !version) return undefined
  if (last === undefined) return door({ POST: consumeService }, name, version)
  return last === "swagger.json" ? door({ GET: describeService }, name, version) : undefined
}

/** Who calls, or why not: a user without a role is denied everything. */
export const callerOf = (world: World, username: string): Either.Either<Services.Caller, Reply.Refusal> => {
  const role = roleOf(world, username)
  return role === undefined
    ? Either.left(Reply.forbidden("This user has no role on this server."))
    : Either.right({ username, role })
}
