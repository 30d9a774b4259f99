/**
 * Every JSON that the program prints is held against its published schema. A command whose JSON has none fails: say what it
 * is in src/outputs, run scripts/json-schemas.mjs, and name it in `COMMANDS`.
 */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"
import * as Fs from "node:fs"
import { assert, inject } from "vitest"
import { outputsOf, published } from "./JsonSchemas.js"

/** RFC 3339 in UTC, of a day and an hour that there are. */
const isInstant = (text: string): boolean => {
  const at = new Date(text)
  return !Number.isNaN(at.getTime()) && at.toISOString().replace(".000Z", "Z") === text.replace(".000Z", "Z")
}

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true, formats: { "date-time": isInstant } })
const validators: ReadonlyMap<string, ValidateFunction> = new Map(
  Array.from(published, ([name, schema]) => [name, ajv.compile(schema)] as const)
)

/** What is wrong with a value by a schema; `undefined` where nothing is. Names fields, not their values. */
export const faultOf = (name: string, value: unknown): string | undefined => {
  const validate = validators.get(name)
  assert(validate !== undefined, `there is no schema ${name}`)
  return validate(value) ? undefined : ajv.errorsText(validate.errors)
}

type Parsed = Readonly<Record<string, unknown>>

const isRefusal = (value: Parsed): boolean => "status" in value && "headers" in value

const has = (args: ReadonlyArray<string>, ...options: ReadonlyArray<string>): boolean =>
  args.some((argument) => options.includes(argument))

const statusOf = (args: ReadonlyArray<string>): string => (has(args, "--all") ? "status-all" : "status")

/** The schema of each command's answer; where there are several, by what was asked for or what came. */
const COMMANDS: Readonly<Record<string, (args: ReadonlyArray<string>, value: Parsed) => string>> = {
  login: (_, value) => ("event" in value ? "login-event" : "login"),
  logout: (args) => (has(args, "--all") ? "logout-all" : "logout"),
  status: (args) => statusOf(args),
  whoami: (args) => statusOf(args),
  token: (args) => (has(args, "--inspect", "--verify") ? "token-claims" : "token"),
  refresh: () => "refresh",
  api: (args) => (has(args, "--dry-run") ? "api-dry-run" : "api"),
  "services list": (_, value) => (isRefusal(value) ? "api" : "services-list"),
  "services get": (_, value) => (isRefusal(value) ? "api" : "services-get"),
  "services swagger": (_, value) => (isRefusal(value) ? "api" : "services-swagger"),
  "services types": (_, value) => (isRefusal(value) ? "api" : "services-types"),
  "services publish": (_, value) => (isRefusal(value) ? "api" : "services-publish"),
  "services update": (_, value) => (isRefusal(value) ? "api" : "services-update"),
  "services batch": (args, value) => (isRefusal(value) ? "api" : `services-batch-${args[2]}`),
  "services delete": (_, value) => (isRefusal(value) ? "api" : "services-delete"),
  "services consume": (_, value) => (isRefusal(value) ? "api" : "services-consume"),
  "profile list": () => "profile-list",
  "profile show": () => "profile-show",
  "profile add": () => "profile-show",
  "profile use": () => "profile-use",
  "profile rename": () => "profile-rename",
  "profile remove": () => "profile-remove",
  "profile edit": () => "profile-edit",
  "profile export": () => "profile-export",
  "profile import": () => "profile-import",
  "config show": () => "config-show",
  doctor: () => "doctor",
  help: () => "help",
  "dev-server": () => "dev-server"
}

/** The schema that the answer of a command line has. */
export const schemaOf = (args: ReadonlyArray<string>, value: Parsed): string => {
  const [first = "", second = ""] = args
  const named = COMMANDS[first] ?? COMMANDS[`${first} ${second}`]
  assert(named !== undefined, `the JSON of \`mls ${first}\` has no schema: see JsonOutputs.ts`)
  return named(args, value)
}

const parsed = (line: string, what: string): Parsed => {
  assert.match(line, /^\{.*\}$/, `${what} is no JSON object on a line`)
  return JSON.parse(line) as Parsed
}

const met = new Set<string>()

/** Notes outputs of the program; `exercised.ts` looks whether none is missing when all tests have run. */
export const note = (outputs: ReadonlyArray<string>): void => {
  const fresh = outputs.filter((output) => !met.has(output))
  for (const output of fresh) met.add(output)
  if (fresh.length > 0) Fs.appendFileSync(inject("outputsMet"), `${fresh.join("\n")}\n`)
}

const hold = (name: string, value: Parsed, what: string): ReadonlyArray<string> => {
  assert.isUndefined(faultOf(name, value), `${what} is not as the schema ${name} has it`)
  return outputsOf(name, value)
}

/** Whether the answer is JSON, and not help. */
const answersJson = (args: ReadonlyArray<string>): boolean => {
  const end = args.indexOf("--")
  const own = end === -1 ? args : args.slice(0, end)
  return own.includes("--json") && !has(own, "--help", "-h")
}

/** Exit codes that are told as JSON; a signal is not. */
const isTold = (code: number | null): code is number => code !== null && code > 0 && code < 128

const linesOf = (text: string): ReadonlyArray<string> => text.split("\n").slice(0, -1)

/** Holds what a process printed against the schemas, where it was started with `--json`; says what outputs they were. */
export const check = (
  args: ReadonlyArray<string>,
  { code, stderr, stdout }: { readonly code: number | null; readonly stdout: string; readonly stderr: string }
): ReadonlyArray<string> => {
  if (!answersJson(args)) return []
  const outputs = linesOf(stdout).flatMap((line) => {
    const value = parsed(line, "a line of stdout")
    return hold(schemaOf(args, value), value, `stdout of mls ${args[0]}`)
  })
  if (!isTold(code)) return outputs
  const told = parsed(linesOf(stderr).at(-1) ?? "", "the last line of stderr")
  const failure = hold("error", told, `stderr of mls ${args[0]}`)
  assert.nestedPropertyVal(told, "error.exit", code, "the exit code is not the one that was told")
  return [...outputs, ...failure]
}

/** The same of a shell's command line: which program printed which line is not known. */
export const checkShell = (script: string, stdout: string): void => {
  if (!script.includes("--json")) return
  for (const line of linesOf(stdout).map((text) => text.trimEnd())) {
    if (!/^\{.*\}$/.test(line)) continue
    const value = parsed(line, "a line of stdout")
    const faults = Array.from(published.keys(), (name) => faultOf(name, value))
    assert.include(faults, undefined, "what a shell printed is as no schema has it")
  }
}
