/**
 * The `context` of the Python client (`azureml-model-management-sdk`), pasted as JSON: the settings of Azure as a
 * colleague hands them over, with an earlier device code perhaps.
 *
 * Source: "How to authenticate with Machine Learning Server in Python", Microsoft's documentation.
 */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as DeviceAuthorization from "@mlserver-auth/core/DeviceAuthorization"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fs from "node:fs/promises"
import type { Parts } from "./Cloud.js"
import { Output } from "./Output.js"
import * as Stdin from "./Stdin.js"
import type { UsageError } from "./Usage.js"

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

const bytesOf = (source: string): Effect.Effect<Uint8Array, UsageError | ConfigurationInvalid, Output> =>
  source === "-"
    ? Effect.gen(function* () {
        if (!process.stdin.isTTY) return yield* Stdin.readAll(LIMIT)
        yield* (yield* Output).notice("Paste the context as JSON, then Enter. Ctrl-D ends it.")
        // The end of a terminal's input would be the end of all questions.
        return yield* Stdin.readAll(LIMIT, (bytes) => Either.isRight(parse(bytes)))
      })
    : Effect.tryPromise({
        try: () => firstBytes(source),
        catch: (error) =>
          invalid(
            `the file cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown error"})`,
            "Give the path of a JSON file, or - for stdin."
          )
      })

/** No more than could be a context: the path may be that of anything. */
const firstBytes = async (path: string): Promise<Uint8Array> => {
  const file = await Fs.open(path, "r")
  try {
    const chunks: Array<Uint8Array> = []
    for (let size = 0; size <= LIMIT;) {
      const { buffer, bytesRead } = await file.read(new Uint8Array(LIMIT), 0, LIMIT)
      if (bytesRead === 0) break
      chunks.push(buffer.subarray(0, bytesRead))
      size += bytesRead
    }
    return Buffer.concat(chunks)
  } finally {
    await file.close()
  }
}

const TO_JSON = "Have Python write it: import json; print(json.dumps(context))"

/** Nothing of the text is quoted: people paste passwords along. */
const parse = (bytes: Uint8Array): Either.Either<Readonly<Record<string, unknown>>, ConfigurationInvalid> => {
  if (bytes.length > LIMIT) return Either.left(invalid("much too large for a context", "Is it the right file?"))
  const text = new TextDecoder().decode(bytes).trim()
  if (text === "") return Either.left(invalid("empty", TO_JSON))
  const json = Either.try(() => JSON.parse(text) as unknown)
  if (Either.isLeft(json)) {
    const python = /^(\w+\s*=\s*)?[{(]/.test(text) && /'|\bNone\b|\bTrue\b|=/.test(text)
    return Either.left(invalid(python ? "a Python literal, not JSON" : "not JSON", TO_JSON))
  }
  const { right: value } = json
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Either.right(value as Readonly<Record<string, unknown>>)
    : Either.left(invalid("not a JSON object", TO_JSON))
}

/** A name that is surely none of the secrets that people keep in such files. */
const shown = (name: string): string => (/^[A-Za-z][A-Za-z_-]{0,31}$/.test(name) ? name : "(a name not repeated here)")

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
      else if (setting === undefined) unknown.push(shown(name))
      else if (typeof value === "string") texts[setting] = value
      else return yield* Either.left(invalid(`\`${setting}\` is no string`, "Put it into double quotes."))
    }
    return { texts, code, hasPassword, unknown }
  })

const told = ({ hasPassword, unknown }: Found) =>
  Effect.gen(function* () {
    const { marked } = yield* Output
    if (unknown.length > 0) yield* marked("!", `The context has names that are not used: ${unknown.join(", ")}.`)
    if (hasPassword) {
      const where = "Pipe it into --password-stdin, or type it when asked; better not to keep it in a file at all"
      yield* marked("!", `The password in the context is not used. ${where}.`)
    }
  })

/** Reads a context from a file, or from stdin for `-`. `ConfigurationInvalid` says what is wrong and quotes nothing. */
export const read = (source: string): Effect.Effect<PythonContext, UsageError | ConfigurationInvalid, Output> =>
  Effect.gen(function* () {
    const found = yield* sorted(yield* parse(yield* bytesOf(source)))
    yield* told(found)
    const { username, ...parts } = found.texts
    const now = yield* Clock.currentTimeMillis
    const resume = found.code === undefined ? undefined : yield* DeviceAuthorization.decode(found.code, now)
    return { parts, username, resume }
  })
