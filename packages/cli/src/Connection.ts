/**
 * A command's way to its server: HTTP client, token store, the credential of the environment, and the session.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type { AuthError } from "@mlserver-auth/core/AuthError"
import type * as Credential from "@mlserver-auth/core/Credential"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import * as EntraIssuer from "@mlserver-auth/core/EntraIssuer"
import * as MlServerAuth from "@mlserver-auth/core/MlServerAuth"
import * as MlServerIssuer from "@mlserver-auth/core/MlServerIssuer"
import type * as TokenIssuer from "@mlserver-auth/core/TokenIssuer"
import * as TokenKey from "@mlserver-auth/core/TokenKey"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as FileTokenStore from "@mlserver-auth/node/FileTokenStore"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as ConfigFile from "./ConfigFile.js"
import { environmentCredential, refuseRedirected } from "./EnvironmentCredential.js"
import { Invocation } from "./Invocation.js"
import type { Output } from "./Output.js"
import type { ServerSettings } from "./ServerSettings.js"
import { type Shadow, shadow } from "./Shadowing.js"
import * as StoreChoice from "./StoreChoice.js"
import * as Unsaved from "./Unsaved.js"

/** A server, its session, and whose credential is in use. */
export interface Connection extends MlServerAuth.Service {
  readonly store: TokenStore.Service
  /** The variable whose credential beats what is stored; `undefined` where the stored session is used. */
  readonly heldBy: Shadow["variable"] | undefined
  /** The same credential, to be told to people. */
  readonly shadow: Shadow | undefined
  /** The directory that the tokens are in; `undefined` where they are in memory and end with the command. */
  readonly directory: string | undefined
  readonly settings: ServerSettings
  /** Fails where a renewed token could not be saved, also not now. */
  readonly saved: Unsaved.Watched["saved"]
  /** Signs nothing. */
  readonly http: HttpClient.HttpClient
}

/** What a connection is for. */
export interface Options {
  /** Use the stored session even where the environment has a credential: `login` and `logout` are about that one. */
  readonly storedOnly?: boolean | undefined
  /** Tokens rest in memory only: to try a credential out. */
  readonly credential?: Credential.Credential | undefined
  /** Nothing is going to be sent: the HTTP client, which is most of the program, is not even loaded. */
  readonly offline?: boolean | undefined
  /** Nothing is going to be renewed: the key of a keyring is asked for only where a record needs it. */
  readonly keyLater?: boolean | undefined
  /** Use no record in clear where somebody chose a store that seals: another program may have put it there. */
  readonly sealedOnly?: boolean | undefined
  /** Answers are passed on as they come, however long: whoever holds one in memory sets a limit. */
  readonly streams?: boolean | undefined
  /** What seals the records; otherwise what the choice of the settings comes to. */
  readonly sealing?: StoreChoice.Sealing | undefined
}

const pathOnly = (url: string): string => url.replace(/[?#].*$/s, "")

/** Every call is told to the log: method, origin and path, outcome, time. Queries are not: a revocation's is a secret. */
const logged = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
  HttpClient.transform(client, (answer, request) =>
    Effect.flatMap(Clock.currentTimeMillis, (startedAt) => {
      const seen = { method: request.method, url: pathOnly(request.url) }
      const told = (outcome: Record<string, unknown>) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Effect.annotateLogs(Effect.logDebug("http"), { ...seen, ...outcome, milliseconds: now - startedAt })
        )
      return Effect.tapBoth(answer, {
        onSuccess: ({ status }) => told({ status }),
        onFailure: (error: HttpClientError.HttpClientError) => told({ failed: error.reason })
      })
    })
  )

const nowhere = HttpClient.make((request) =>
  Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", description: "offline" }))
)

const httpClient = (settings: ServerSettings, timeout: Duration.Duration | undefined, streams: boolean) =>
  Effect.flatMap(
    Effect.promise(() => import("@mlserver-auth/node/NodeHttp")),
    (NodeHttp) =>
      NodeHttp.make({
        ...(settings.caFile === undefined ? {} : { caFile: settings.caFile }),
        ...(streams ? { maxResponseBytes: Number.POSITIVE_INFINITY } : {}),
        ...(timeout === undefined
          ? {}
          : { connectTimeout: Duration.min(timeout, "10 seconds"), headersTimeout: timeout, bodyTimeout: timeout })
      })
  )

/** The credential that is used: the one to try out, or the environment's, unless the stored session is what is wanted. */
const chosen = (options: Options) => {
  if (options.credential !== undefined) {
    return Effect.succeed({ credential: options.credential, variable: undefined })
  }
  return options.storedOnly === true
    ? Effect.succeed({ credential: undefined, variable: undefined })
    : environmentCredential
}

/** Who issues the server's tokens: Azure where there are settings for it, else the server itself. */
const issuerFor = (
  { cloud, endpoint, loginPath }: ServerSettings,
  timeout: Duration.Duration | undefined
): Effect.Effect<TokenIssuer.Service, AuthError, HttpClient.HttpClient> =>
  cloud === undefined ? MlServerIssuer.make({ endpoint, loginPath, timeout }) : EntraIssuer.make({ ...cloud, timeout })

/**
 * Profiles of one server have a session each, so that a sign-in to one does not end the other's. The mark goes where the
 * client's id goes: who signs in may change, and is the principal's matter.
 */
const marked = (issuer: TokenIssuer.Service, session: string | undefined): TokenIssuer.Service => {
  if (session === undefined) return issuer
  const key = (principal: string) => {
    const { client, issuer: from, resource, tenant } = issuer.key(principal)
    return TokenKey.make({ issuer: from, tenant, client: `${client}#${session}`, resource, principal })
  }
  return { ...issuer, key }
}

/**
 * Whether tokens end with the command: what was given to be tried out, or to be used as it is, is not kept. Whoever signs
 * out means what is on the disk.
 */
const isPassing = (
  { store }: ServerSettings,
  options: Options,
  credential: Credential.Credential | undefined
): boolean =>
  options.credential !== undefined ||
  credential?._tag === "AccessToken" ||
  (store.store === "memory" && options.keyLater !== true)

const fileStore = (
  { store, store: { by } }: ServerSettings,
  options: Options,
  directory: string
): Effect.Effect<TokenStore.Service, AuthError> => {
  const chosen =
    options.offline === true || options.keyLater === true
      ? Effect.succeed(StoreChoice.forReading(store))
      : StoreChoice.forRenewals(store, directory)
  return Effect.flatMap(options.sealing === undefined ? chosen : Effect.succeed(options.sealing), (sealing) =>
    FileTokenStore.make({
      directory,
      sealing,
      clear: options.sealedOnly === true && by !== undefined ? "refuse" : "read"
    })
  )
}

/**
 * The principal a session is filed under. One person per server, whoever signed in last; a user name and password of
 * the environment that belong to somebody else have a place of their own, so that neither ends the other's session.
 */
const principalFor = (
  store: TokenStore.Service,
  issuer: TokenIssuer.Service,
  credential: Credential.Credential | undefined
) =>
  Effect.gen(function* () {
    if (credential?._tag !== "UsernamePassword") return ""
    const stored = Option.getOrUndefined(yield* store.read(issuer.key("")))
    const own = stored?.principal?.toLowerCase() === credential.username.toLowerCase()
    return own ? "" : credential.username
  })

const noticed = (password: string) =>
  Effect.flatMap(
    Effect.promise(() => import("./PasswordNotice.js")),
    ({ tell, warnOfLineBreak }) => Effect.zipRight(warnOfLineBreak(password), tell)
  )

/** Opens the way to a server; it closes with the scope, and a renewal that is under way may finish first. */
export const open = (
  settings: ServerSettings,
  options: Options = {}
): Effect.Effect<Connection, AuthError, Invocation | Output | Scope.Scope> =>
  Effect.gen(function* () {
    const { afterwards, timeout } = yield* Invocation
    const { credential, variable } = yield* chosen(options)
    if (variable !== undefined && options.offline !== true) yield* refuseRedirected(settings, variable)
    // What is kept in memory needs no home directory.
    const directory = isPassing(settings, options, credential) ? undefined : yield* ConfigFile.stateDirectory
    const files = yield* directory === undefined ? TokenStore.makeMemory : fileStore(settings, options, directory)
    const { saved, store } = Unsaved.watch(files)
    afterwards.push(saved)
    const client =
      options.offline === true ? nowhere : logged(yield* httpClient(settings, timeout, options.streams === true))
    const bare = yield* Effect.provideService(issuerFor(settings, timeout), HttpClient.HttpClient, client)
    const issuer = marked(bare, settings.session)
    const principal = yield* principalFor(store, issuer, credential)
    // One command is over before anybody else changes anything.
    const auth = yield* MlServerAuth.makeWith({ principal, watchStore: false }, settings.endpoint, issuer).pipe(
      Effect.provideService(HttpClient.HttpClient, client),
      Effect.provideService(TokenStore.TokenStore, store),
      Effect.provideService(
        CredentialSource.CredentialSource,
        credential === undefined ? CredentialSource.none : CredentialSource.fromCredential(credential)
      )
    )
    if (credential?._tag === "UsernamePassword" && variable !== undefined && options.offline !== true) {
      yield* noticed(Redacted.value(credential.password))
    }
    const told = variable === undefined ? undefined : yield* shadow
    return { ...auth, store, saved, directory, settings, http: client, heldBy: variable, shadow: told }
  })

/** Writes the stored token once more, sealed as the connection has it. */
export const reseal = ({ session, store }: Connection): Effect.Effect<void, AuthError> =>
  store.exclusive(session.key)(
    Effect.flatMap(store.read(session.key), (found) =>
      Option.isSome(found) ? Effect.asVoid(store.write(session.key, found.value, found)) : Effect.void
    )
  )
