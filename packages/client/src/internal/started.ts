/** What a client runs on: a scope of its own, and warnings as Node has them. */
import * as HttpClient from "@effect/platform/HttpClient"
import type { AuthError } from "@mlserver-auth/core/AuthError"
import { settle } from "@mlserver-auth/core/promises"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as NodeHttp from "@mlserver-auth/node/NodeHttp"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import type * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import type { CommonOptions } from "../options.js"

/** A program's output is its own: messages of this library go where Node's warnings go. */
const warnings = Logger.replace(
  Logger.defaultLogger,
  Logger.make(({ logLevel, message }) => {
    if (LogLevel.lessThan(logLevel, LogLevel.Warning)) return
    process.emitWarning([message].flat().join(" "), "MlServerAuthWarning")
  })
)

/** What was made, and how it ends. */
export interface Started<A> {
  readonly made: A
  readonly runtime: Runtime.Runtime<never>
  readonly close: () => Promise<void>
}

type Brought = HttpClient.HttpClient | TokenStore.TokenStore | Scope.Scope

/** Makes something over this machine's HTTP and the store that the options name. */
export const started = async <A>(
  options: CommonOptions,
  made: Effect.Effect<A, AuthError, Brought>,
  checked: Effect.Effect<void, AuthError>
): Promise<Started<A>> => {
  const runtime = Effect.runSync(Effect.provide(Effect.runtime<never>(), warnings))
  const scope = Effect.runSync(Scope.make())
  const end = Scope.close(scope, Exit.void)
  const whole = Effect.gen(function* () {
    yield* checked
    return yield* made.pipe(
      Effect.provideService(HttpClient.HttpClient, yield* NodeHttp.make(options.http)),
      Effect.provideService(TokenStore.TokenStore, yield* storeOf(options))
    )
  })
  const service = await settle(
    Effect.onError(Effect.provideService(whole, Scope.Scope, scope), () => end),
    options,
    runtime
  )
  return { made: service, runtime, close: () => settle(end, undefined, runtime) }
}

const SEALING = { file: "none", encrypted: "keyFile", keyring: "keyring" } as const

/** Files are loaded where they are asked for. */
const storeOf = ({ store = "memory" }: CommonOptions): Effect.Effect<TokenStore.Service, AuthError, Scope.Scope> =>
  store === "memory"
    ? TokenStore.makeMemory
    : Effect.flatMap(
        Effect.promise(() => import("@mlserver-auth/node/FileTokenStore")),
        ({ make }) => make(typeof store === "object" ? store : { sealing: SEALING[store] })
      )
