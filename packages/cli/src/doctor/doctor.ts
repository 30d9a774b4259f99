/**
 * `mls doctor`: every check in its order, each only where those that it builds on left something to look at. Nothing is
 * changed, renewed or asked of a person, and every step is bounded in time.
 */
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { proxyRefusal } from "@mlserver-auth/core/AuthHttpClient"
import * as TimeLimit from "@mlserver-auth/core/TimeLimit"
import * as NodeHttp from "@mlserver-auth/node/NodeHttp"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Given } from "../cli/table/commandTable.js"
import { ExitCode } from "../cli/exitCode.js"
import { Invocation } from "../cli/invocation.js"
import * as Problem from "../cli/problem.js"
import * as ConfigFile from "../config/files/file.js"
import * as ServerSettings from "../config/settings.js"
import { type Check, failed, type Finding, type Id, IDS, skip, wrong } from "./check.js"
import * as Machine from "./machine.js"
import * as Network from "./network.js"
import * as Server from "./server.js"
import * as Session from "./session.js"
import type { Answer, Look, World } from "./world.js"

/** A check: what it builds on, and what is said of those that build on it where it failed. */
interface Spec {
  readonly look: Look
  readonly after: Checked | undefined
  readonly lacking?: string
  /** Says something offline too. */
  readonly isLocal?: true
}

type Checked = Exclude<Id, "config" | "profile">

type Found = Map<Id, Finding>

/** To add a check: its name in `IDS`, and a line here. */
const CHECKS: Readonly<Record<Checked, Spec>> = {
  store: { look: Machine.store, after: undefined, lacking: "needs the store", isLocal: true },
  lock: { look: Machine.lock, after: "store", isLocal: true },
  token: { look: Machine.token, after: "store", isLocal: true },
  proxy: { look: Machine.proxy, after: undefined, lacking: "needs the proxy", isLocal: true },
  dns: { look: Network.dns, after: "proxy", lacking: "needs the name" },
  tcp: { look: Network.tcp, after: "dns", lacking: "needs a connection" },
  tls: { look: Network.tls, after: "tcp", lacking: "needs TLS", isLocal: true },
  server: { look: Server.server, after: "tls", lacking: "needs a Machine Learning Server" },
  clock: { look: Server.clock, after: "tls" },
  login: { look: Server.login, after: "server" },
  authority: { look: Session.authority, after: undefined },
  cors: { look: Server.cors, after: "server" },
  call: { look: Session.call, after: "server" }
}

const NO_SERVER = "needs a profile, or the name of a server"

/** Default for each step: 5 seconds. A keyring may not answer at all. */
const STEP_TIMEOUT = Duration.seconds(5)
const KEYRING_TIMEOUT = Duration.seconds(15)

/** A failure of another command, as a check. A command line that contradicts the settings is a setting to be put right. */
const ofFailure = (error: Problem.Failure): Finding => {
  const { exit, fix, message } = Problem.fromFailure(error)
  return failed(exit === ExitCode.usage ? ExitCode.configuration : exit)(message, fix[0] ?? "mls doctor --help")
}

/** One call as the settings have it, over connections of its own. */
const ask =
  ({ caFile }: ServerSettings.ServerSettings, timeout: Duration.Duration): World["ask"] =>
  (request: HttpClientRequest.HttpClientRequest) =>
    Effect.gen(function* () {
      const limits = { connectTimeout: timeout, headersTimeout: timeout, bodyTimeout: timeout }
      const client = yield* NodeHttp.make({ caFile, ...limits, maxResponseBytes: 1024 * 1024 })
      const answered = Effect.gen(function* () {
        const startedAt = yield* Clock.currentTimeMillis
        const { headers, status, text } = yield* client.execute(request)
        const at = (startedAt + (yield* Clock.currentTimeMillis)) / 2
        return { _tag: "Answered", status, headers, body: yield* text, at } satisfies Answer
      })
      return yield* answered.pipe(
        TimeLimit.timeoutFail({ duration: timeout, onTimeout: () => "no answer in time" }),
        Effect.catchAll((error): Effect.Effect<Answer> => {
          if (typeof error === "string") return Effect.succeed({ _tag: "Silent", code: error })
          const code = error._tag === "RequestError" ? error.description : undefined
          const refusal = proxyRefusal(error.cause, request.url)
          return Effect.succeed({ _tag: "Silent", code: code ?? "the answer broke off", refusal })
        })
      )
    }).pipe(Effect.scoped)

/** What the checks before it leave of a check: nothing, if one that it builds on failed, or was left out for that. */
const lackingFor = (id: Checked, found: Found): string | undefined => {
  const { after } = CHECKS[id]
  if (after === undefined) return undefined
  return found.get(after)?.verdict === "FAIL" ? CHECKS[after].lacking : lackingFor(after, found)
}

const SILENT = wrong("the keyring does not answer", "Unlock it, or: mls login --force --store encrypted")

/** One check. A proxy refuses where the first call is made; it is the proxy's failure. */
const checked = (id: Checked, world: World, found: Found) =>
  Effect.gen(function* () {
    const { isLocal, look } = CHECKS[id]
    if (world.offline && isLocal !== true) return skip("offline")
    const lacking = lackingFor(id, found)
    if (lacking !== undefined) return skip(lacking)
    const limit = id === "store" || id === "token" ? KEYRING_TIMEOUT : Duration.infinity
    return yield* look(world).pipe(
      TimeLimit.timeoutOption(limit),
      Effect.map(Option.getOrElse(() => SILENT)),
      Effect.catchAll((error) => {
        const isOfProxy = id === "tls" && "setting" in error && error.setting.endsWith("_PROXY")
        if (isOfProxy) found.set("proxy", ofFailure(error))
        return Effect.succeed(isOfProxy ? skip("needs the proxy") : ofFailure(error))
      })
    )
  })

/** All that was seen. */
export interface Findings {
  readonly checks: ReadonlyArray<Check>
  /** Who is signed in, which a report that is sent elsewhere does not say. */
  readonly user: string | undefined
}

const ordered = (found: Found, otherwise: string): ReadonlyArray<Check> =>
  IDS.map((id) => ({ id, ...(found.get(id) ?? skip(otherwise)) }))

/** Looks at everything. */
export const examine = (given: Given<"doctor">) =>
  Effect.gen(function* () {
    const found: Found = new Map()
    const lacking = (): Findings => ({ checks: ordered(found, NO_SERVER), user: undefined })
    const config = yield* Effect.merge(Effect.mapError(Machine.config, ofFailure))
    found.set("config", config)
    // Without a place for a configuration a server may still be named, and the tokens be in memory.
    if (config.verdict === "FAIL" && (yield* Effect.isSuccess(ConfigFile.file))) {
      found.set("profile", skip("needs the configuration"))
      return lacking()
    }
    const settings = yield* Effect.either(ServerSettings.resolve(given))
    if (settings._tag === "Left") {
      found.set("profile", ofFailure(settings.left))
      return lacking()
    }
    found.set("profile", Machine.profile(settings.right))
    const timeout = (yield* Invocation).timeout ?? STEP_TIMEOUT
    const { ignoreEnv, offline } = given
    const world: World = { settings: settings.right, ignoreEnv, offline, timeout, ask: ask(settings.right, timeout) }
    for (const id of Object.keys(CHECKS) as ReadonlyArray<Checked>) found.set(id, yield* checked(id, world, found))
    return { checks: ordered(found, "offline"), user: world.user }
  }).pipe(Effect.scoped)
