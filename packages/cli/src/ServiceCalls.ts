/**
 * The published services of a server: found, taken down, run.
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as ForeignJson from "./ForeignJson.js"
import * as ApiAnswer from "./ApiAnswer.js"
import { ApiRefused } from "./ApiRefused.js"
import type { Connection } from "./Connection.js"
import { ServiceFailed } from "./ServiceFailed.js"
import { usage, type UsageError } from "./Usage.js"

const text = Schema.NullishOr(Schema.String)
const parameters = Schema.NullishOr(Schema.Array(Schema.Struct({ name: Schema.String, type: text })))
const anything = { key: Schema.String, value: Schema.Unknown }

/** A version of a service; servers of different ages say more or less of it, and what else they say is kept. */
export const Service = Schema.Struct(
  {
    name: Schema.String,
    version: Schema.String,
    versionPublishedBy: Schema.optional(text),
    creationTime: Schema.optional(text),
    description: Schema.optional(text),
    runtimeType: Schema.optional(text),
    myPermissionOnService: Schema.optional(text),
    inputParameterDefinitions: Schema.optional(parameters),
    outputParameterDefinitions: Schema.optional(parameters)
  },
  anything
)
/** A version of a service. */
export type Service = typeof Service.Type

/** What a run of a service comes to. */
export const Outcome = Schema.Struct(
  {
    success: Schema.Boolean,
    errorMessage: Schema.optional(text),
    consoleOutput: Schema.optional(text),
    outputParameters: Schema.NullishOr(Schema.Record(anything))
  },
  anything
)
/** What a run of a service comes to. */
export type Outcome = typeof Outcome.Type

/** A service, and one version of it where that is known. */
export interface Name {
  readonly name: string
  readonly version?: string | undefined
}

/** Below `services` or `api`, without a slash before it. */
export const pathOf = (area: "api" | "services", { name, version }: Name): string =>
  [area, name, ...(version === undefined ? [] : [version])].map(encodeURIComponent).join("/")

const WHOLE = { field: Option.none(), include: false, silent: false }

/** The owner of what may not be changed; nothing where that cannot be told, or where it is the very caller. */
const ownerOf = (connection: Connection, name: Name) =>
  Effect.gen(function* () {
    const [found] = yield* read(connection, name)
    const state = yield* connection.session.peek
    const owner = found?.versionPublishedBy ?? undefined
    const own = state._tag === "SignedIn" && state.principal?.toLowerCase() === owner?.toLowerCase()
    return own ? undefined : owner
  }).pipe(Effect.orElseSucceed(() => undefined))

/** Prints the answer of a refusal, as `mls api` does, and fails. */
const refused = (connection: Connection, response: HttpClientResponse.HttpClientResponse, name?: Name) =>
  Effect.gen(function* () {
    const { status } = response
    yield* ApiAnswer.print(response, WHOLE)
    const owner = status === 403 && name !== undefined ? yield* ownerOf(connection, name) : undefined
    const { method, url } = response.request
    const server = connection.endpoint.origin
    return yield* new ApiRefused({ method, url: url.replace(/[?#].*$/s, ""), server, status, owner })
  })

/** Calls, and fails with what the server says of a refusal. */
const called = (connection: Connection, request: HttpClientRequest.HttpClientRequest, name?: Name) =>
  Effect.flatMap(connection.client.execute(request), (response) =>
    response.status >= 400 ? refused(connection, response, name) : Effect.succeed(response)
  )

const decoded = <A, I>(
  connection: Connection,
  schema: Schema.Schema<A, I>,
  response: HttpClientResponse.HttpClientResponse
) =>
  Effect.flatMap(response.text, (body) =>
    Effect.mapError(
      Effect.flatMap(
        Effect.try(() => ForeignJson.parse(body)),
        Schema.decodeUnknown(schema)
      ),
      () => new ServiceFailed({ reason: "AnswerUnreadable", server: connection.endpoint.origin })
    )
  )

const Services = Schema.Array(Service)

const read = (connection: Connection, name: Name) =>
  Effect.flatMap(connection.client.get(`/${pathOf("services", name)}`), (response) =>
    decoded(connection, Services, response)
  )

/** Every version of every service, or of one. */
export const list = (connection: Connection, name?: Name) =>
  Effect.flatMap(
    called(connection, HttpClientRequest.get(name === undefined ? "/services" : `/${pathOf("services", name)}`)),
    (response) => decoded(connection, Services, response)
  )

const missing = ({ name }: Name, server: string) =>
  new ApiRefused({ method: "GET", url: `${server}/services/${encodeURIComponent(name)}`, server, status: 404 })

/** The version that was named, else the one that was published last. */
export const find = (connection: Connection, name: Name) =>
  Effect.gen(function* () {
    const found = yield* list(connection, name)
    const [newest] = Array.from(found).sort((a, b) => (b.creationTime ?? "").localeCompare(a.creationTime ?? ""))
    return newest ?? (yield* missing(name, connection.endpoint.origin))
  })

/** The version that was named, else the only one there is: nobody wants to lose the wrong one. */
export const only = (connection: Connection, name: Name) =>
  Effect.gen(function* () {
    if (name.version !== undefined) return { name: name.name, version: name.version }
    const [one, ...others] = yield* list(connection, name)
    if (one === undefined) return yield* missing(name, connection.endpoint.origin)
    if (others.length === 0) return { name: one.name, version: one.version }
    const versions = [one, ...others].map(({ version }) => version).join(", ")
    return yield* Effect.fail<UsageError>(
      usage(`There are ${others.length + 1} versions: ${versions}`, "Name the one: `mls services delete NAME VERSION`")
    )
  })

/** Takes a version down. */
export const remove = (connection: Connection, name: Name) =>
  Effect.asVoid(called(connection, HttpClientRequest.del(`/${pathOf("services", name)}`), name))

/** Runs a service; a service without inputs wants an empty object. */
export const consume = (connection: Connection, request: HttpClientRequest.HttpClientRequest, name: Name) => {
  const whole = request.body._tag === "Empty" ? HttpClientRequest.bodyText(request, "{}", "application/json") : request
  return Effect.flatMap(called(connection, whole, name), (response) => decoded(connection, Outcome, response))
}
