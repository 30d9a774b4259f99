/** `mls services publish`, `update` and `delete`. What another person may rely on is changed after a question, or with `--yes`. */
import { CredentialRequired } from "@mlserver-auth/core/AuthError"
import * as Effect from "effect/Effect"
import { done } from "../../cli/answered.js"
import { confirm } from "../../cli/confirm.js"
import * as Invocation from "../../cli/invocation.js"
import { Output } from "../../cli/output.js"
import type { Given } from "../../cli/table/commandTable.js"
import { usage } from "../../cli/usage.js"
import * as Input from "../../services/input.js"
import { type Doomed, only, opened } from "../../services/opened.js"

/** Whether the person agrees is asked at a terminal; elsewhere there is `--yes`, and else nothing is sent. */
const askable = ({ yes }: { readonly yes: boolean }, doing: string, goal: string) =>
  Effect.flatMap(Invocation.Invocation, ({ interactive }) =>
    yes || interactive
      ? Effect.void
      : usage(`${doing} a service asks first, and there is no terminal`, `Add --yes, if it is to ${goal}.`)
  )

/** No other person's service, nor another version, by a slip of the finger. `Cancelled` unless a person agrees. */
const agreed = ({ name, owner, version }: Doomed, server: string, [verb, done_]: readonly [string, string]) =>
  Effect.gen(function* () {
    const whose = owner === undefined ? "whose owner the server does not name" : `of ${owner}`
    const from = verb === "Delete" ? "from" : "at"
    if (yield* confirm(`${verb} ${name} ${version}, ${whose}, ${from} ${server}?`)) return
    yield* (yield* Output).notice(`Nothing is ${done_}.`)
    return yield* new CredentialRequired({ reason: "Cancelled", detail: "" })
  })

/** The command. */
export const publish = (given: Given<"services publish">) =>
  Effect.gen(function* () {
    const { code, ...definition } = yield* Input.definition(given)
    if (code === undefined) return yield* usage("The code of the service is missing", "Add `--code FILE`; - is stdin.")
    const { server, services, attempt } = yield* opened(given, "publish")
    const published = yield* attempt(services.publish(given, { ...definition, code }))
    yield* done(
      "services-publish",
      { published, server },
      `${published.name} ${published.version} is published at ${server}.`
    )
  }).pipe(Effect.scoped)

/** The command. */
export const update = (given: Given<"services update">) =>
  Effect.gen(function* () {
    yield* askable(given, "Updating", "change")
    const definition = yield* Input.definition(given)
    if (Object.values(definition).every((value) => value === undefined)) {
      return yield* usage("There is nothing to change", "mls services update --help")
    }
    const { server, services, attempt } = yield* opened(given, "update")
    const one = yield* attempt(only(services, given, { looked: !given.yes, verb: "update" }))
    if (!given.yes) yield* agreed(one, server, ["Update", "changed"])
    const updated = yield* attempt(services.update(one, definition))
    yield* done("services-update", { updated, server }, `${updated.name} ${updated.version} is updated at ${server}.`)
  }).pipe(Effect.scoped)

/** The command. */
export const remove = (given: Given<"services delete">) =>
  Effect.gen(function* () {
    yield* askable(given, "Deleting", "go")
    const { server, services, attempt } = yield* opened(given, "delete")
    const one = yield* attempt(only(services, given, { looked: !given.yes, verb: "delete" }))
    if (!given.yes) yield* agreed(one, server, ["Delete", "deleted"])
    yield* attempt(services.remove(one))
    const { name, version } = one
    yield* done(
      "services-delete",
      { deleted: { name, version }, server },
      `${name} ${version} is deleted from ${server}.`
    )
  }).pipe(Effect.scoped)
