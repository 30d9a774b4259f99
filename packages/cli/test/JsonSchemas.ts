/** The published schemas, and the outputs that they tell apart. */
import * as Fs from "node:fs"

/** What is looked at of a schema. */
export interface Schema {
  readonly type?: unknown
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

/** The only value that a field may have; a list with none where there are several. */
const only = ({ enum: words, type }: Schema): ReadonlyArray<unknown> =>
  type === "null" ? [null] : words?.length === 1 ? words : []

/** What tells a variant of an output from the others: a field that has one value only. */
const markOf = ({ properties = {} }: Schema): Mark => {
  const [mark] = Object.entries(properties).flatMap(([name, field]) => only(field).map((value): Mark => [name, value]))
  if (mark === undefined) throw new Error("a variant without a field that tells it from the others")
  return mark
}

const nameOf = (name: string, [field, value]: Mark): string => `${name}, ${field} ${JSON.stringify(value)}`

/** Lists of a schema whose items have variants. */
const listsOf = ({ properties = {} }: Schema) =>
  Object.entries(properties).flatMap(([list, { items }]) =>
    items?.anyOf === undefined ? [] : [{ list, marks: items.anyOf.map(markOf) }]
  )

/** Every output there is: each schema, or each of its variants, and each variant of what is in its lists. */
export const everyOutput: ReadonlyArray<string> = Array.from(published).flatMap(([name, schema]) => [
  ...(schema.anyOf === undefined ? [name] : schema.anyOf.map((variant) => nameOf(name, markOf(variant)))),
  ...listsOf(schema).flatMap(({ list, marks }) => marks.map((mark) => nameOf(`${name}.${list}`, mark)))
])

type Value = Readonly<Record<string, unknown>>

const markIn = (marks: ReadonlyArray<Mark>, value: Value) => marks.filter(([field, mark]) => value[field] === mark)

/** The outputs that a value is, by the schema that it has. */
export const outputsOf = (name: string, value: Value): ReadonlyArray<string> => {
  const schema = published.get(name) ?? {}
  const [mark] = markIn(schema.anyOf?.map(markOf) ?? [], value)
  const items = listsOf(schema).flatMap(({ list, marks }) =>
    (value[list] as ReadonlyArray<Value>).flatMap((item) =>
      markIn(marks, item).map((found) => nameOf(`${name}.${list}`, found))
    )
  )
  return [mark === undefined ? name : nameOf(name, mark), ...items]
}
