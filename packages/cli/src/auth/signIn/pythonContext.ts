/**
 * The `context` of the Python client (`azureml-model-management-sdk`), pasted as JSON: the settings of Azure as a
 * colleague hands them over, with an earlier device code perhaps.
 *
 * Source: "How to authenticate with Machine Learning Server in Python", Microsoft's documentation.
 */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as DeviceAuthorization from "@mlserver-auth/core/DeviceAuthorization"
import * as TextFile from "@mlserver-auth/node/TextFile"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Parts } from "../../config/cloud.js"
import { Output } from "../../cli/output.js"
import * as ForeignJson from "../../text/json.js"
import * as ReaderShell from "../../text/shellQuote.js"
import * as Stdin from "../../cli/stdin.js"
import type { UsageError } from "../../cli/usage.js"

/** What a context says. */
export interface PythonContext {
  readonly parts: Parts
  readonly username: string | undefined
  /** An earlier code, to go on waiting for. */
  readonly resume: DeviceAuthorization.DeviceAuthorization | undefined
}

/** Bytes. */
const LIMIT = 64 * 1024

type Setting = "authuri" | "tenant" | "clientid" | "resource" | "username"

/** The names a context has, in small letters without dashes and underscores; the R client says `tenantid`. */
const SETTINGS: Readonly<Record<string, Setting>> = {
  authuri: "authuri",
  tenant: "tenant",
  tenantid: "tenant",
  clientid: "clientid",
  resource: "resource",
  username: "username"
}

const invalid = (problem: string, fix: string) => new ConfigurationInvalid({ setting: "--context", problem, fix })

const bytesOf = (source: string) =>
  Stdin.fileOrStdin(source, {
    limit: LIMIT,
    setting: "--context",
    hint: `Paste the context as JSON, then Enter. ${ReaderShell.endOfInput()} ends it.`,
    isWhole: (bytes) => Either.isRight(parse(bytes))
  })

const TO_JSON = "Have Python write it: import json; print(json.dumps(context))"

/** Nothing of the text is quoted: people paste passwords along. */
const parse = (bytes: Uint8Array): Either.Either<Readonly<Record<string, unknown>>, ConfigurationInvalid> => {
  if (bytes.length > LIMIT) return Either.left(invalid("much too large for a context", "Is it the right file?"))
  const text = TextFile.decode(bytes).trim()
  if (text === "") return Either.left(invalid("empty", TO_JSON))
  const json = Either.try(() => JSON.parse(text) as unknown)
  if (Either.isLeft(json)) {
    const python = /^(\w+\s*=\s*)?[{(]/.test(text) && /'|\bNone\b|\bTrue\b|=/.test(text)
    return Either.left(invalid(python ? "a Python literal, not JSON" : "not JSON", TO_JSON))
  }
  const { right: value } = json
  return ForeignJson.isObject(value) ? Either.right(value) : Either.left(invalid("not a JSON object", TO_JSON))
}

/** A name that is surely none of the secrets that people keep in such files. */
const printable = (name: string): string =>
  /^[A-Za-z][A-Za-z_-]{0,31}$/.test(name) ? name : "(a name not repeated here)"

interface Found {
  readonly texts: { readonly [name in Setting]?: string }
  readonly code: unknown
  readonly hasPassword: boolean
  readonly unknown: ReadonlyArray<string>
}

const sorted = (context: Readonly<Record<string, unknown>>): Either.Either<Found, ConfigurationInvalid> =>
  Either.gen(function* () {
    const texts: { [name in Setting]?: string } = {}
    const unknown: Array<string> = []
    let code: unknown
    let hasPassword = false
    for (const [name, value] of Object.entries(context)) {
      const key = name.toLowerCase().replaceAll(/[_-]/g, "")
      if (value === null || value === "") continue
      const setting = Object.hasOwn(SETTINGS, key) ? SETTINGS[key] : undefined
      if (key === "password") hasPassword = true
      else if (key === "code") code = value
      else if (setting === undefined) unknown.push(printable(name))
      else if (typeof value === "string") texts[setting] = value
      else return yield* Either.left(invalid(`\`${setting}\` is no string`, "Put it into double quotes."))
    }
    return { texts, code, hasPassword, unknown }
  })

const warn = ({ hasPassword, unknown }: Found) =>
  Effect.gen(function* () {
    const { marked } = yield* Output
    if (unknown.length > 0) yield* marked("!", `mls does not use these names of the context: ${unknown.join(", ")}.`)
    if (hasPassword) {
      const where = "Pipe it into --password-stdin, or type it when asked; better not to keep it in a file at all"
      yield* marked("!", `mls does not use the password in the context. ${where}.`)
    }
  })

/** Reads a context from a file, or from stdin for `-`. `ConfigurationInvalid` says what is wrong and quotes nothing. */
export const read = (source: string): Effect.Effect<PythonContext, UsageError | ConfigurationInvalid, Output> =>
  Effect.gen(function* () {
    const found = yield* sorted(yield* parse(yield* bytesOf(source)))
    yield* warn(found)
    const { username, ...parts } = found.texts
    const now = yield* Clock.currentTimeMillis
    const resume = found.code === undefined ? undefined : yield* DeviceAuthorization.decode(found.code, now)
    return { parts, username, resume }
  })
