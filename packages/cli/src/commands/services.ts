/** `mls services`: the published services of a server, as everyday calls. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { CredentialRequired } from "@mlserver-auth/core/AuthError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ApiRequest from "../ApiRequest.js"
import { confirm } from "../Confirmation.js"
import * as Connection from "../Connection.js"
import * as Invocation from "../Invocation.js"
import * as JsonField from "../JsonField.js"
import { Output } from "../Output.js"
import { prettyJson } from "../PrettyJson.js"
import * as ServerSettings from "../ServerSettings.js"
import * as ServiceCalls from "../ServiceCalls.js"
import { ServiceFailed } from "../ServiceFailed.js"
import * as ServiceReport from "../ServiceReport.js"
import { refuseOptions, usage } from "../Usage.js"
import { fieldOption, fieldOptions } from "./api.js"

const name = Args.text({ name: "NAME" }).pipe(Args.withDescription("The service."))
const version = Args.text({ name: "VERSION" }).pipe(Args.optional)
const remote = { ...Invocation.serverOption, ...Invocation.remoteOptions }

const newest = Args.withDescription(version, "The one published last unless given.")
const single = Args.withDescription(version, "May be left out where there is only one.")

type Remote = ServerSettings.Given & { readonly ignoreEnv: boolean }
type Answered = { readonly field: Option.Option<string> }
type Named = Remote & { readonly name: string; readonly version: Option.Option<string> }

const opened = (given: Remote) =>
  Effect.flatMap(ServerSettings.resolve(given), (settings) =>
    Connection.open(settings, { storedOnly: given.ignoreEnv, sealedOnly: true })
  )

const nameOf = (given: Named): ServiceCalls.Name => ({
  name: given.name,
  version: Option.getOrUndefined(given.version)
})

/** Names that a path would lose are no names. */
const checked = (given: Named, command: string) =>
  Effect.gen(function* () {
    const words = [given.name, ...Option.toArray(given.version)]
    yield* refuseOptions(words, `services ${command}`)
    if (words.some((word) => /^\.{0,2}$/.test(word))) {
      return yield* usage("That is no name of a service, or no version", `mls services ${command} --help`)
    }
  })

/** One value is for a script that wants nothing else. */
const alone = ({ field }: Answered, command: string) =>
  Effect.flatMap(Invocation.Invocation, ({ json }) =>
    json && Option.isSome(field)
      ? usage("--field and --json exclude each other", `mls services ${command} --help`)
      : Effect.void
  )

/** As JSON, or a value of that, or in words. */
const answered = <E, R>(json: object, { field }: Answered, inWords: Effect.Effect<void, E, R>) =>
  Effect.gen(function* () {
    const { answer, answerJson, stdoutIsTerminal } = yield* Output
    if ((yield* Invocation.Invocation).json) return yield* answerJson(json)
    if (Option.isNone(field)) return yield* inWords
    const text = yield* JsonField.pick(JSON.stringify(json), field.value)
    yield* answer(stdoutIsTerminal ? prettyJson(text) : text)
  })

const listed = (given: Remote & Answered & { readonly name: Option.Option<string> }) =>
  Effect.gen(function* () {
    const { answerText, notice } = yield* Output
    yield* refuseOptions(Option.toArray(given.name), "services list")
    yield* alone(given, "list")
    const connection = yield* opened(given)
    const services = yield* ServiceCalls.list(
      connection,
      Option.isSome(given.name) ? { name: given.name.value } : undefined
    )
    const none = services.length === 0
    const inWords = none ? notice("No service is published there.") : answerText(ServiceReport.table(services))
    yield* answered({ services }, given, inWords)
  }).pipe(Effect.scoped)

const got = (given: Named & Answered) =>
  Effect.gen(function* () {
    const { answerText } = yield* Output
    yield* checked(given, "get")
    yield* alone(given, "get")
    const service = yield* ServiceCalls.find(yield* opened(given), nameOf(given))
    yield* answered({ service }, given, answerText(ServiceReport.details(service)))
  }).pipe(Effect.scoped)

/** Nobody else's service, nor another version, is to go by a slip of the finger. `Cancelled` unless a person agrees. */
const agreed = ({ name, owner, version }: ServiceCalls.Doomed, server: string) =>
  Effect.gen(function* () {
    const whose = owner === undefined ? "whose owner the server does not name" : `of ${owner}`
    if (yield* confirm(`Delete ${name} ${version}, ${whose}, from ${server}?`)) return
    yield* (yield* Output).notice("Nothing is deleted.")
    return yield* new CredentialRequired({ reason: "Cancelled", detail: "" })
  })

const deleted = (given: Named & { readonly yes: boolean }) =>
  Effect.gen(function* () {
    const { answerJson, marked } = yield* Output
    yield* checked(given, "delete")
    const { interactive, json } = yield* Invocation.Invocation
    if (!given.yes && !interactive) {
      return yield* usage(
        "Deleting a service asks first, and there is no terminal to ask at",
        "Add --yes, if it is to go."
      )
    }
    const connection = yield* opened(given)
    const server = connection.endpoint.base
    const one = yield* ServiceCalls.only(connection, nameOf(given), !given.yes)
    if (!given.yes) yield* agreed(one, server)
    yield* ServiceCalls.remove(connection, one)
    const { name, version } = one
    yield* json
      ? answerJson({ deleted: { name, version }, server })
      : marked("✓", `${name} ${version} is deleted from ${server}.`)
  }).pipe(Effect.scoped)

/** What the service printed is no answer. */
const told = (outcome: ServiceCalls.Outcome) =>
  Effect.gen(function* () {
    const { answer, notice } = yield* Output
    const { consoleOutput, errorMessage } = outcome
    for (const text of [consoleOutput, errorMessage]) {
      if (text !== undefined && text !== null && text !== "") yield* notice(text.trimEnd())
    }
    const lines = ServiceReport.outputs(outcome)
    if (lines.length > 0) yield* answer(lines.join("\n"))
  })

type Inputs = Named & Answered & Pick<ApiRequest.Given, "textField" | "jsonField" | "input">

const consumed = (given: Inputs) =>
  Effect.gen(function* () {
    yield* checked(given, "consume")
    yield* alone(given, "consume")
    const settings = yield* ServerSettings.resolve(given)
    const asked = nameOf(given)
    const target = ["POST", ServiceCalls.pathOf("api", asked)]
    // What was typed is looked at before anything is sent.
    const typed = yield* ApiRequest.make({ ...given, target, header: [] }, settings.endpoint)
    const connection = yield* Connection.open(settings, { storedOnly: given.ignoreEnv, sealedOnly: true })
    const found = asked.version === undefined ? yield* ServiceCalls.find(connection, asked) : asked
    const url = `${settings.endpoint.base}/${ServiceCalls.pathOf("api", found)}`
    const outcome = yield* ServiceCalls.consume(connection, HttpClientRequest.setUrl(typed, url), found)
    // A value of a success; what a failed run says is shown whole.
    yield* answered(outcome, outcome.success ? given : { field: Option.none() }, told(outcome))
    if (!outcome.success) return yield* new ServiceFailed({ reason: "Failed", server: settings.endpoint.origin })
  }).pipe(Effect.scoped)

const list = Command.make("list", { name: Args.optional(name), ...fieldOption, ...remote }, (given) =>
  Invocation.run(given, listed(given))
).pipe(Command.withDescription("List every version of every service, or of one."))

const get = Command.make("get", { name, version: newest, ...fieldOption, ...remote }, (given) =>
  Invocation.run(given, got(given))
).pipe(Command.withDescription("Tell what a service wants, what it gives, whose it is, and what you may do with it."))

const yes = Options.boolean("yes").pipe(
  Options.withAlias("y"),
  Options.withDescription("Delete without asking; needed where there is no terminal.")
)

const remove = Command.make("delete", { name, version: single, yes, ...remote }, (given) =>
  Invocation.run(given, deleted(given))
).pipe(Command.withDescription("Delete a version of a service. Asks first, with its name, version and owner."))

const consume = Command.make(
  "consume",
  { name, version: newest, ...fieldOptions, ...fieldOption, ...remote },
  (given) => Invocation.run(given, consumed(given))
).pipe(Command.withDescription("Run a service with inputs, and print its outputs. Exit code 6 where it fails."))

/** The command. */
export const services = Command.make("services").pipe(
  Command.withDescription("List, look at, delete and run published services."),
  Command.withSubcommands([list, get, remove, consume])
)
