/**
 * The library's services over a command's session. A refusal is reported as `mls api` does: the answer on stdout, and then
 * what the server says of it.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type * as ServiceError from "@mlserver-auth/services/ServiceError"
import * as Services from "@mlserver-auth/services/Services"
import * as WebService from "@mlserver-auth/services/WebService"
import * as Effect from "effect/Effect"
import * as ApiAnswer from "../api/answer.js"
import { ApiRefused } from "../api/refused.js"
import * as Connection from "../auth/connection.js"
import { answered } from "../cli/answered.js"
import type * as Outputs from "../outputs/outputs.js"
import type { SessionGiven } from "../cli/table/commandTable.js"
import * as Invocation from "../cli/invocation.js"
import { usage, type UsageError } from "../cli/usage.js"
import * as ServerSettings from "../config/settings.js"
import { ServiceFailed } from "./failed.js"

/** What was typed, as far as all commands look at it. */
interface Line extends SessionGiven {
  readonly name?: string | undefined
  readonly version?: string | undefined
  readonly id?: string | undefined
  readonly file?: string | undefined
  readonly field?: string | undefined
}

/** Names that a path would lose are no names, and one value is for a script that wants nothing else. */
const checked = ({ field, file, id, name, version }: Line, command: string) =>
  Effect.gen(function* () {
    if ([name, version, id, file].some((word) => word !== undefined && /^\.{0,2}$/.test(word))) {
      return yield* usage("That is no name of a service, or no version", `mls services ${command} --help`)
    }
    if (field !== undefined && (yield* Invocation.Invocation).json) {
      return yield* usage("--field and --json exclude each other", `mls services ${command} --help`)
    }
  })

/** The services of the server that a command is about; `command`: how it is called. Nothing is sent yet. */
export const opened = (given: Line, command: string) =>
  Effect.gen(function* () {
    yield* checked(given, command)
    const settings = yield* ServerSettings.resolve(given)
    const connection = yield* Connection.open(settings, { storedOnly: given.ignoreEnv, sealedOnly: true })
    const { client, endpoint, session } = connection
    let refusal: HttpClientResponse.HttpClientResponse | undefined
    const seen = HttpClient.tap(client, (response) =>
      Effect.sync(() => {
        // What the library asks afterwards, whose the service is, is nothing to be printed.
        if (response.status >= 400) refusal ??= response
      })
    )
    const refused = ({ method, owner, reason, says, status, url }: ServiceError.ServiceRefused) =>
      Effect.gen(function* () {
        if (refusal !== undefined) yield* ApiAnswer.print(refusal, ApiAnswer.WHOLE)
        return yield* new ApiRefused({
          method,
          url,
          server: endpoint.origin,
          status,
          certificate: reason === "CertificateWanted",
          owner,
          says: says === "" ? undefined : says
        })
      })
    return {
      server: endpoint.base,
      services: Services.make(seen, session),
      /** Runs a call of them, and tells how it failed. */
      attempt: <A, R>(call: Effect.Effect<A, Services.Error | UsageError, R>) =>
        Effect.catchTags(call, {
          ServiceRefused: refused,
          ServiceFailed: ({ outcome, reason }) => new ServiceFailed({ reason, server: endpoint.origin, outcome })
        })
    }
  })

/** The services of a server, and a call of them. */
export type Opened = Effect.Effect.Success<ReturnType<typeof opened>>

/** The answer, or the value of it that `field` names. */
export const shown = <N extends Outputs.Name, E = never, R = never>(
  output: N,
  json: Outputs.Of<N>,
  field: string | undefined,
  inWords: string | Effect.Effect<void, E, R>
) =>
  Effect.gen(function* () {
    if (field !== undefined) return yield* ApiAnswer.document(JSON.stringify(json), field)
    yield* answered(output, json, inWords)
  })

/** What is to be changed, or taken down. */
export interface Doomed extends Services.Version {
  /** Where the server was asked and says so. */
  readonly owner: string | undefined
}

/**
 * The version that was named, else the only one there is: no one wants to lose the wrong one. `looked`: the server is asked
 * for a version that was named too, whose it is.
 */
export const only = (
  services: Services.Service,
  { name, version }: { readonly name: string; readonly version: string | undefined },
  { looked, verb }: { readonly looked: boolean; readonly verb: string }
): Effect.Effect<Doomed, Services.Error | UsageError> =>
  Effect.gen(function* () {
    if (version !== undefined && !looked) return { name, version, owner: undefined }
    const one = yield* services.get({ name, version })
    const others = version === undefined ? yield* services.list(name) : [one]
    if (others.length === 1) return { name: one.name, version: one.version, owner: WebService.ownerOf(one) }
    const versions = others.map((each) => each.version).join(", ")
    return yield* Effect.fail<UsageError>(
      usage(`There are ${others.length} versions: ${versions}`, `Name the one: \`mls services ${verb} NAME VERSION\``)
    )
  })
