/** One value out of a JSON document, by a path of names and numbers with dots between them: `services.0.name`. */
import * as Either from "effect/Either"
import * as ForeignJson from "../text/json.js"
import { usage, type UsageError } from "../cli/usage.js"

const NAMES_TOLD = 12

/** What there is instead; names are the server's, and no values. */
const has = (value: unknown): string => {
  if (Array.isArray(value))
    return value.length === 0 ? "The list there is empty." : `There is a list: 0 to ${value.length - 1}.`
  if (typeof value !== "object" || value === null) return "There is a single value, which has no parts."
  const names = Object.keys(value)
  const told = names.slice(0, NAMES_TOLD).join(", ")
  return names.length === 0
    ? "The object there is empty."
    : `There is: ${told}${names.length > NAMES_TOLD ? ", …" : ""}`
}

const step = (value: unknown, name: string): Either.Either<unknown, UsageError> =>
  typeof value === "object" &&
  value !== null &&
  Object.hasOwn(value, name) &&
  !(Array.isArray(value) && name === "length")
    ? Either.right((value as Readonly<Record<string, unknown>>)[name])
    : Either.left(usage("The answer has no such field", has(value)))

const parsed = (text: string): Either.Either<unknown, UsageError> =>
  Either.try({
    try: () => ForeignJson.parse(text),
    catch: () =>
      usage(
        "The answer is no JSON, or nested too deeply, so it has no fields",
        "Leave out --field, and look at the answer."
      )
  })

/** The value as a script wants it: a string without its quotes, anything else as JSON. */
export const pick = (text: string, path: string): Either.Either<string, UsageError> =>
  path
    .split(".")
    .reduce((found, name) => Either.flatMap(found, (value) => step(value, name)), parsed(text))
    .pipe(Either.map((value) => (typeof value === "string" ? value : JSON.stringify(value))))
