/** `mls services`: the published services of a server, as everyday calls. What changes them is in `change.ts`. */
import type * as WebService from "@mlserver-auth/services/WebService"
import * as ServiceTypes from "@mlserver-auth/services/ServiceTypes"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { document } from "../../api/answer.js"
import { Output } from "../../cli/output.js"
import type { Given } from "../../cli/table/commandTable.js"
import { ServiceFailed } from "../../services/failed.js"
import * as Input from "../../services/input.js"
import { opened, shown } from "../../services/opened.js"
import * as ServiceReport from "../../services/report.js"

/** The command. */
export const list = (given: Given<"services list">) =>
  Effect.gen(function* () {
    const { answerText, notice } = yield* Output
    const { services, attempt } = yield* opened(given, "list")
    const found = yield* attempt(services.list(given.name))
    const inWords =
      found.length === 0 ? notice("No service is published there.") : answerText(ServiceReport.services(found))
    yield* shown("services-list", { services: found }, given.field, inWords)
  }).pipe(Effect.scoped)

/** The command. */
export const get = (given: Given<"services get">) =>
  Effect.gen(function* () {
    const { answerText } = yield* Output
    const { services, attempt } = yield* opened(given, "get")
    const service = yield* attempt(services.get(given))
    yield* shown("services-get", { service }, given.field, answerText(ServiceReport.details(service)))
  }).pipe(Effect.scoped)

/** The command. */
export const swagger = (given: Given<"services swagger">) =>
  Effect.gen(function* () {
    const { services, attempt } = yield* opened(given, "swagger")
    const described = yield* attempt(services.swagger(given))
    yield* shown("services-swagger", described, given.field, document(JSON.stringify(described), undefined))
  }).pipe(Effect.scoped)

/** The command. */
export const types = (given: Given<"services types">) =>
  Effect.gen(function* () {
    const { write } = yield* Output
    const { server, services, attempt } = yield* opened(given, "types")
    const { name, version } = yield* attempt(services.get(given))
    const found = ServiceTypes.typeScript({ name, version }, yield* attempt(services.swagger({ name, version })))
    if (Option.isNone(found)) return yield* new ServiceFailed({ reason: "AnswerUnreadable", server })
    const inWords = Effect.catchTag(write(found.value), "ReaderGone", () => Effect.void)
    yield* shown("services-types", { name, version, typescript: found.value }, undefined, inWords)
  }).pipe(Effect.scoped)

/** What the service printed is no answer. */
const printed = (outcome: WebService.Outcome) =>
  Effect.gen(function* () {
    const { answer, notice } = yield* Output
    const { consoleOutput, errorMessage } = outcome
    for (const text of [consoleOutput, errorMessage]) {
      if (text !== undefined && text !== null && text !== "") yield* notice(text.trimEnd())
    }
    const lines = ServiceReport.outputs(outcome)
    if (lines.length > 0) yield* answer(lines.join("\n"))
  })

/** The command. What a failed run says is shown whole: a value is one of a success. */
export const consume = (given: Given<"services consume">) =>
  Effect.gen(function* () {
    const { services, attempt } = yield* opened(given, "consume")
    const outcome = yield* attempt(services.consume(given, yield* Input.values(given))).pipe(
      Effect.tapErrorTag("ServiceFailed", ({ outcome: of }) =>
        of === undefined ? Effect.void : shown("services-consume", of, undefined, printed(of))
      )
    )
    yield* shown("services-consume", outcome, given.field, printed(outcome))
  }).pipe(Effect.scoped)
