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
import * as ForeignJson from "./ForeignJson.js"
import * as Invocation from "./Invocation.js"
import * as JsonField from "./JsonField.js"
import { Output, type OutputFailed, type Service as OutputService } from "./Output.js"
import { plain, plainLine } from "./Plain.js"
import { prettyJson } from "./PrettyJson.js"
import type { UsageError } from "./Usage.js"

/** What of an answer is wanted. */
export interface Wanted {
  /** One value of a JSON answer. */
  readonly field: Option.Option<string>
  /** Status line and headers too. */
  readonly include: boolean
  /** No body. */
  readonly silent: boolean
}

type Response = HttpClientResponse.HttpClientResponse

/** What is looked into is held in memory; what is passed on has no limit. */
const HELD_LIMIT = Option.some(FileSystem.MiB(256))

const textOf = (response: Response) => HttpIncomingMessage.withMaxBodySize(response.text, HELD_LIMIT)

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
const forPeople = (text: string): string => (text === "" ? "" : `${plain(prettyJson(text)).trimEnd()}\n`)

/** As it arrives; on a terminal without control characters, JSON laid out, and with a line end at its end. */
const body = (response: Response, output: OutputService) => {
  if (!output.stdoutIsTerminal) return Stream.runForEach(response.stream, (chunk) => output.write(chunk))
  if (JSON_TYPE.test(response.headers["content-type"] ?? "")) {
    return Effect.flatMap(textOf(response), (text) => output.write(forPeople(text)))
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

/** A value of a success; a refusal is shown whole, since it is another document. */
const picked = (response: Response, path: string, output: OutputService) =>
  Effect.gen(function* () {
    const text = yield* JsonField.pick(yield* textOf(response), path)
    yield* output.answer(output.stdoutIsTerminal ? prettyJson(text) : text)
  })

/** Prints an answer, as far as somebody reads it. `UsageError` where it has no such field. */
export const print = (
  response: Response,
  { field, include, silent }: Wanted
): Effect.Effect<void, UsageError | HttpClientError.ResponseError | OutputFailed, Invocation.Invocation | Output> =>
  Effect.gen(function* () {
    const output = yield* Output
    if ((yield* Invocation.Invocation).json) {
      return yield* output.answerJson(asJson(response, yield* textOf(response)))
    }
    if (include) yield* output.write(head(response))
    if (silent) return
    yield* Option.isSome(field) && response.status < 400
      ? picked(response, field.value, output)
      : body(response, output)
  }).pipe(Effect.catchTag("ReaderGone", () => Effect.void))

/** Prints an answer that was read already: the body of a refusal. */
export const printRead = (
  response: Response,
  text: string
): Effect.Effect<void, OutputFailed, Invocation.Invocation | Output> =>
  Effect.gen(function* () {
    const output = yield* Output
    if ((yield* Invocation.Invocation).json) return yield* output.answerJson(asJson(response, text))
    yield* output.write(output.stdoutIsTerminal ? forPeople(text) : text)
  }).pipe(Effect.catchTag("ReaderGone", () => Effect.void))
