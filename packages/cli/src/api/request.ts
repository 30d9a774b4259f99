/**
 * What `mls api` sends, from what was typed: method, path, fields, headers, body.
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpMethod from "@effect/platform/HttpMethod"
import type { ServerEndpoint } from "@mlserver-auth/core/ServerEndpoint"
import * as Effect from "effect/Effect"
import * as ForeignJson from "../text/json.js"
import type { Output } from "../cli/output.js"
import type { Given as FlagsGiven } from "../cli/table/flags.js"
import * as Upload from "./upload.js"
import { usage, type UsageError } from "../cli/usage.js"

/** Fields that were typed. */
export type Fields = FlagsGiven<"textField" | "jsonField">

/** What was typed. `target`: `PATH`, or `METHOD PATH`. */
export type Given = Fields & FlagsGiven<"verb" | "header" | "input"> & { readonly target: ReadonlyArray<string> }

const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
const BODILESS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"])
/** RFC 9110 5.6.2: a token. */
const HEADER = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)\s*:\s*(.*)$/s

const known = (typed: string, where: string): Effect.Effect<string, UsageError> => {
  const method = typed.toUpperCase()
  return METHODS.has(method)
    ? Effect.succeed(method)
    : Effect.fail(usage(`${where} is no method`, "mls api [METHOD] PATH, like `mls api GET services`"))
}

const methodOf = (given: Given): Effect.Effect<string, UsageError> => {
  const hasBody = given.textField.length + given.jsonField.length > 0 || given.input !== undefined
  const [first = "", path] = given.target
  if (given.verb !== undefined) {
    return path === undefined
      ? known(given.verb, "What --method names")
      : Effect.fail(usage("The method is given twice", "mls api PATH -X METHOD, or `mls api METHOD PATH`"))
  }
  return path === undefined ? Effect.succeed(hasBody ? "POST" : "GET") : known(first, "The first of two arguments")
}

/** Git Bash takes `/api/x` for a file, and passes `C:/Program Files/Git/api/x` on. */
const MANGLED = /^[a-z]:[\\/]/i

/** An address of this very server, or a path of it: the token goes nowhere else. */
const urlOf = (given: Given, endpoint: ServerEndpoint): Effect.Effect<string, UsageError> => {
  const path = given.target.at(-1) ?? ""
  if (MANGLED.test(path)) {
    return Effect.fail(
      usage(
        "That is a file of Windows, and no path of a server: Git Bash makes files of what begins with a slash",
        "Leave out the first slash: `mls api services`, or `mls api api/ManualTransmission/1.0.0`.",
        "or set MSYS_NO_PATHCONV=1"
      )
    )
  }
  const url = endpoint.resolve(path)
  return /\p{Cc}/u.test(path) || !endpoint.owns(url) || !URL.canParse(url)
    ? Effect.fail(
        usage(
          `That is no path of ${endpoint.origin}, and the token goes nowhere else`,
          "Give a path, like `services` or `/api/ManualTransmission/1.0.0`, or name that server with --server."
        )
      )
    : Effect.succeed(url)
}

const jsonOf = (name: string, text: string): Effect.Effect<unknown, UsageError> =>
  Effect.try({
    try: () => ForeignJson.parse(text),
    catch: () =>
      usage(
        `-F ${name}: the value is no JSON, or is nested too deeply`,
        `A string needs quotes of its own (-F '${name}:="text"'), or use -f.`
      )
  })

/** What `-f` and `-F` say. */
export const fieldsOf = (given: Fields): Effect.Effect<ReadonlyMap<string, unknown>, UsageError> =>
  Effect.gen(function* () {
    const fields = new Map<string, unknown>()
    for (const text of given.textField) {
      const at = text.indexOf("=")
      if (at < 1) return yield* usage("-f wants key=value", "mls api POST PATH -f name=value")
      fields.set(text.slice(0, at), text.slice(at + 1))
    }
    for (const text of given.jsonField) {
      const at = text.indexOf(":=")
      if (at < 1) return yield* usage("-F wants key:=json", "mls api POST PATH -F hp:=120 -F wt:=2.8")
      const name = text.slice(0, at)
      fields.set(name, yield* jsonOf(name, text.slice(at + 2)))
    }
    return fields
  })

const headersOf = (given: Given): Effect.Effect<Record<string, string>, UsageError> =>
  Effect.gen(function* () {
    const headers: Record<string, string> = {}
    for (const text of given.header) {
      const [, name = "", value = ""] = HEADER.exec(text) ?? []
      if (name === "" || /[\0\r\n]/.test(value))
        return yield* usage("-H wants name:value", "mls api PATH -H accept:text/csv")
      if (name.toLowerCase() === "authorization") {
        return yield* usage("mls signs the call itself", "To use another token, set MLS_ACCESS_TOKEN.")
      }
      headers[name.toLowerCase()] = value
    }
    return headers
  })

/** With GET, fields are the query; with other methods, a JSON object. */
const withFields = (request: HttpClientRequest.HttpClientRequest, fields: ReadonlyMap<string, unknown>) => {
  if (fields.size === 0) return request
  if (!BODILESS.has(request.method)) {
    return HttpClientRequest.bodyText(request, JSON.stringify(Object.fromEntries(fields)), "application/json")
  }
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value))
  return HttpClientRequest.appendUrlParams(
    request,
    Array.from(fields, ([name, value]) => [name, text(value)] as const)
  )
}

/** The request, not signed yet. `UsageError` for anything that cannot be sent. */
export const make = (
  given: Given,
  endpoint: ServerEndpoint
): Effect.Effect<HttpClientRequest.HttpClientRequest, UsageError, Output> =>
  Effect.gen(function* () {
    const method = yield* methodOf(given)
    const url = yield* urlOf(given, endpoint)
    const headers = yield* headersOf(given)
    const fields = yield* fieldsOf(given)
    if (fields.size > 0 && given.input !== undefined) return yield* usage("--input and fields exclude each other")
    const bare = HttpClientRequest.make(method as HttpMethod.HttpMethod)(url)
    if (given.input === undefined) return HttpClientRequest.setHeaders(withFields(bare, fields), headers)
    if (BODILESS.has(method)) return yield* usage(`${method} has no body`, "mls api POST PATH --input FILE")
    const type = headers["content-type"] ?? "application/json"
    const body = yield* Upload.of(given.input, type)
    return HttpClientRequest.setHeaders(HttpClientRequest.setBody(bare, body), headers)
  })
