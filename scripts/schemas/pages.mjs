/** The schemas as files, each complete in itself, and a page that tells of them. */
import * as JSONSchema from "effect/JSONSchema"
import { code, table } from "../docs/table.mjs"
import { fromCli } from "../errors/catalogue.mjs"

const { OUTPUTS } = await fromCli("outputs/outputs.js")
/** Every output of `mls`, with the name of its schema. */
export const outputs = Object.entries(OUTPUTS).map(([name, output]) => ({ name, ...output }))

/** The major version of the JSON: it moves when anything that is there goes away or changes its meaning. */
export const VERSION = "v1"
const FOLDER = `packages/cli/schemas/${VERSION}`
const HOME = "https://raw.githubusercontent.com/mlserver-auth/mlserver-auth/main"

const titleOf = (command) =>
  command.startsWith("mls ") ? command.replaceAll(/mls [^,]*/g, (words) => `${words} --json`) : command

const schemaOf = ({ about, command, name, schema }) => {
  const { $schema, ...rest } = JSONSchema.make(schema, { target: "jsonSchema2020-12" })
  return { $schema, $id: `${HOME}/${FOLDER}/${name}.schema.json`, title: titleOf(command), description: about, ...rest }
}

/** Each schema by its name. */
export const schemas = new Map(outputs.map((output) => [output.name, schemaOf(output)]))

const isNull = (schema) => schema.type === "null" || schema.enum?.[0] === null
/** The names of shared parts, which have a section of their own. */
const partOf = (schema) => schema.$ref?.replace("#/$defs/", "")
const LONG = 16

/** What a value may be, in a few words. */
const kindOf = (schema) => {
  const part = partOf(schema)
  if (part !== undefined) return `[${part}](#${part.toLowerCase()})`
  if (schema.anyOf !== undefined) return schema.anyOf.map(kindOf).join(" or ")
  if (isNull(schema)) return "null"
  if (schema.enum !== undefined) {
    return schema.enum.length > LONG ? "one of many words" : schema.enum.map((value) => code(String(value))).join(", ")
  }
  if (schema.type === "array") return `list of ${kindOf(schema.items)}`
  return schema.format ?? [schema.type ?? "any JSON"].flat().join(" or ")
}

/** What is inside of a field: of an object, of a list of objects, of something that may be null. */
const insides = (schema, path) => {
  if (schema.type === "array") return insides(schema.items, `${path}[]`)
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap((each) => insides(each, path))
  return schema.properties === undefined ? [] : rowsOf(schema, `${path}.`)
}

const rowsOf = ({ properties, required = [] }, before = "") =>
  Object.entries(properties).flatMap(([name, schema]) => {
    const absent = required.includes(name) ? "" : " (may be left out)"
    return [
      [code(`${before}${name}`) + absent, kindOf(schema), schema.description ?? ""],
      ...insides(schema, `${before}${name}`)
    ]
  })

const FIELDS = ["field", "what it is", ""]
/** What tells a variant from the others: the first of its fields that has a single value. */
const markOf = ({ properties }) => {
  const [name, { enum: values }] = Object.entries(properties).find(([, each]) => each.enum?.length === 1)
  return code(`${JSON.stringify(name)}: ${JSON.stringify(values[0])}`)
}

const fieldsOf = (schema) => {
  if (schema.properties !== undefined) return [...table(FIELDS, rowsOf(schema)), ""]
  return schema.anyOf.flatMap((variant) => [`With ${markOf(variant)}:`, "", ...table(FIELDS, rowsOf(variant)), ""])
}

const sectionOf = ({ about, command, name }) => [
  `## ${name}`,
  "",
  `${titleOf(command).replaceAll(/mls [^,]*/g, code)}. ${about} [Schema](../../${FOLDER}/${name}.schema.json).`,
  "",
  ...fieldsOf(schemas.get(name))
]

/** Parts that several have, each once; `Problem` is told where it belongs. */
const parts = () => {
  const all = new Map([...schemas.values()].flatMap(({ $defs }) => Object.entries($defs ?? {})))
  return [...all].flatMap(([name, schema]) => [`## ${name}`, "", schema.description, "", ...fieldsOf(schema)])
}

const intro = `# The JSON of \`mls\`

<!-- Made by scripts/json-schemas.mjs from packages/cli/src/outputs: change it there, then run it. -->

Every command knows \`--json\`. Its answer is then one JSON object on one line of stdout, a failure one on the last line of
stderr. Each has a JSON Schema (draft 2020-12) that comes with the package, in \`schemas/${VERSION}/\`, and every test of \`mls\` holds
what it prints against them.

The promise, from version 1.0 on:

- What is there stays there, with its name, its type and its meaning. What takes something away, or makes a field that was
  always there one that may be left out, is a new major version of the package, and of the schemas (\`v2\`).
- A minor version may add fields, events, checks, settings, and words to a list of words. So ignore what you do not know.
  The schemas are strict, so that they tell the whole truth about one version: validate with those of the \`mls\` that you run.
- Exit codes are as stable: see [errors.md](errors.md#exit-codes-of-mls).

What holds everywhere:

- In an answer a field is always there, with \`null\` where nothing is known. In events, checks and errors what is not known is
  left out. What a server said (\`api\`, \`services\`, claims) is as it said it.
- A point in time is an [Instant](#instant), in both spellings: RFC 3339 and epoch seconds, UTC. Events have one string, named
  \`…At\`. Durations say their unit in their name.
- No answer but that of \`mls token\` holds a token, and none a password, but for the published ones of \`mls dev-server\`.

`

/** The page, whole. */
export const page = () => {
  const rows = outputs.map(({ command, name }) => [command.replaceAll(/mls [^,]*/g, code), `[${name}](#${name})`])
  const lines = [...table(["command", "its JSON"], rows), "", ...outputs.flatMap(sectionOf), ...parts()]
  return `${intro}${lines.join("\n").trimEnd()}\n`
}

/** Every file that is made. */
export const files = () => ({
  ...Object.fromEntries(
    [...schemas].map(([name, schema]) => [`${FOLDER}/${name}.schema.json`, `${JSON.stringify(schema, undefined, 2)}\n`])
  ),
  "docs/reference/json.md": page()
})
