/**
 * The answer to a call, on stdout: as it came, or a part of it.
 */
import * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { STATUS_CODES } from "node:http"
import type { Download } from "./download.js"
import * as ForeignJson from "../text/json.js"
import * as Invocation from "../cli/invocation.js"
import * as JsonField from "./field.js"
import { Output, type OutputFailed, type Service as OutputService } from "../cli/output.js"
import { plain, plainLine } from "../text/sanitize.js"
import { prettyJson } from "../text/json.js"
import type { Given as FlagsGiven } from "../cli/table/flags.js"
import type { UsageError } from "../cli/usage.js"

/** What of an answer is wanted: one value of its JSON, the head too, or no body. */
export type Wanted = FlagsGiven<"field" | "include" | "silent">

/** The body, and nothing besides. */
export const WHOLE: Wanted = { field: undefined, include: false, silent: false }

type Response = HttpClientResponse.HttpClientResponse

/** What is looked into is held in memory; what is passed on has no limit. */
const HELD_LIMIT = Option.some(FileSystem.MiB(256))

/** The body, held in memory; it can be printed afterwards. */
export const textOf = (response: Response) => HttpIncomingMessage.withMaxBodySize(response.text, HELD_LIMIT)

const head = (response: Response): string =>
  [
    `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ""}`.trimEnd(),
    ...Object.entries(response.headers).map(([name, value]) => `${name}: ${plainLine(value)}`),
    "",
    ""
  ].join("\n")

/** The name of a type of JSON: `application/json`, `application/problem+json`. */
const JSON_TYPE = /^[\w.+-]+\/(?:[\w.-]+\+)?json\b/i

/** For people: laid out where it is JSON, and with a line end at its end. */
const toText = (text: string): string => (text === "" ? "" : `${plain(prettyJson(text)).trimEnd()}\n`)

/** As it arrives; on a terminal without control characters, JSON laid out, and with a line end at its end. */
const body = (response: Response, output: OutputService) => {
  if (!output.stdoutIsTerminal) return Stream.runForEach(response.stream, (chunk) => output.write(chunk))
  if (JSON_TYPE.test(response.headers["content-type"] ?? "")) {
    return Effect.flatMap(textOf(response), (text) => output.write(toText(text)))
  }
  const decoder = new TextDecoder()
  const show = (text: string) => output.write(plain(text))
  return Stream.runForEach(response.stream, (chunk) => show(decoder.decode(chunk, { stream: true }))).pipe(
    Effect.zipRight(Effect.suspend(() => show(`${decoder.decode()}\n`)))
  )
}

/** The answer as one object: a body that is no JSON is a string in it. */
const asJson = (response: Response, text: string) => ({
  status: response.status,
  headers: { ...response.headers },
  body:
    text === ""
      ? null
      : Either.getOrElse(
          Either.try(() => ForeignJson.parse(text)),
          () => text
        )
})

/** JSON, laid out for people; or one value of it. */
export const document = (json: string, path: string | undefined) =>
  Effect.gen(function* () {
    const { answer, stdoutIsTerminal } = yield* Output
    const text = path === undefined ? json : yield* JsonField.pick(json, path)
    yield* answer(stdoutIsTerminal ? prettyJson(text) : text)
  })

/** Saves an answer, and says so where what is said is read by programs. */
export const save = (response: Response, { include }: Wanted, download: Download) =>
  Effect.gen(function* () {
    const output = yield* Output
    const { json } = yield* Invocation.Invocation
    yield* Stream.runForEach(response.stream, download.write)
    const bytes = yield* download.complete
    if (json) yield* output.answerJson("api", { ...asJson(response, ""), output: { file: download.file, bytes } })
    else if (include) yield* output.answer(head(response).trimEnd())
  })

/** Prints an answer, as far as it is read. `UsageError` where it has no such field. */
export const print = (
  response: Response,
  { field, include, silent }: Wanted
): Effect.Effect<void, UsageError | HttpClientError.ResponseError | OutputFailed, Invocation.Invocation | Output> =>
  Effect.gen(function* () {
    const output = yield* Output
    if ((yield* Invocation.Invocation).json) {
      return yield* output.answerJson("api", asJson(response, yield* textOf(response)))
    }
    if (include) yield* output.write(head(response))
    if (silent) return
    // A refusal is shown whole, since it is another document.
    if (field === undefined || response.status >= 400) return yield* body(response, output)
    yield* document(yield* textOf(response), field)
  }).pipe(Effect.catchTag("ReaderGone", () => Effect.void))
