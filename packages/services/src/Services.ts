/**
 * Lists, describes, runs, publishes and removes the services of a Machine Learning Server, over the signed client of
 * `@mlserver-auth/core`.
 *
 * @example
 * import { NodeAuth } from "@mlserver-auth/node"
 * import { Services } from "@mlserver-auth/services"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const layer = Services.layer.pipe(Layer.provide(NodeAuth.layer({ server: "https://mlserver.contoso.com:12800" })))
 *
 * export const answer = Effect.gen(function* () {
 *   const services = yield* Services.Services
 *   const { outputParameters } = yield* services.consume("manualTransmission", { hp: 120, wt: 2.8 })
 *   return outputParameters?.["answer"]
 * }).pipe(Effect.provide(layer))
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as AuthHttpClient from "@mlserver-auth/core/AuthHttpClient"
import * as Session from "@mlserver-auth/core/Session"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Batches from "./Batches.js"
import { call, checked, decoded, failed, pathOf, send, withJson } from "./internal/calls.js"
import { sentence } from "./internal/foreignText.js"
import { type Attempt, explained } from "./internal/forbidden.js"
import * as TypedService from "./internal/typed.js"
import { type CallError, ServiceRefused } from "./ServiceError.js"
import * as WebService from "./WebService.js"

/** A service, and one version of it. */
export interface Version {
  readonly name: string
  readonly version: string
}

/** A service: a name alone means the version that was published last; with a version, that one. */
export type Name = string | { readonly name: string; readonly version?: string | undefined }

/** How a call can fail: with the two errors of services, those of the session, and those of the transport. */
export type Error = CallError

/** The inputs of a service, or its outputs, by name. */
export type Values = Readonly<Record<string, unknown>>

/** A service with the schemas of its inputs and outputs. `mls services types` prints one. */
export type Typed<I, IEncoded, O, OEncoded> = TypedService.Typed<I, IEncoded, O, OEncoded>

/** The published services of a server. */
export interface Service {
  /** Every version of every service, or of one; empty if there is none. */
  readonly list: (name?: Name) => Effect.Effect<ReadonlyArray<WebService.WebService>, Error>
  /** Describes one version. Fails with `ServiceRefused` (`NotFound`) if there is none. */
  readonly get: (name: Name) => Effect.Effect<WebService.WebService, Error>
  /** The service's own description, a Swagger 2.0 document. */
  readonly swagger: (name: Name) => Effect.Effect<Values, Error>
  /**
   * Runs a service. Fails with `ServiceFailed` (`Failed`) if its code fails. Without a version the library asks for the newest
   * first, which is one more call each time: name the version in a program.
   */
  readonly consume: (name: Name, inputs?: Values) => Effect.Effect<WebService.Outcome, Error>
  /**
   * A service as a function whose inputs and outputs are checked. If the inputs do not fit their schema, it fails with
   * `ConfigurationInvalid`, and nothing is sent; if the outputs do not fit theirs, with `ServiceFailed` (`AnswerUnreadable`).
   *
   * @example
   * import { Services } from "@mlserver-auth/services"
   * import * as Effect from "effect/Effect"
   * import * as Schema from "effect/Schema"
   *
   * export const score = (hp: number, wt: number) =>
   *   Effect.flatMap(Services.Services, ({ typed }) => {
   *     const inputs = Schema.Struct({ hp: Schema.Number, wt: Schema.Number })
   *     const outputs = Schema.Struct({ answer: Schema.Number })
   *     return typed({ name: "manualTransmission", version: "1.0.0", inputs, outputs })({ hp, wt })
   *   })
   */
  readonly typed: <I, IEncoded, O, OEncoded>(
    service: Typed<I, IEncoded, O, OEncoded>
  ) => (inputs: I) => Effect.Effect<O, Error>
  /** Publishes a version. Without a version the server makes one up. Fails with `ServiceRefused` (`Conflict`) if it exists. */
  readonly publish: (name: Name, definition: WebService.Definition) => Effect.Effect<Version, Error>
  /** Replaces the parts of a version that you give. */
  readonly update: (service: Version, change: Partial<WebService.Definition>) => Effect.Effect<Version, Error>
  /** Deletes a version. */
  readonly remove: (service: Version) => Effect.Effect<void, Error>
  /** Many runs, asked for at once. */
  readonly batch: Batches.Batches<Name>
}

/** The published services of an application's one server. */
export class Services extends Context.Tag("@mlserver-auth/services/Services")<Services, Service>() {}

/** 9.0 says the document as text in a field; later ones as it is. */
const Swagger = Schema.Union(
  Schema.Struct({ swaggerJson: Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.Unknown })) }),
  Schema.Record({ key: Schema.String, value: Schema.Unknown })
)

const isWrapped = (document: typeof Swagger.Type): document is { readonly swaggerJson: Values } =>
  Object.keys(document).length === 1 && typeof document["swaggerJson"] === "object"

const newestOf = (found: ReadonlyArray<WebService.WebService>): WebService.WebService | undefined =>
  found.reduce<WebService.WebService | undefined>(
    (newest, it) => (newest === undefined || (it.creationTime ?? "") >= (newest.creationTime ?? "") ? it : newest),
    undefined
  )

const partsOf = (name: Name) => (typeof name === "string" ? { name, version: undefined } : name)

/** The parts of the path, looked at first. */
const pathTo = (area: "api" | "services", given: Name) =>
  Effect.gen(function* () {
    const { name, version } = partsOf(given)
    yield* checked("name", name)
    if (version === undefined) return pathOf(area, name)
    yield* checked("version", version)
    return pathOf(area, name, version)
  })

/** The version that the server names in its answer: a word, or the last part of an address. */
const versionIn = (answer: string): string => answer.split("/").at(-1) ?? answer

/**
 * Makes the services of a signed client. With a session, a refusal knows whether the service is the caller's own.
 *
 * @example
 * import { Sessions } from "@mlserver-auth/core"
 * import { Services } from "@mlserver-auth/services"
 * import * as Effect from "effect/Effect"
 *
 * // The services as one user of many sees them.
 * const servicesOf = (user: string) =>
 *   Effect.gen(function* () {
 *     const { client, session } = yield* (yield* Sessions.Sessions).get(user)
 *     return yield* Services.make(client, session).list()
 *   })
 */
export const make = (client: AuthHttpClient.Service, session?: Pick<Session.Service, "peek">): Service => {
  const list = Effect.fn("Services.list")(function* (name?: Name) {
    const path = name === undefined ? "/services" : yield* pathTo("services", name)
    const found = yield* call(client, HttpClientRequest.get(path), WebService.WebServices)
    return Array.isArray(found) ? found : [found]
  })
  const get = Effect.fn("Services.get")(function* (name: Name) {
    const path = yield* pathTo("services", name)
    const request = HttpClientRequest.get(path)
    const response = yield* send(client, request)
    const found = yield* decoded(WebService.WebServices, response)
    const newest = newestOf(Array.isArray(found) ? found : [found])
    if (newest !== undefined) return newest
    const { method, url } = response.request
    return yield* new ServiceRefused({ reason: "NotFound", status: 404, method, url, says: "" })
  })
  const resolve = (given: Name): Effect.Effect<Version, Error> => {
    const { name, version } = partsOf(given)
    return version === undefined
      ? Effect.map(get(name), (newest) => ({ name, version: newest.version }))
      : Effect.as(pathTo("api", { name, version }), { name, version })
  }
  const run = (name: Name, inputs: unknown) =>
    Effect.gen(function* () {
      const path = yield* pathTo("api", yield* resolve(name))
      const response = yield* send(client, withJson("POST", path, inputs))
      const outcome = yield* decoded(WebService.Outcome, response)
      if (!outcome.success) {
        return yield* failed(response, { reason: "Failed", says: sentence(outcome.errorMessage), outcome })
      }
      return { outcome, unreadable: (says: string) => failed(response, { reason: "AnswerUnreadable", says }) }
    }).pipe(Effect.withSpan("Services.consume"))
  const change = (attempt: Attempt, request: HttpClientRequest.HttpClientRequest) =>
    explained(list, session, attempt, send(client, request))

  return Services.of({
    list,
    get,
    swagger: Effect.fn("Services.swagger")(function* (given) {
      const { name, version } = yield* resolve(given)
      const document = yield* call(client, HttpClientRequest.get(pathOf("api", name, version, "swagger.json")), Swagger)
      return isWrapped(document) ? document.swaggerJson : document
    }),
    consume: (name, inputs) => Effect.map(run(name, inputs ?? {}), ({ outcome }) => outcome),
    typed: (service) => TypedService.make(service, run),
    publish: Effect.fn("Services.publish")(function* (given, definition) {
      const { name, version } = partsOf(given)
      const request = withJson("POST", yield* pathTo("services", given), WebService.toRequest(definition))
      const response = yield* change({ name, version }, request)
      return { name, version: version ?? versionIn(yield* decoded(Schema.String, response)) }
    }),
    update: Effect.fn("Services.update")(function* ({ name, version }, definition) {
      const path = yield* pathTo("services", { name, version })
      yield* change({ name, version }, withJson("PATCH", path, WebService.toRequest(definition)))
      return { name, version }
    }),
    remove: Effect.fn("Services.remove")(function* ({ name, version }) {
      yield* change({ name, version }, HttpClientRequest.del(yield* pathTo("services", { name, version })))
    }),
    batch: Batches.make(client, resolve)
  })
}

/** The services of the context's signed client, and of its session if the context has one. */
export const layer: Layer.Layer<Services, never, AuthHttpClient.AuthHttpClient> = Layer.effect(
  Services,
  Effect.map(Effect.all([AuthHttpClient.AuthHttpClient, Effect.serviceOption(Session.Session)]), ([client, session]) =>
    make(client, Option.getOrUndefined(session))
  )
)
