/** `mls api`: one call to the server, signed, with its answer on stdout. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as UnauthorizedPolicy from "@mlserver-auth/core/UnauthorizedPolicy"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ApiAnswer from "../ApiAnswer.js"
import { ApiRefused, isPage, leadsAway } from "../ApiRefused.js"
import * as ApiRequest from "../ApiRequest.js"
import * as Connection from "../Connection.js"
import * as DryRun from "../DryRun.js"
import * as Invocation from "../Invocation.js"
import { Output } from "../Output.js"
import * as ServerSettings from "../ServerSettings.js"
import { refuseOptions, usage } from "../Usage.js"

/** What makes the body of a request. */
export const fieldOptions = {
  textField: Options.text("text-field").pipe(
    Options.withAlias("f"),
    Options.withPseudoName("key=value"),
    Options.withDescription("A field with a string for a value: of the JSON body, or of the query with GET."),
    Options.repeated
  ),
  jsonField: Options.text("json-field").pipe(
    Options.withAlias("F"),
    Options.withPseudoName("key:=json"),
    Options.withDescription("A field with any JSON for a value."),
    Options.repeated
  ),
  input: Options.text("input").pipe(
    Options.withPseudoName("file"),
    Options.withDescription("The body: a file, or - for stdin. JSON unless a content-type is given."),
    Options.optional
  )
}

/** What a script wants of an answer. */
export const fieldOption = {
  field: Options.text("field").pipe(
    Options.withPseudoName("a.b"),
    Options.withDescription("Print one value of a JSON answer only: names, and numbers in lists, with dots between."),
    Options.optional
  )
}

const config = {
  target: Args.text({ name: "[METHOD] PATH" }).pipe(
    Args.withDescription(
      "GET, or POST where there is a body, unless a method is given. Paths may leave out the first slash."
    ),
    Args.between(1, 2)
  ),
  verb: Options.text("method").pipe(
    Options.withAlias("X"),
    Options.withPseudoName("method"),
    Options.withDescription("The method, as curl has it; the same as METHOD before the path."),
    Options.optional
  ),
  ...fieldOptions,
  header: Options.text("header").pipe(
    Options.withAlias("H"),
    Options.withPseudoName("name:value"),
    Options.withDescription("A header of the request."),
    Options.repeated
  ),
  include: Options.boolean("include").pipe(
    Options.withAlias("i"),
    Options.withDescription("Print status line and headers of the answer too.")
  ),
  silent: Options.boolean("silent").pipe(Options.withDescription("Do not print the body of the answer.")),
  ...fieldOption,
  noRetry: Options.boolean("no-retry").pipe(
    Options.withDescription("Take a 401 as the answer: renew nothing for it, and send nothing twice.")
  ),
  dryRun: Options.boolean("dry-run").pipe(
    Options.withDescription("Print what would be sent, without secrets, and send nothing.")
  ),
  ...Invocation.serverOption,
  ...Invocation.remoteOptions
}

type Given = ServerSettings.Given &
  ApiRequest.Given &
  ApiAnswer.Wanted & {
    readonly dryRun: boolean
    readonly noRetry: boolean
    readonly ignoreEnv: boolean
  }

const refused = (request: HttpClientRequest.HttpClientRequest, server: string, status: number, page: boolean) =>
  new ApiRefused({ method: request.method, url: request.url.replace(/[?#].*$/s, ""), server, status, page })

/** One value is for a script that wants nothing else. */
const alone = (given: Given) =>
  Effect.gen(function* () {
    if (Option.isNone(given.field)) return
    const { json } = yield* Invocation.Invocation
    const other = json ? "--json" : given.silent ? "--silent" : given.include ? "--include" : undefined
    if (other !== undefined) return yield* usage(`--field and ${other} exclude each other`, "mls api --help")
  })

/** Neither a session nor the network is needed. */
const shown = (request: HttpClientRequest.HttpClientRequest) =>
  Effect.gen(function* () {
    const { answer, answerJson } = yield* Output
    const call = DryRun.of(request)
    yield* (yield* Invocation.Invocation).json ? answerJson({ dryRun: true, ...call }) : answer(DryRun.lines(call))
  })

const taking401 = Effect.provideService(UnauthorizedPolicy.UnauthorizedPolicy, UnauthorizedPolicy.never)

const run = (given: Given) =>
  Effect.gen(function* () {
    yield* refuseOptions(given.target, "api")
    yield* alone(given)
    const settings = yield* ServerSettings.resolve(given)
    const request = yield* ApiRequest.make(given, settings.endpoint)
    if (given.dryRun) return yield* shown(request)
    const opened = Connection.open(settings, { storedOnly: given.ignoreEnv, sealedOnly: true, streams: true })
    const connection = yield* given.noRetry ? taking401(opened) : opened
    const response = yield* connection.client.execute(request)
    yield* ApiAnswer.print(response, given)
    const page = response.status < 400 && isPage(response) && !/html/i.test(request.headers["accept"] ?? "")
    if (response.status >= 400 || leadsAway(response) || page) {
      return yield* refused(request, settings.endpoint.origin, response.status, page)
    }
  }).pipe(Effect.scoped)

/** The command. */
export const api = Command.make("api", config, (given) => Invocation.run(given, run(given))).pipe(
  Command.withDescription(
    "Call the server with a token that is good, and print its answer. Exit code 6 for 3xx, 4xx and 5xx, and for a web page."
  )
)
