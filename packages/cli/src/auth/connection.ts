/**
 * A command's way to its server: HTTP client, token store, the credential of the environment, and the session.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type { AuthError } from "@mlserver-auth/core/AuthError"
import type * as Credential from "@mlserver-auth/core/Credential"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
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
import * as ConfigFile from "../config/files/file.js"
import * as EnvironmentOverride from "../config/environmentOverride.js"
import { Invocation } from "../cli/invocation.js"
import type { Output } from "../cli/output.js"
import type { ServerSettings } from "../config/settings.js"
import * as StoreChoice from "../config/store.js"
import { markedClient } from "./sessionMark.js"
import * as Unsaved from "./unsaved.js"

/** A server, its session, and whose credential is in use. */
export interface Connection extends MlServerAuth.Service {
  readonly store: TokenStore.Service
  /** The credential of the environment that beats what is stored; `undefined` where the stored session is used. */
  readonly override: EnvironmentOverride.EnvironmentOverride | undefined
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
  /** Use no record in clear where a store that seals was chosen: another program may have put it there. */
  readonly sealedOnly?: boolean | undefined
  /** Answers are passed on as they come, however long: what holds one in memory sets a limit. */
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
      const log = (outcome: Record<string, unknown>) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Effect.annotateLogs(Effect.logDebug("http"), { ...seen, ...outcome, milliseconds: now - startedAt })
        )
      return Effect.tapBoth(answer, {
        onSuccess: ({ status }) => log({ status }),
        onFailure: (error: HttpClientError.HttpClientError) => log({ failed: error.reason })
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
const chosen = ({ credential, storedOnly }: Options) =>
  credential !== undefined || storedOnly === true
    ? Effect.succeed({ credential, override: undefined })
    : Effect.map(
        EnvironmentOverride.environmentCredential,
        (found) => found ?? { credential: undefined, override: undefined }
      )

/** Who issues the server's tokens: Azure where there are settings for it, else the server itself. */
const issuerFor = (
  { cloud, endpoint, loginPath }: ServerSettings,
  timeout: Duration.Duration | undefined
): Effect.Effect<TokenIssuer.Service, AuthError, HttpClient.HttpClient> =>
  cloud === undefined
    ? MlServerIssuer.make({ endpoint, loginPath, timeout })
    : // Loaded for servers of the cloud alone.
      Effect.flatMap(
        Effect.promise(() => import("@mlserver-auth/core/EntraIssuer")),
        (EntraIssuer) => EntraIssuer.make({ ...cloud, timeout })
      )

const marked = (issuer: TokenIssuer.Service, session: string | undefined): TokenIssuer.Service => {
  if (session === undefined) return issuer
  const key = (principal: string) => {
    const { client, issuer: from, resource, tenant } = issuer.key(principal)
    return TokenKey.make({ issuer: from, tenant, client: markedClient(client, session), resource, principal })
  }
  return { ...issuer, key }
}

/**
 * Whether tokens end with the command: what was given to be tried out, or to be used as it is, is not kept. A sign-out
 * means what is on the disk.
 */
const isEphemeral = (
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
 * The principal a session is filed under. One user per server, the one who signed in last; a user name and password of
 * the environment that belong to another user have a place of their own, so that neither ends the other's session.
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

const warnOfPassword = (password: string) =>
  Effect.flatMap(
    Effect.promise(() => import("./passwordNotice.js")),
    ({ tell, warnOfLineBreak }) => Effect.zipRight(warnOfLineBreak(password), tell)
  )

/** Opens the way to a server; it closes with the scope, and a renewal that is under way may finish first. */
export const open = (
  settings: ServerSettings,
  options: Options = {}
): Effect.Effect<Connection, AuthError, Invocation | Output | Scope.Scope> =>
  Effect.gen(function* () {
    const { afterwards, timeout } = yield* Invocation
    const { credential, override } = yield* chosen(options)
    const isUsed = override !== undefined && options.offline !== true
    if (isUsed) yield* EnvironmentOverride.refuseRedirected(settings, override.variable)
    // What is kept in memory needs no home directory.
    const directory = isEphemeral(settings, options, credential) ? undefined : yield* ConfigFile.stateDirectory
    const files = yield* directory === undefined ? TokenStore.makeMemory : fileStore(settings, options, directory)
    const { saved, store } = Unsaved.watch(files)
    afterwards.push(saved)
    const client =
      options.offline === true ? nowhere : logged(yield* httpClient(settings, timeout, options.streams === true))
    const bare = yield* Effect.provideService(issuerFor(settings, timeout), HttpClient.HttpClient, client)
    const issuer = marked(bare, settings.session)
    const principal = yield* principalFor(store, issuer, credential)
    // One command is over before another program changes anything.
    const auth = yield* MlServerAuth.makeWith({ principal, watchStore: false }, settings.endpoint, issuer).pipe(
      Effect.provideService(HttpClient.HttpClient, client),
      Effect.provideService(TokenStore.TokenStore, store),
      Effect.provideService(
        CredentialSource.CredentialSource,
        credential === undefined ? CredentialSource.none : CredentialSource.fromCredential(credential)
      )
    )
    if (isUsed && credential?._tag === "UsernamePassword") {
      yield* warnOfPassword(Redacted.value(credential.password))
    }
    return { ...auth, store, saved, directory, settings, http: client, override }
  })

/** Writes the stored token once more, sealed as the connection has it. */
export const reseal = ({ session, store }: Connection): Effect.Effect<void, AuthError> =>
  store.exclusive(session.key)(
    Effect.flatMap(store.read(session.key), (found) =>
      Option.isSome(found) ? Effect.asVoid(store.write(session.key, found.value, found)) : Effect.void
    )
  )
