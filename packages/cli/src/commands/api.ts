/** `mls api`: one call to the server, signed, with its answer on stdout. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import { STATUS_CODES } from "node:http"
import { ApiRefused } from "../ApiRefused.js"
import * as ApiRequest from "../ApiRequest.js"
import * as Connection from "../Connection.js"
import * as Invocation from "../Invocation.js"
import { Output, type Service as OutputService } from "../Output.js"
import { plain, plainLine } from "../Plain.js"
import * as ServerSettings from "../ServerSettings.js"
import { refuseOptions } from "../Usage.js"

const config = {
  target: Args.text({ name: "[METHOD] PATH" }).pipe(
    Args.withDescription(
      "GET, or POST where there is a body, unless a method is given. Paths may leave out the first slash."
    ),
    Args.between(1, 2)
  ),
  field: Options.text("field").pipe(
    Options.withAlias("f"),
    Options.withPseudoName("key=value"),
    Options.withDescription("A field with a string for a value: of the JSON body, or of the query with GET."),
    Options.repeated
  ),
  rawField: Options.text("raw-field").pipe(
    Options.withAlias("F"),
    Options.withPseudoName("key:=json"),
    Options.withDescription("A field with any JSON for a value."),
    Options.repeated
  ),
  header: Options.text("header").pipe(
    Options.withAlias("H"),
    Options.withPseudoName("name:value"),
    Options.withDescription("A header of the request."),
    Options.repeated
  ),
  input: Options.text("input").pipe(
    Options.withPseudoName("file"),
    Options.withDescription("The body: a file, or - for stdin. JSON unless a content-type is given."),
    Options.optional
  ),
  include: Options.boolean("include").pipe(
    Options.withAlias("i"),
    Options.withDescription("Print status line and headers of the answer too.")
  ),
  silent: Options.boolean("silent").pipe(Options.withDescription("Do not print the body of the answer.")),
  ...Invocation.serverOption,
  ...Invocation.remoteOptions
}

type Given = ServerSettings.Given &
  ApiRequest.Given & {
    readonly ignoreEnv: boolean
    readonly include: boolean
    readonly silent: boolean
  }

type Response = HttpClientResponse.HttpClientResponse

const head = (response: Response): string =>
  [
    `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ""}`.trimEnd(),
    ...Object.entries(response.headers).map(([name, value]) => `${name}: ${plainLine(value)}`),
    "",
    ""
  ].join("\n")

/** As it arrives; on a terminal without control characters, and with a line end at its end. */
const body = (response: Response, output: OutputService) => {
  if (!output.stdoutIsTerminal) return Stream.runForEach(response.stream, (chunk) => output.write(chunk))
  const decoder = new TextDecoder()
  const show = (text: string) => output.write(plain(text))
  return Stream.runForEach(response.stream, (chunk) => show(decoder.decode(chunk, { stream: true }))).pipe(
    Effect.zipRight(Effect.suspend(() => show(`${decoder.decode()}\n`)))
  )
}

/** The answer as one object: a body that is no JSON is a string in it. */
const asJson = (response: Response) =>
  Effect.map(response.text, (text) => ({
    status: response.status,
    headers: { ...response.headers },
    body:
      text === ""
        ? null
        : Either.getOrElse(
            Either.try(() => JSON.parse(text) as unknown),
            () => text
          )
  }))

const answer = (response: Response, given: Given) =>
  Effect.gen(function* () {
    const output = yield* Output
    if ((yield* Invocation.Invocation).json) return yield* output.answerJson(yield* asJson(response))
    if (given.include) yield* output.write(head(response))
    if (!given.silent) yield* body(response, output)
  })

const refused = (request: HttpClientRequest.HttpClientRequest, server: string, status: number) =>
  new ApiRefused({ method: request.method, url: request.url.replace(/[?#].*$/s, ""), server, status })

const run = (given: Given) =>
  Effect.gen(function* () {
    yield* refuseOptions(given.target, "api")
    const settings = yield* ServerSettings.resolve(given)
    const request = yield* ApiRequest.make(given, settings.endpoint)
    const connection = yield* Connection.open(settings, { storedOnly: given.ignoreEnv })
    const response = yield* connection.client.execute(request)
    yield* answer(response, given)
    if (response.status >= 400) return yield* refused(request, settings.endpoint.origin, response.status)
  }).pipe(Effect.scoped)

/** The command. */
export const api = Command.make("api", config, (given) => Invocation.run(given, run(given))).pipe(
  Command.withDescription(
    "Call the server with a token that is good, and print its answer. Exit code 6 for 4xx and 5xx."
  )
)
