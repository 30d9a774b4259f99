/**
 * The wire of services, as schemas: descriptions, outcomes and publications.
 *
 * Servers from 9.0 to 9.3 send more or fewer fields: all but name and version may be absent or `null`, and fields that are
 * not named here are kept. Names are those of the server's own API descriptions (Swagger, 9.0 to 9.3).
 */
import * as Encoding from "effect/Encoding"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

const text = Schema.optional(Schema.NullishOr(Schema.String))
const anything = { key: Schema.String, value: Schema.Unknown }

/**
 * The types that an input or an output of a service can have, in the words of the server, for R and for Python.
 *
 * @example
 * import { WebService } from "@mlserver-auth/services"
 * import * as Schema from "effect/Schema"
 *
 * // A service's inputs from a file: { "hp": "numeric" } is taken, { "hp": "number" } is not.
 * const Inputs = Schema.Record({ key: Schema.String, value: WebService.ParameterType })
 */
export const ParameterType = Schema.Literal(
  "logical",
  "numeric",
  "integer",
  "character",
  "vector",
  "matrix",
  "data.frame"
)
/** The types that an input or an output of a service can have, in the words of the server, for R and for Python. */
export type ParameterType = typeof ParameterType.Type

/** An input or an output. The type is text, since a server may know one more. */
export const Parameter = Schema.Struct({ name: Schema.String, type: text })
/** An input or an output. */
export type Parameter = typeof Parameter.Type

const parameters = Schema.optional(Schema.NullishOr(Schema.Array(Parameter)))

/**
 * A version of a service.
 *
 * @example
 * import { WebService } from "@mlserver-auth/services"
 *
 * // What a server of your own, in a test, says of a service.
 * const add = WebService.WebService.make({
 *   name: "add",
 *   version: "1.0.0",
 *   versionPublishedBy: "ada",
 *   inputParameterDefinitions: [WebService.Parameter.make({ name: "x", type: "numeric" })]
 * })
 */
export const WebService = Schema.Struct(
  {
    name: Schema.String,
    version: Schema.String,
    /** Who published it; see `ownerOf`, which knows the word of 9.0 too. */
    versionPublishedBy: text,
    /** ISO 8601, without a time zone. */
    creationTime: text,
    snapshotId: text,
    /** `R`, `Python` or `Realtime`; absent before 9.1, which knew R alone. */
    runtimeType: text,
    /** For its owner and for the role Owner only. */
    initCode: text,
    /** For its owner and for the role Owner only. */
    code: text,
    description: text,
    /** The name of the function, in clients that are generated. */
    operationId: text,
    inputParameterDefinitions: parameters,
    outputParameterDefinitions: parameters,
    outputFileNames: Schema.optional(Schema.NullishOr(Schema.Array(Schema.String))),
    /** `read/write`: the caller may update and remove it. `read only`: the caller may consume it. */
    myPermissionOnService: text
  },
  anything
)
/** A version of a service. */
export type WebService = typeof WebService.Type

/**
 * The answer to `GET /services`: one service or several. The server's descriptions of 9.1 to 9.3 say a list, and their example
 * shows one alone. `Services.list` decodes it for you.
 *
 * @example
 * import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
 * import { AuthHttpClient } from "@mlserver-auth/core"
 * import { WebService } from "@mlserver-auth/services"
 * import * as Effect from "effect/Effect"
 *
 * const published = Effect.flatMap(AuthHttpClient.AuthHttpClient, (client) => client.get("/services")).pipe(
 *   Effect.flatMap(HttpClientResponse.schemaBodyJson(WebService.WebServices))
 * )
 */
export const WebServices = Schema.Union(Schema.Array(WebService), WebService)

/**
 * The user who published a service: `versionPublishedBy`, or `owner` in 9.0. `undefined` if the server does not say.
 *
 * @example
 * import { Services, WebService } from "@mlserver-auth/services"
 * import * as Effect from "effect/Effect"
 *
 * const ofAda = Effect.flatMap(Services.Services, ({ list }) => list()).pipe(
 *   Effect.map((found) => found.filter((service) => WebService.ownerOf(service) === "ada"))
 * )
 */
export const ownerOf = (service: WebService): string | undefined => {
  const owner = service.versionPublishedBy ?? service["owner"]
  return typeof owner === "string" && owner !== "" ? owner : undefined
}

/** The outcome of a run: the answer to `POST /api/NAME/VERSION`. */
export const Outcome = Schema.Struct(
  {
    /** False if the code of the service failed. */
    success: Schema.Boolean,
    /** What the code failed with. */
    errorMessage: text,
    /** What the code printed. */
    consoleOutput: text,
    changedFiles: Schema.optional(Schema.NullishOr(Schema.Array(Schema.String))),
    outputParameters: Schema.optional(Schema.NullishOr(Schema.Record(anything))),
    /** The files that were named when it was published, in base64; see `artifact`. */
    outputFiles: Schema.optional(Schema.NullishOr(Schema.Record(anything)))
  },
  anything
)
/** The outcome of a run. */
export type Outcome = typeof Outcome.Type

/**
 * The bytes of a file that a run made. `None` if no file has that name, or the server sent it in no base64.
 *
 * @example
 * import { WebService } from "@mlserver-auth/services"
 *
 * // "aGkK" is "hi" and a line end, in base64.
 * const outcome = WebService.Outcome.make({ success: true, outputFiles: { "greeting.txt": "aGkK" } })
 * const greeting = WebService.artifact(outcome, "greeting.txt") // Some(Uint8Array [104, 105, 10])
 */
export const artifact = ({ outputFiles }: Outcome, fileName: string): Option.Option<Uint8Array> => {
  const base64 = outputFiles != null && Object.hasOwn(outputFiles, fileName) ? outputFiles[fileName] : undefined
  return typeof base64 === "string" ? Either.getRight(Encoding.decodeBase64(base64)) : Option.none()
}

/** The body of `POST /services/NAME/VERSION` (publish) and of `PATCH` (update). In an update every part is optional. */
export const PublishRequest = Schema.Struct({
  code: Schema.optional(Schema.String),
  initCode: Schema.optional(Schema.String),
  description: Schema.optional(Schema.String),
  operationId: Schema.optional(Schema.String),
  runtimeType: Schema.optional(Schema.Literal("R", "Python")),
  inputParameterDefinitions: Schema.optional(Schema.Array(Schema.Struct({ name: Schema.String, type: ParameterType }))),
  outputParameterDefinitions: Schema.optional(
    Schema.Array(Schema.Struct({ name: Schema.String, type: ParameterType }))
  ),
  outputFileNames: Schema.optional(Schema.Array(Schema.String))
})
/** The body of a publication or an update. */
export type PublishRequest = typeof PublishRequest.Type

/** What a service is made of, for `publish`. For `update` each part is optional, and what is left out stays as it is. */
export interface Definition {
  /** What the server runs for each call: R, or Python. Inputs are variables, and outputs are the variables it assigned. */
  readonly code: string
  /** The language of `code` and `initCode`. Default: the server's, `R`. */
  readonly runtime?: "R" | "Python" | undefined
  /** What the server runs before, to load a model for example. Default: nothing. */
  readonly initCode?: string | undefined
  /** What the service is for, in its own description. Default: none. */
  readonly description?: string | undefined
  /** The name of the function, in clients that are generated. Default: the server's. */
  readonly alias?: string | undefined
  /** The inputs and their types, in their order. Default: none. */
  readonly inputs?: Readonly<Record<string, ParameterType>> | undefined
  /** The outputs and their types. Default: none. */
  readonly outputs?: Readonly<Record<string, ParameterType>> | undefined
  /** The names of files that `code` writes and callers get. Default: none. */
  readonly artifacts?: ReadonlyArray<string> | undefined
}

const definitions = (types: Readonly<Record<string, ParameterType>>) =>
  Object.entries(types).map(([name, type]) => ({ name, type }))

/**
 * A definition in the format of the wire. What is left out is not sent. `publish` and `update` use it for you.
 *
 * @example
 * import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
 * import { WebService } from "@mlserver-auth/services"
 *
 * const body = WebService.toRequest({ code: "z <- x + y", alias: "add", inputs: { x: "numeric", y: "numeric" } })
 * // { code: "z <- x + y", operationId: "add", inputParameterDefinitions: [{ name: "x", type: "numeric" }, …] }
 * const request = HttpClientRequest.post("/services/add/1.0.0").pipe(
 *   HttpClientRequest.schemaBodyJson(WebService.PublishRequest)(body)
 * )
 */
export const toRequest = (definition: Partial<Definition>): PublishRequest => {
  const { alias, artifacts, code, description, initCode, inputs, outputs, runtime } = definition
  return {
    ...(code === undefined ? {} : { code }),
    ...(initCode === undefined ? {} : { initCode }),
    ...(description === undefined ? {} : { description }),
    ...(alias === undefined ? {} : { operationId: alias }),
    ...(runtime === undefined ? {} : { runtimeType: runtime }),
    ...(inputs === undefined ? {} : { inputParameterDefinitions: definitions(inputs) }),
    ...(outputs === undefined ? {} : { outputParameterDefinitions: definitions(outputs) }),
    ...(artifacts === undefined ? {} : { outputFileNames: artifacts })
  }
}
