/** `mls api`: one call to the server, signed, with its answer on stdout. */
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as UnauthorizedPolicy from "@mlserver-auth/core/UnauthorizedPolicy"
import * as Effect from "effect/Effect"
import * as ApiAnswer from "../api/answer.js"
import { isPage, isStrange, leadsAway, wantsCertificate } from "../api/kind.js"
import { ApiRefused } from "../api/refused.js"
import * as ApiRequest from "../api/request.js"
import * as Connection from "../auth/connection.js"
import * as Download from "../api/download.js"
import * as DryRun from "../api/dryRun.js"
import { answered } from "../cli/answered.js"
import * as Invocation from "../cli/invocation.js"
import * as ServerSettings from "../config/settings.js"
import type { Given as CommandGiven } from "../cli/table/commandTable.js"
import { usage } from "../cli/usage.js"

type Given = CommandGiven<"api">

const pathOf = ({ url }: HttpClientRequest.HttpClientRequest): string => url.replace(/[?#].*$/s, "")

/** One value is for a script that wants nothing else, and a file for the body. */
const alone = (given: Given) =>
  Effect.gen(function* () {
    const isSaved = fileOf(given) !== undefined
    if (isSaved && given.silent) return yield* usage("--output and --silent exclude each other", "mls api --help")
    if (given.field === undefined) return
    const { json } = yield* Invocation.Invocation
    const shown = json ? "--json" : given.silent ? "--silent" : given.include ? "--include" : undefined
    const other = isSaved ? "--output" : shown
    if (other !== undefined) return yield* usage(`--field and ${other} exclude each other`, "mls api --help")
  })

/** Where the body goes, unless to stdout. */
const fileOf = ({ output }: Given): string | undefined => (output === "-" ? undefined : output)

/** Neither a session nor the network is needed. */
const printDryRun = (request: HttpClientRequest.HttpClientRequest) => {
  const call = DryRun.of(request)
  return answered("api-dry-run", call, DryRun.lines(call))
}

const taking401 = Effect.provideService(UnauthorizedPolicy.UnauthorizedPolicy, UnauthorizedPolicy.never)

/** The command. */
export const run = (given: Given) =>
  Effect.gen(function* () {
    yield* alone(given)
    const settings = yield* ServerSettings.resolve(given)
    const request = yield* ApiRequest.make(given, settings.endpoint)
    if (given.dryRun) return yield* printDryRun(request)
    const opened = Connection.open(settings, { storedOnly: given.ignoreEnv, sealedOnly: true, streams: true })
    const connection = yield* given.noRetry ? taking401(opened) : opened
    const file = fileOf(given)
    const download = file === undefined ? undefined : yield* Download.open(file)
    const response = yield* connection.client.execute(request)
    const { method } = request
    const { status } = response
    const page = status < 400 && isStrange(response, request)
    // Before it is printed, since the reader of stdout may leave.
    const certificate = status >= 400 && isPage(response) && wantsCertificate(yield* ApiAnswer.textOf(response))
    const isSuccess = status >= 200 && status < 300 && !page
    // What refuses is read at stdout; the file stays as it was.
    if (isSuccess && download !== undefined) return yield* ApiAnswer.save(response, given, download)
    yield* ApiAnswer.print(response, given)
    if (status >= 400 || leadsAway(response) || page) {
      const { origin } = settings.endpoint
      return yield* new ApiRefused({ method, url: pathOf(request), server: origin, status, page, certificate })
    }
  }).pipe(Effect.scoped)
