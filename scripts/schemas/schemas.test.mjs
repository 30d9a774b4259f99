/** The published schemas: up to date, strict, complete in their words, and packed with the program. Wants `tsc -b` before. */
import { Ajv2020 } from "ajv/dist/2020.js"
import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"
import { outdated } from "../docs/generated.mjs"
import { fromCli } from "../errors/catalogue.mjs"
import { files, outputs, page, schemas, VERSION } from "./pages.mjs"

const { INSTANT } = await fromCli("outputs/parts.js")

const house = new URL("../../", import.meta.url)
const read = (path) => readFileSync(new URL(path, house), "utf8")

/** Somebody else's objects, which mls hands on as they are. */
const FOREIGN = new Set([
  "services-list.services[]",
  "services-get.service",
  "services-consume",
  "services-consume.outputParameters",
  "services-swagger",
  "services-swagger.paths",
  "services-swagger.definitions",
  "services-batch-results.outcomes[]",
  "services-batch-results.outcomes[].outputParameters",
  "services-batch-status.status.outcomes[]",
  "services-batch-status.status.outcomes[].outputParameters",
  "token-claims.header",
  "token-claims.claims",
  "token-claims.times",
  "api.headers",
  "api-dry-run.headers"
])

/** Every schema in a schema, with the path of what it describes. */
const walk = (schema, path) => [
  [path, schema],
  ...Object.entries(schema.$defs ?? {}).flatMap(([name, inner]) => walk(inner, `#${name}`)),
  ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => walk(inner, `${path}.${name}`)),
  ...(schema.anyOf ?? []).flatMap((inner) => walk(inner, path)),
  ...(schema.items === undefined ? [] : walk(schema.items, `${path}[]`))
]
const all = [...schemas].flatMap(([name, schema]) => walk(schema, name))

test("schemas and page are what scripts/json-schemas.mjs makes, and there are no others", () => {
  assert.deepEqual(outdated(files()), [])
  const there = readdirSync(new URL(`packages/cli/schemas/${VERSION}/`, house)).map((name) =>
    name.replace(".schema.json", "")
  )
  assert.deepEqual(new Set(there), new Set(schemas.keys()))
})

test("each is a schema of draft 2020-12, and has its own address with the version in it", () => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, formats: { "date-time": true } })
  for (const [name, schema] of schemas) {
    ajv.compile(schema)
    assert.ok(schema.$id.endsWith(`/packages/cli/schemas/${VERSION}/${name}.schema.json`), schema.$id)
  }
})

test("every object says all that it may hold, but for those of somebody else", () => {
  const open = all.filter(
    ([, { additionalProperties, type }]) => [type].flat().includes("object") && additionalProperties !== false
  )
  assert.deepEqual(new Set(open.map(([path]) => path)), FOREIGN)
})

test("every field is told in words", () => {
  for (const [path, { properties = {} }] of all) {
    for (const [name, field] of Object.entries(properties)) {
      const known = path.startsWith("services-") && ["name", "version"].includes(name)
      assert.ok(known || field.$ref !== undefined || field.description?.length > 3, `${path}.${name}`)
    }
  }
})

test("points in time are UTC, and nothing else is one", () => {
  const pattern = new RegExp(INSTANT, "u")
  for (const [path, schema] of all.filter(([, { format }]) => format !== undefined)) {
    assert.deepEqual([schema.format, schema.pattern], ["date-time", INSTANT], path)
  }
  assert.match("2026-11-22T12:15:00.000Z", pattern)
  assert.doesNotMatch("2026-11-22T12:15:00.000+01:00", pattern)
  assert.doesNotMatch("2026-11-22 12:15:00Z", pattern)
})

test("they are packed with the program", () => {
  const { exports, files: packed } = JSON.parse(read("packages/cli/package.json"))
  assert.ok(packed.includes("schemas"))
  assert.equal(exports["./schemas/*.json"], "./schemas/*.json")
})

test("the page has a section for each, and the program's README names the page", () => {
  const text = page()
  for (const { name } of outputs) assert.ok(text.includes(`\n## ${name}\n`), name)
  assert.doesNotMatch(text, /undefined|\[object|NaN/)
  assert.ok(read("packages/cli/README.md").includes("../../docs/reference/json.md"))
})
