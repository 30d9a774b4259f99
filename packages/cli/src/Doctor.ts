/**
 * `mls doctor`: every look in its order, each only where those before it left something to look at.
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as NodeHttp from "@mlserver-auth/node/NodeHttp"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as DoctorAuthority from "./DoctorAuthority.js"
import * as DoctorCall from "./DoctorCall.js"
import { type Check, type Id, ordered, skip, skipAll } from "./DoctorCheck.js"
import * as DoctorProxy from "./DoctorProxy.js"
import * as DoctorServer from "./DoctorServer.js"
import * as DoctorSettings from "./DoctorSettings.js"
import * as DoctorStore from "./DoctorStore.js"
import * as DoctorWay from "./DoctorWay.js"
import { Invocation } from "./Invocation.js"
import type { Output } from "./Output.js"
import type * as ServerSettings from "./ServerSettings.js"

/** What the command line says. */
export type Given = ServerSettings.Given & { readonly ignoreEnv: boolean; readonly offline: boolean }

/** All that was seen. */
export interface Findings {
  readonly checks: ReadonlyArray<Check>
  /** Who is signed in, which a report that is sent elsewhere does not say. */
  readonly user: string | undefined
}

const OF_THE_STORE: ReadonlyArray<Id> = ["store", "lock", "token"]
const AFTER_SERVER: ReadonlyArray<Id> = ["login", "call", "cors"]
const AFTER_TLS: ReadonlyArray<Id> = ["clock", ...AFTER_SERVER]
const AFTER_TCP: ReadonlyArray<Id> = ["tls", "server", ...AFTER_TLS]
const TO_THE_SERVER: ReadonlyArray<Id> = ["dns", "tcp", ...AFTER_TCP]

/** For each step of the way, unless --timeout says otherwise. */
const PATIENCE = Duration.seconds(5)

interface Wanted {
  readonly settings: ServerSettings.ServerSettings
  readonly timeout: Duration.Duration
  readonly stored: DoctorStore.Seen
}

/** A client as the settings have it, with connections of its own, and patience for one call. */
const clientOf = ({ settings, timeout }: Wanted) =>
  NodeHttp.make({
    caFile: settings.caFile,
    connectTimeout: timeout,
    headersTimeout: timeout,
    bodyTimeout: timeout,
    maxResponseBytes: 1024 * 1024
  })

/** One call over a connection of its own. */
const askAnew = (wanted: Wanted) => (request: HttpClientRequest.HttpClientRequest) =>
  Effect.scoped(Effect.flatMap(clientOf(wanted), (client) => DoctorServer.ask(client, request, wanted.timeout)))

/** The client is asked first: what it does is what matters, and the certificates only explain it. */
const answers = (wanted: Wanted, throughProxy: boolean) =>
  Effect.gen(function* () {
    const { settings, stored, timeout } = wanted
    const { caFile, endpoint } = settings
    const client = yield* clientOf(wanted)
    const asked = (request: HttpClientRequest.HttpClientRequest) => DoctorServer.ask(client, request, timeout)
    const answer = yield* asked(HttpClientRequest.get(`${endpoint.base}/status`))
    // Told at the proxy, whose word it is.
    if (answer._tag === "Silent" && answer.refusal !== undefined) return yield* answer.refusal
    const refused = answer._tag === "Silent" && DoctorWay.isUntrusted(answer.code) ? answer.code : undefined
    const trust = { caFile, refusal: refused, throughProxy }
    const known = answer._tag === "Answered" || refused !== undefined
    const tls = known
      ? yield* DoctorWay.certificates(new URL(endpoint.base), trust, timeout)
      : DoctorWay.silent(answer.code)
    if (tls.verdict === "FAIL") return [tls, ...skipAll(["server", ...AFTER_TLS], "needs TLS")]
    const server = DoctorServer.identity(answer)
    if (answer._tag === "Silent") return [tls, server, ...skipAll(AFTER_TLS, "needs an answer")]
    const clock = DoctorServer.clock(answer)
    if (server.verdict === "FAIL")
      return [tls, server, clock, ...skipAll(AFTER_SERVER, "needs a Machine Learning Server")]
    const login = DoctorServer.login(yield* asked(DoctorServer.emptySignIn(settings)), settings, stored.alive)
    const cors = DoctorServer.cors(yield* asked(DoctorServer.preflight(settings)))
    return [tls, server, clock, login, yield* DoctorCall.look(settings, stored, askAnew(wanted)), cors]
  }).pipe(Effect.scoped)

const way = (wanted: Wanted, offline: boolean): Effect.Effect<ReadonlyArray<Check>, ConfigurationInvalid> =>
  Effect.gen(function* () {
    const { settings, timeout } = wanted
    // What cannot be used of proxy and --cacert is told here, also offline.
    yield* Effect.scoped(NodeHttp.make({ caFile: settings.caFile }))
    const route = yield* DoctorProxy.look(`${settings.endpoint.base}/status`, timeout, offline)
    if (offline) return [route.check, ...skipAll(TO_THE_SERVER, "offline")]
    const hop = DoctorWay.hopOf(new URL(settings.endpoint.base), route)
    const dns = yield* DoctorWay.name(hop, timeout)
    if (dns.verdict === "FAIL") return [route.check, dns, ...skipAll(["tcp", ...AFTER_TCP], "needs the name")]
    const tcp = yield* DoctorWay.port(hop, timeout)
    if (tcp.verdict === "FAIL") return [route.check, dns, tcp, ...skipAll(AFTER_TCP, "needs a connection")]
    return yield* answers(wanted, route.proxy !== undefined).pipe(
      Effect.map((found) => [route.check, dns, tcp, ...found]),
      Effect.catchIf(
        (error) => error.setting.endsWith("_PROXY") && route.proxy !== undefined,
        (error) =>
          Effect.succeed([DoctorSettings.ofFailure("proxy", error), dns, tcp, ...skipAll(AFTER_TCP, "needs the proxy")])
      )
    )
  })

/** Whoever issues the tokens, where that is not the server: reached another way, whatever is wrong with the server's. */
const issuer = (wanted: Wanted, offline: boolean): Effect.Effect<Check, ConfigurationInvalid> =>
  offline ? Effect.succeed(skip("authority", "offline")) : DoctorAuthority.look(wanted.settings, askAnew(wanted))

/** A setting of the client that cannot be used: which look it belongs to. */
const unusable = (error: ConfigurationInvalid): ReadonlyArray<Check> => {
  const id = error.setting.endsWith("PROXY") ? "proxy" : "tls"
  const rest: ReadonlyArray<Id> = ["proxy", ...TO_THE_SERVER, "authority"]
  return [
    DoctorSettings.ofFailure(id, error),
    ...skipAll(
      rest.filter((one) => one !== id),
      "needs usable settings"
    )
  ]
}

/** Looks at everything. Nothing is changed, renewed or asked of a person; every step is bounded in time. */
export const examine = (given: Given): Effect.Effect<Findings, never, Output | Invocation> =>
  Effect.gen(function* () {
    const { checks, settings } = yield* DoctorSettings.look(given)
    if (settings === undefined) {
      const rest = skipAll(
        [...OF_THE_STORE, "proxy", ...TO_THE_SERVER, "authority"],
        "needs a profile, or the name of a server"
      )
      return { checks: ordered([...checks, ...rest]), user: undefined }
    }
    const stored = yield* DoctorStore.look(settings, given.ignoreEnv)
    const wanted = { settings, stored, timeout: (yield* Invocation).timeout ?? PATIENCE }
    const network = yield* Effect.all([way(wanted, given.offline), issuer(wanted, given.offline)], {
      concurrency: "unbounded"
    }).pipe(
      Effect.map(([server, authority]) => [...server, authority]),
      Effect.catchAll((error) => Effect.succeed(unusable(error)))
    )
    return { checks: ordered([...checks, ...stored.checks, ...network]), user: stored.user }
  })
