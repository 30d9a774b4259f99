/**
 * A Machine Learning Server on loopback, or inside the process: its documented authentication, roles and services, and
 * knobs to make things go wrong.
 *
 * It is written from the server's documentation and shares no code with the client, so that the two can disagree and a
 * test can see it.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Accounts from "./Accounts.js"
import * as Api from "./Api.js"
import * as AzureApi from "./azure/AzureApi.js"
import * as Authority from "./azure/Authority.js"
import * as Control from "./Control.js"
import * as CrossOrigin from "./CrossOrigin.js"
import * as Faults from "./Faults.js"
import * as Gates from "./Gates.js"
import * as Grants from "./Grants.js"
import * as InProcessClient from "./InProcessClient.js"
import * as Meter from "./Meter.js"
import * as Pages from "./Pages.js"
import type { ApiVersion } from "./Reply.js"
import { sampleServices } from "./SampleServices.js"
import type { Request } from "./Request.js"
import * as SocketServer from "./SocketServer.js"
import * as Tokens from "./Tokens.js"
import { type AnswerShape, type Configuration, usernames, type World } from "./World.js"

export type { AzureOptions, AzureSettings, AzureShape } from "./azure/Authority.js"
export type { Pages } from "./Pages.js"
export type { Answer } from "./Reply.js"
export type { Request } from "./Request.js"
export { ListenError } from "./SocketServer.js"

/** A running server. */
export interface Service {
  /** Where it answers, without a trailing slash: `http://127.0.0.1:49152`. */
  readonly url: string
  readonly control: Control.Control
  /** The four settings of a log-in through Azure Active Directory; `undefined` when that is off. */
  readonly azure?: Authority.AzureSettings | undefined
}

/** A running server. */
export class DevServer extends Context.Tag("@mlserver-auth/dev-server/DevServer")<DevServer, Service>() {}

/** How a server is set up. Everything has a default. */
export interface Options {
  /** Who can log in: {@link Accounts.sample} unless told. */
  readonly accounts?: Accounts.Accounts | undefined
  /** `/login` unless told; `/refreshToken` lies beneath it. */
  readonly loginPath?: string | undefined
  /** `jwt` unless told. */
  readonly tokenFormat?: Tokens.TokenFormat | undefined
  /** One hour, 14 days and 90 days unless told. */
  readonly lifetimes?:
    | {
        readonly accessToken?: Duration.DurationInput | undefined
        readonly refreshToken?: Duration.DurationInput | undefined
        readonly chain?: Duration.DurationInput | undefined
      }
    | undefined
  /** `number` unless told: the examples send a number, the official schema says string. */
  readonly expiresOn?: AnswerShape["expiresOn"] | undefined
  /** Sent unless told. */
  readonly expiresIn?: boolean | undefined
  /** Off unless told: token answers hold nothing but `access_token`. */
  readonly accessTokenOnly?: boolean | undefined
  /** `pair` unless told: what a revocation answers. */
  readonly revocation?: AnswerShape["revocation"] | undefined
  /** `9.3.0` unless told: the version whose error body is sent. */
  readonly apiVersion?: ApiVersion | undefined
  /** How far the server's clock is ahead; a number is milliseconds and may be negative. */
  readonly clockOffset?: Duration.DurationInput | undefined
  /**
   * Off unless told: an Azure Active Directory below `/{tenant}/` of the same origin, whose tokens the server takes. Then
   * nobody logs in at the server itself; `accounts` still declares the roles.
   */
  readonly azure?: true | Authority.AzureOptions | undefined
}

/** How a server on a socket is set up. */
export interface SocketOptions extends Options {
  /** `127.0.0.1` unless told. Anything but loopback is refused. */
  readonly host?: string | undefined
  /** A free one unless told. */
  readonly port?: number | undefined
  /**
   * Nobody unless told, as the documented server has it: the origins whose pages may call it, `true` for all. The
   * authority's own rules stay as they are.
   */
  readonly cors?: CrossOrigin.Origins | undefined
  /** Pages to serve on the same origin, made for the running server. */
  readonly pages?: ((own: Service) => Pages.Pages) | undefined
}

/** How a server inside the process is set up. */
export interface InProcessOptions extends Options {
  /** `http://127.0.0.1:12800` unless told. No socket is opened, so any origin will do, `https` too. */
  readonly url?: string | undefined
}

const millis = (input: Duration.DurationInput | undefined, otherwise: number): number =>
  input === undefined ? otherwise : typeof input === "number" ? input : Duration.toMillis(input)

const configure = (options: Options): Configuration => {
  const documented = Grants.documentedLifetimes
  return {
    accounts: options.accounts ?? Accounts.sample,
    loginPath: options.loginPath ?? "/login",
    lifetimes: {
      accessToken: millis(options.lifetimes?.accessToken, documented.accessToken),
      refreshToken: millis(options.lifetimes?.refreshToken, documented.refreshToken),
      chain: millis(options.lifetimes?.chain, documented.chain)
    },
    shape: {
      expiresOn: options.expiresOn ?? "number",
      expiresIn: options.expiresIn ?? true,
      accessTokenOnly: options.accessTokenOnly ?? false,
      revocation: options.revocation ?? "pair"
    },
    apiVersion: options.apiVersion ?? "9.3.0",
    clockOffset: millis(options.clockOffset, 0)
  }
}

const makeAuthority = ({ azure, tokenFormat }: Options, { lifetimes }: Configuration) =>
  azure === undefined
    ? Effect.succeed(undefined)
    : Authority.make(azure === true ? {} : azure, tokenFormat ?? "jwt", lifetimes.accessToken)

const makeWorld = (options: Options): Effect.Effect<World> =>
  Effect.gen(function* () {
    const configuration = configure(options)
    const now = (yield* Effect.clockWith((clock) => clock.currentTimeMillis)) + configuration.clockOffset
    const azure = yield* makeAuthority(options, configuration)
    return {
      configuration,
      azure,
      tokens: yield* Tokens.make(options.tokenFormat ?? "jwt"),
      meter: yield* Meter.make,
      faults: Faults.make(),
      gates: Gates.make(),
      grants: Grants.empty(configuration.lifetimes),
      services: sampleServices(usernames({ azure, configuration }), now),
      clockOffset: configuration.clockOffset
    }
  })

/** Its own address is told to the authority too: tokens and pages name it. */
const service = (world: World, url: string): Service => {
  const control = Control.make(world)
  if (world.azure === undefined) return { url, control }
  world.azure.origin = url
  return { url, control, azure: Authority.settings(world.azure) }
}

/**
 * A server on a loopback socket, until the scope closes; open connections are then cut. Fails with `ListenError` when
 * the port is taken or the host is
 * not loopback.
 *
 * @example
 * ```ts
 * import { Accounts, DevServer } from "@mlserver-auth/dev-server"
 * import * as Effect from "effect/Effect"
 *
 * export const program = Effect.scoped(
 *   Effect.gen(function* () {
 *     const server = yield* DevServer.make()
 *     const { username, password } = Accounts.ada
 *     const request = { method: "POST", body: JSON.stringify({ username, password }) }
 *     yield* Effect.promise(() => fetch(`${server.url}/login`, request))
 *     return yield* server.control.counts
 *   })
 * )
 * ```
 */
export const make = (options: SocketOptions = {}): Effect.Effect<Service, SocketServer.ListenError, Scope.Scope> =>
  Effect.gen(function* () {
    const world = yield* makeWorld(options)
    const address = { host: options.host ?? "127.0.0.1", port: options.port ?? 0 }
    const api = forBrowsers(world, options.cors)
    let pages: Pages.Pages = () => undefined
    const served = options.pages === undefined ? api : Pages.around(api, (request) => pages(request))
    const url = yield* SocketServer.serve(served, address, world.meter.connected)
    const own = service(world, url)
    if (options.pages !== undefined) pages = options.pages(own)
    return own
  })

const forBrowsers = (world: World, cors: CrossOrigin.Origins | undefined): Api.Api => {
  const api = Api.make(world)
  const isOurs = (request: Request) => world.azure === undefined || AzureApi.kindOf(request) === undefined
  return cors === undefined ? api : CrossOrigin.around(api, cors, isOurs)
}

/** {@link make} as a layer. */
export const layer = (options: SocketOptions = {}): Layer.Layer<DevServer, SocketServer.ListenError> =>
  Layer.scoped(DevServer, make(options))

/**
 * A server inside the process, with the client that reaches it. With `tokenFormat: "opaque"` no step of it is
 * asynchronous, so that a test under
 * TestClock needs nothing real.
 */
export const makeInProcess = (
  options: InProcessOptions = {}
): Effect.Effect<Service & { readonly client: HttpClient.HttpClient }, never, Scope.Scope> =>
  Effect.gen(function* () {
    const world = yield* makeWorld(options)
    const url = options.url ?? "http://127.0.0.1:12800"
    const client = InProcessClient.make(Api.make(world), url, yield* Effect.scope)
    return { ...service(world, url), client }
  })

/** {@link makeInProcess} as a layer that also provides the client. */
export const layerInProcess = (options: InProcessOptions = {}): Layer.Layer<DevServer | HttpClient.HttpClient> =>
  Layer.scopedContext(
    Effect.map(makeInProcess(options), ({ client, ...service }) =>
      Context.make(DevServer, service).pipe(Context.add(HttpClient.HttpClient, client))
    )
  )
