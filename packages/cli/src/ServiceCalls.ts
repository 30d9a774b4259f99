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
import { plainLine } from "./Plain.js"
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

/** The owner of what may not be changed; nothing where that cannot be told, or where it is the very caller. */
const ownerOf = (connection: Connection, name: Name) =>
  Effect.gen(function* () {
    const [found] = yield* read(connection, name)
    const state = yield* connection.session.peek
    const owner = found?.versionPublishedBy ?? undefined
    const own = state._tag === "SignedIn" && state.principal?.toLowerCase() === owner?.toLowerCase()
    return own ? undefined : owner
  }).pipe(Effect.orElseSucceed(() => undefined))

/** As Machine Learning Server refuses. */
const Refusal = Schema.parseJson(Schema.Struct({ message: Schema.String }))

/** Enough for a sentence, and not for a page. */
const REASON_LIMIT = 300

/** The server's own sentence on a refusal, where there is one. */
const reasonIn = (body: string): string | undefined => {
  const message = Option.getOrUndefined(Schema.decodeOption(Refusal)(body))?.message.trim() ?? ""
  return message === "" ? undefined : plainLine(message).slice(0, REASON_LIMIT)
}

/** Prints the answer of a refusal, as `mls api` does, and fails with what the server says of it. */
const refused = (connection: Connection, response: HttpClientResponse.HttpClientResponse, name?: Name) =>
  Effect.gen(function* () {
    const { status } = response
    const body = yield* response.text
    yield* ApiAnswer.printRead(response, body)
    const owner = status === 403 && name !== undefined ? yield* ownerOf(connection, name) : undefined
    const { method, url } = response.request
    const server = connection.endpoint.origin
    return yield* new ApiRefused({
      method,
      url: url.replace(/[?#].*$/s, ""),
      server,
      status,
      owner,
      reason: reasonIn(body)
    })
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

/** What is to be taken down. */
export interface Doomed {
  readonly name: string
  readonly version: string
  /** Where the server was asked and says so. */
  readonly owner: string | undefined
}

const doomed = ({ name, version, versionPublishedBy }: Service): Doomed => ({
  name,
  version,
  owner: versionPublishedBy ?? undefined
})

/**
 * The version that was named, else the only one there is: nobody wants to lose the wrong one. `looked`: the server is
 * asked for a version that was named too, whose it is.
 */
export const only = (connection: Connection, { name, version }: Name, looked: boolean) =>
  Effect.gen(function* () {
    if (version !== undefined && !looked) return { name, version, owner: undefined } satisfies Doomed
    const [one, ...others] = yield* list(connection, { name, version })
    if (one === undefined) return yield* missing({ name }, connection.endpoint.origin)
    if (others.length === 0) return doomed(one)
    const versions = [one, ...others].map((each) => each.version).join(", ")
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
