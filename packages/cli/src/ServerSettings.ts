/**
 * Which server a command speaks to, and how: argument, then environment, then what `login` remembered.
 */
import type { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as ServerEndpoint from "@mlserver-auth/core/ServerEndpoint"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Path from "node:path"
import * as Cloud from "./Cloud.js"
import { variable } from "./Invocation.js"
import type { Output } from "./Output.js"
import * as ServerConfig from "./ServerConfig.js"
import type { UsageError } from "./Usage.js"

/** No server was named, and none is remembered: nobody has signed in yet. */
export class ServerUnknown extends Data.TaggedError("ServerUnknown")<{}> {
  override get message(): string {
    return "Not signed in to any server, and none was named"
  }
}

/** A server that a command can speak to, and who issues its tokens: Azure where there is a `cloud`. */
export interface ServerSettings extends Cloud.Choice {
  readonly endpoint: ServerEndpoint.ServerEndpoint
  /** What named the server, for people: `the argument`, `MLS_HOST`, … */
  readonly namedBy: string
  readonly loginPath: string | undefined
  readonly allowHttp: boolean
  readonly caFile: string | undefined
}

/** What the command line says about the server. */
export interface Given extends Cloud.Given {
  readonly url?: Option.Option<string> | undefined
  readonly server?: Option.Option<string> | undefined
  readonly allowHttp: boolean
  readonly cacert: Option.Option<string>
  readonly loginPath?: Option.Option<string> | undefined
}

const given = <A>(option: Option.Option<A> | undefined): A | undefined =>
  option === undefined ? undefined : Option.getOrUndefined(option)

/** The server's name as given, and by what. */
const named = (options: Given, remembered: ServerConfig.File) =>
  Effect.gen(function* () {
    const argument = given(options.url)
    if (argument !== undefined) return { url: argument, namedBy: "the argument" }
    const option = given(options.server)
    if (option !== undefined) return { url: option, namedBy: "--server" }
    const host = yield* variable("MLS_HOST")
    if (host !== undefined) return { url: host, namedBy: "MLS_HOST" }
    if (remembered.default !== undefined) return { url: remembered.default, namedBy: "the last sign-in" }
    return yield* new ServerUnknown()
  })

/**
 * The server to speak to. What was remembered of it (certificate, log-in path, plain http, Azure) holds unless it is
 * said anew. `ServerUnknown` where none is known, `ConfigurationInvalid` where it cannot be used.
 */
export const resolve = (
  options: Given,
  load: Effect.Effect<ServerConfig.File, ConfigurationInvalid, Output> = ServerConfig.load
): Effect.Effect<ServerSettings, ServerUnknown | UsageError | ConfigurationInvalid, Output> =>
  Effect.gen(function* () {
    const remembered = yield* load
    const { namedBy, url } = yield* named(options, remembered)
    const lenient = ServerEndpoint.make(url, { dangerouslyAllowHttp: true })
    const base = lenient._tag === "Right" ? lenient.right.base : undefined
    const known = remembered.servers.find((server) => server.url === base)
    const allowHttp = options.allowHttp || known?.allowHttp === true
    const endpoint = yield* ServerEndpoint.make(url, { dangerouslyAllowHttp: allowHttp })
    const caFile = given(options.cacert) ?? (yield* variable("MLS_CACERT"))
    const choice = yield* Cloud.choose(options, known)
    const { cloud, method } = choice
    const authority = cloud === undefined ? {} : { authority: cloud.authority.base }
    yield* Effect.annotateLogs(Effect.logDebug("server chosen"), {
      server: endpoint.base,
      namedBy,
      method,
      ...authority
    })
    return {
      ...choice,
      endpoint,
      namedBy,
      allowHttp,
      loginPath: given(options.loginPath) ?? known?.loginPath,
      caFile: caFile === undefined ? known?.caFile : Path.resolve(caFile)
    }
  })

/** What of it is worth remembering. */
export const toRemember = (settings: ServerSettings): ServerConfig.Server => ({
  url: settings.endpoint.base,
  ...(settings.loginPath === undefined ? {} : { loginPath: settings.loginPath }),
  ...(settings.allowHttp ? { allowHttp: true } : {}),
  ...(settings.caFile === undefined ? {} : { caFile: settings.caFile }),
  ...(settings.cloud === undefined ? {} : { method: settings.method, azure: Cloud.toRemember(settings.cloud) })
})
