/**
 * A service's own description as TypeScript: the schemas of its inputs and outputs, ready for `Services.typed`. This is the
 * method that the SDKs made for each service at run time, made before the program is compiled.
 *
 * The description does not say what a vector, a matrix or a data.frame contains: those are `Schema.Unknown`, with their kind
 * as a comment. Put the schema of your data there.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

const anything = { key: Schema.String, value: Schema.Unknown }
const text = Schema.optional(Schema.String)

const Property = Schema.Struct({ type: text, format: text, description: text })
const Definition = Schema.Struct({
  properties: Schema.optional(Schema.Record({ key: Schema.String, value: Property }))
})

const Document = Schema.Struct({
  info: Schema.optional(Schema.Struct({ title: text, version: text, description: text })),
  definitions: Schema.optional(Schema.Record(anything))
})

type Properties = Readonly<Record<string, typeof Property.Type>>

const propertiesOf = (definitions: Readonly<Record<string, unknown>>, name: string): Properties =>
  Option.match(Schema.decodeUnknownOption(Definition)(definitions[name]), {
    onNone: () => ({}),
    onSome: ({ properties }) => properties ?? {}
  })

/** By the type of Swagger. R and Python say numeric, integer, logical and character. */
const SCHEMAS: Readonly<Record<string, string>> = {
  number: "Schema.Number",
  integer: "Schema.Int",
  boolean: "Schema.Boolean",
  string: "Schema.String"
}

/** A server's words in a comment must not end it. */
const comment = (words: string): string =>
  words
    .replace(/\s+/g, " ")
    .replace(/\p{Cc}|\p{Bidi_Control}/gu, "")
    .replaceAll("*/", "* /")
    .trim()

const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name))

const field = ([name, { description, type }]: [string, Properties[string]]): string => {
  const schema = type !== undefined && Object.hasOwn(SCHEMAS, type) ? SCHEMAS[type] : undefined
  const kind = comment(description ?? type ?? "")
  return `${key(name)}: ${schema ?? `Schema.Unknown${kind === "" ? "" : ` /* ${kind} */`}`}`
}

const struct = (properties: Properties): string => {
  const fields = Object.entries(properties).map(field)
  return fields.length === 0 ? "Schema.Struct({})" : `Schema.Struct({ ${fields.join(", ")} })`
}

const WORDS = new Set(
  "arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof undefined var void while with yield Schema".split(
    " "
  )
)

/** A name that TypeScript takes, as near as can be. */
const identifier = (name: string): string => {
  const plain = name.replace(/[^\w$]+(\w?)/g, (_, next: string) => next.toUpperCase())
  return plain === "" || /^\d/.test(plain) || WORDS.has(plain) ? `_${plain}` : plain
}

/**
 * A TypeScript module for a service, as text, from its own description (`Services.swagger`). `None` if that is not the
 * description of a service. `mls services types` prints the same.
 *
 * @example
 * import { Services, ServiceTypes } from "@mlserver-auth/services"
 * import * as Effect from "effect/Effect"
 * import * as Option from "effect/Option"
 *
 * const source = Effect.gen(function* () {
 *   const services = yield* Services.Services
 *   const { name, version } = yield* services.get("manualTransmission")
 *   const swagger = yield* services.swagger({ name, version })
 *   return Option.getOrThrow(ServiceTypes.typeScript({ name, version }, swagger))
 * })
 * // export const manualTransmission = { name: "manualTransmission", version: "1.0.0", inputs: Schema.Struct({ hp: …
 */
export const typeScript = (
  { name, version }: { readonly name: string; readonly version: string },
  swagger: unknown
): Option.Option<string> =>
  Option.map(
    Option.filter(Schema.decodeUnknownOption(Document)(swagger), ({ definitions }) => definitions !== undefined),
    ({ definitions = {}, info }) => {
      const about = comment(info?.description ?? "")
      const called = identifier(name)
      return [
        `import * as Schema from "effect/Schema"`,
        "",
        `/** ${comment(name)} ${comment(version)}${about === "" ? "" : `: ${about}`} */`,
        `export const ${called} = {`,
        `  name: ${JSON.stringify(name)},`,
        `  version: ${JSON.stringify(version)},`,
        `  inputs: ${struct(propertiesOf(definitions, "InputParameters"))},`,
        `  outputs: ${struct(propertiesOf(definitions, "OutputParameters"))}`,
        "}",
        ""
      ].join("\n")
    }
  )
