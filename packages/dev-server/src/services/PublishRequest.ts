/**
 * The body of `POST` and `PATCH /services/{name}/{version}`: `PublishWebServiceRequest` of the official descriptions.
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Reply from "../http/Reply.js"
import { jsonBody } from "../http/Request.js"
import { type Definition, parameterTypes } from "./Services.js"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

const Parameter = Schema.Struct({ name: Schema.NonEmptyString, type: Schema.Literal(...parameterTypes) })

const Update = Schema.Struct({
  code: optional(Schema.String),
  initCode: optional(Schema.String),
  description: optional(Schema.String),
  operationId: optional(Schema.String),
  runtimeType: optional(Schema.Literal("R", "Python")),
  snapshotId: optional(Schema.String),
  inputParameterDefinitions: optional(Schema.Array(Parameter)),
  outputParameterDefinitions: optional(Schema.Array(Parameter)),
  outputFileNames: optional(Schema.Array(Schema.String))
})

const Publish = Schema.Struct({ ...Update.fields, code: Schema.NonEmptyString })

// Clients send null for what they leave out.
const withoutNulls = (value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).filter(([, it]) => it !== null))
    : value

const where = (error: ParseResult.ParseError): string => {
  const path = ParseResult.ArrayFormatter.formatErrorSync(error)[0]?.path ?? []
  return path.length === 0 ? "the body" : `'${path.map(String).join(".")}'`
}

const parse =
  <A, I>(schema: Schema.Schema<A, I>) =>
  (body: Uint8Array): Either.Either<A, Reply.Refusal> =>
    Either.mapLeft(Schema.decodeUnknownEither(schema)(withoutNulls(jsonBody(body))), (error) =>
      Reply.badRequest(`The service cannot be published: ${where(error)} is missing or not of its type.`)
    )

/** A whole definition: `code` is required. */
export const parsePublish: (body: Uint8Array) => Either.Either<Definition, Reply.Refusal> = parse(Publish)

/** Parts of a definition. */
export const parseUpdate: (body: Uint8Array) => Either.Either<Partial<Definition>, Reply.Refusal> = parse(Update)
