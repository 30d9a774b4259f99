/** The published schemas, and the outputs that they tell apart. */
import * as Fs from "node:fs"

/** What is looked at of a schema. */
export interface Schema {
  readonly enum?: ReadonlyArray<unknown> | undefined
  readonly items?: Schema | undefined
  readonly $defs?: Readonly<Record<string, Schema>> | undefined
  readonly anyOf?: ReadonlyArray<Schema> | undefined
  readonly properties?: Readonly<Record<string, Schema>> | undefined
}

const FOLDER = new URL("../schemas/v1/", import.meta.url)

const read = (file: string): Schema => JSON.parse(Fs.readFileSync(new URL(file, FOLDER), "utf8")) as Schema

/** Every published schema by its name. */
export const published: ReadonlyMap<string, Schema> = new Map(
  Fs.readdirSync(FOLDER).map((file) => [file.replace(/\.schema\.json$/, ""), read(file)] as const)
)

type Mark = readonly [field: string, value: unknown]

/** What tells a variant of an output from the others: a field that has one value only. */
const markOf = ({ properties = {} }: Schema): Mark => {
  const found = Object.entries(properties).find(([, field]) => field.enum?.length === 1)
  if (found === undefined) throw new Error("a variant without a field that tells it from the others")
  return [found[0], found[1].enum?.[0]]
}

const nameOf = (name: string, [field, value]: Mark): string => `${name}, ${field} ${JSON.stringify(value)}`

/** Every output there is: each schema, or each of its variants. */
export const everyOutput: ReadonlyArray<string> = Array.from(published).flatMap(([name, schema]) =>
  schema.anyOf === undefined ? [name] : schema.anyOf.map((variant) => nameOf(name, markOf(variant)))
)

/** The output that a value is, by the schema that it has. */
export const outputOf = (name: string, value: Readonly<Record<string, unknown>>): string => {
  const mark = published
    .get(name)
    ?.anyOf?.map(markOf)
    .find(([field, only]) => value[field] === only)
  return mark === undefined ? name : nameOf(name, mark)
}
