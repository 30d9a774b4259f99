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
import * as Api from "./api/Api.js"
import * as AzureApi from "./azure/AzureApi.js"
import * as Authority from "./azure/Authority.js"
import type * as Control from "./Control.js"
import * as CrossOrigin from "./http/CrossOrigin.js"
import * as Faults from "./control/Faults.js"
import * as Gates from "./control/Gates.js"
import * as Knobs from "./control/Knobs.js"
import * as Grants from "./Grants.js"
import * as InProcessClient from "./http/InProcessClient.js"
import * as Meter from "./control/Meter.js"
import * as Pages from "./http/Pages.js"
import type { ApiVersion } from "./http/Reply.js"
import { sampleServices } from "./services/SampleServices.js"
import type { Request } from "./http/Request.js"
import * as SocketServer from "./http/SocketServer.js"
import * as Tokens from "./Tokens.js"
import { type AnswerShape, type Configuration, usernames, type World } from "./World.js"

export type { AzureOptions, AzureSettings, AzureShape } from "./azure/Authority.js"
export type { Pages } from "./http/Pages.js"
export type { Answer } from "./http/Reply.js"
export type { Request } from "./http/Request.js"
export { ListenError } from "./http/SocketServer.js"

/** A running server. */
export interface Service {
  /** Where it answers, without a trailing slash: `http://127.0.0.1:49152`. */
  readonly url: string
  /** What a test can change in it, and what it has counted. */
  readonly control: Control.Control
  /** The four settings of a log-in through Azure Active Directory; `undefined` when that is off. */
  readonly azure?: Authority.AzureSettings | undefined
}

/** A running server, for a test or a program that needs its address or its knobs. */
export class DevServer extends Context.Tag("@mlserver-auth/dev-server/DevServer")<DevServer, Service>() {}

/** Options of a server. Everything has a default. */
export interface Options {
  /** Who can log in. Default: `Accounts.sample`. */
  readonly accounts?: Accounts.Accounts | undefined
  /** The path of log-ins; `/refreshToken` lies beneath it. Default: `/login`. */
  readonly loginPath?: string | undefined
  /** The form of access tokens. "opaque" is made without any asynchronous step, for tests under TestClock. Default: "jwt". */
  readonly tokenFormat?: Tokens.TokenFormat | undefined
  /** How long tokens live, and how long a log-in can be renewed at all. Default: one hour, 14 days and 90 days. */
  readonly lifetimes?:
    | {
        readonly accessToken?: Duration.DurationInput | undefined
        readonly refreshToken?: Duration.DurationInput | undefined
        readonly chain?: Duration.DurationInput | undefined
      }
    | undefined
  /** The type of `expires_on`: the documentation's examples send a number, the official schema says string. Default: "number". */
  readonly expiresOn?: AnswerShape["expiresOn"] | undefined
  /** Whether answers have `expires_in`. Default: true. */
  readonly expiresIn?: boolean | undefined
  /** Whether token answers hold nothing but `access_token`. Default: false. */
  readonly accessTokenOnly?: boolean | undefined
  /** What a revocation answers: the tokens that ended, or an empty body. Default: "pair". */
  readonly revocation?: AnswerShape["revocation"] | undefined
  /** The version of the server whose error body is sent. Default: "9.3.0". */
  readonly apiVersion?: ApiVersion | undefined
  /** How far the server's clock is ahead; a number is milliseconds and may be negative. Default: 0. */
  readonly clockOffset?: Duration.DurationInput | undefined
  /** How long the run of a record of a batch takes, by the server's clock. Default: 100 milliseconds. */
  readonly recordTime?: Duration.DurationInput | undefined
  /**
   * An Azure Active Directory below `/{tenant}/` of the same origin, whose tokens the server takes. `true`: with the sample
   * tenant (`AzureDirectory`). Then there are no log-ins at the server itself; `accounts` still declares the roles. Default: none.
   */
  readonly azure?: true | Authority.AzureOptions | undefined
}

/** Options of a server on a socket. */
export interface SocketOptions extends Options {
  /** Where to listen. Anything but loopback is refused. Default: "127.0.0.1". */
  readonly host?: string | undefined
  /** The port. Default: a free one. */
  readonly port?: number | undefined
  /**
   * The origins whose pages may call it, `true` for all. Azure's own rules stay as they are. Default: none, as with the
   * documented server.
   */
  readonly cors?: CrossOrigin.Origins | undefined
  /** Pages to serve on the same origin, made for the running server. Default: none. */
  readonly pages?: ((own: Service) => Pages.Pages) | undefined
}

/** Options of a server inside the process. */
export interface InProcessOptions extends Options {
  /** Its address. No socket is opened, so any origin will do, `https` too. Default: `http://127.0.0.1:12800`. */
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
    clockOffset: millis(options.clockOffset, 0),
    recordTime: millis(options.recordTime, 100)
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
      batches: [],
      clockOffset: configuration.clockOffset
    }
  })

/** Its own address is told to the authority too: tokens and pages name it. */
const service = (world: World, url: string): Service => {
  const control = Knobs.make(world)
  if (world.azure === undefined) return { url, control }
  world.azure.origin = url
  return { url, control, azure: Authority.settings(world.azure) }
}

/**
 * A server on a loopback socket, until the scope closes; open connections are then cut. Fails with `ListenError` if it cannot
 * listen: the port is taken or needs rights, or the host is not loopback.
 *
 * @example
 * import { Accounts, DevServer } from "@mlserver-auth/dev-server"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const { control, url } = yield* DevServer.make({ port: 12800 })
 *   const { username, password } = Accounts.ada
 *   yield* Effect.promise(() => fetch(`${url}/login`, { method: "POST", body: JSON.stringify({ username, password }) }))
 *   return (yield* control.counts).logins // 1
 * }).pipe(Effect.scoped, Effect.catchTag("ListenError", ({ message }) => Effect.dieMessage(message)))
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

/**
 * `make` as a layer, for the tests of a program.
 *
 * @example
 * import { Credential } from "@mlserver-auth/core"
 * import { Accounts, DevServer } from "@mlserver-auth/dev-server"
 * import { NodeAuth } from "@mlserver-auth/node"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const credential = Credential.usernamePassword(Accounts.ada)
 * const Test = Layer.unwrapEffect(
 *   Effect.map(DevServer.DevServer, ({ url }) => NodeAuth.layer({ server: url, credential }))
 * ).pipe(Layer.provideMerge(DevServer.layer()))
 */
export const layer = (options: SocketOptions = {}): Layer.Layer<DevServer, SocketServer.ListenError> =>
  Layer.scoped(DevServer, make(options))

/**
 * A server inside the process, with the client that reaches it. With `tokenFormat: "opaque"` no step of it is asynchronous,
 * so that a test under TestClock needs nothing real.
 *
 * @example
 * import { DevServer } from "@mlserver-auth/dev-server"
 * import * as Effect from "effect/Effect"
 *
 * const status = Effect.gen(function* () {
 *   const { client, url } = yield* DevServer.makeInProcess({ tokenFormat: "opaque" })
 *   return (yield* client.get(`${url}/services`)).status // 401: there is no token
 * }).pipe(Effect.scoped)
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

/** `makeInProcess` as a layer that also provides the client. See `Grants.documentedLifetimes` for an example. */
export const layerInProcess = (options: InProcessOptions = {}): Layer.Layer<DevServer | HttpClient.HttpClient> =>
  Layer.scopedContext(
    Effect.map(makeInProcess(options), ({ client, ...service }) =>
      Context.make(DevServer, service).pipe(Context.add(HttpClient.HttpClient, client))
    )
  )
