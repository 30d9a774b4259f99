/**
 * The sessions of many principals in one program: a server that acts for each of its users with that user's own token.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as AuthHttpClient from "./AuthHttpClient.js"
import { ConfigurationInvalid } from "./AuthError.js"
import type { Service as CredentialSource } from "./CredentialSource.js"
import * as Factory from "./internal/session/factory.js"
import { followEach } from "./internal/session/followEach.js"
import type { SessionImpl } from "./internal/session/session.js"
import type { ServerEndpoint } from "./ServerEndpoint.js"
import type * as Session from "./Session.js"
import type { TokenIssuer } from "./TokenIssuer.js"
import type { TokenKey } from "./TokenKey.js"
import { TokenStore } from "./TokenStore.js"

/** The client and the session of one principal. */
export interface Principal {
  readonly session: Session.Service
  /** Signs with that principal's token. */
  readonly client: AuthHttpClient.Service
}

/** The sessions that exist, by principal. */
export interface Service {
  /**
   * The session of a principal, made if there is none in memory. Takes the same time however many there are. One that
   * was not asked for in `idleTimeToLive` is let go; a caller that still holds it may go on using it, and its token stays in
   * the store. `ConfigurationInvalid` for an empty name.
   */
  readonly get: (principal: string) => Effect.Effect<Principal, ConfigurationInvalid>
  /** How many are in memory. */
  readonly size: Effect.Effect<number>
}

/**
 * The sessions of an application.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { Sessions } from "@mlserver-auth/core"
 *
 * // In the handler of a request: call the server as the user who sent it.
 * const modelsOf = (user: string) =>
 *   Effect.gen(function* () {
 *     const { client } = yield* (yield* Sessions.Sessions).get(user)
 *     return yield* (yield* client.get("/services")).json
 *   })
 */
export class Sessions extends Context.Tag("@mlserver-auth/core/Sessions")<Sessions, Service>() {}

/** Options of the sessions. */
export interface Options extends Omit<Session.Options, "principal"> {
  readonly endpoint: ServerEndpoint
  /** How long a session is kept in memory without being asked for. Default: 1 hour. */
  readonly idleTimeToLive?: Duration.DurationInput | undefined
  /**
   * Where each principal's credential comes from; `CredentialSource.none` if they sign in by themselves. Not one source
   * for all: each principal must get their own token and no other's.
   */
  readonly source: (principal: string) => CredentialSource
}

/** The services that all sessions share. */
export type Requirements = TokenIssuer | TokenStore | HttpClient.HttpClient

/**
 * Sessions that share issuer, store and client. The keys of their tokens differ by principal, so none ever sees
 * another's token.
 *
 * Not an `RcMap`: that wants a scope around each use and a sleeping fiber per idle key; here one fiber sweeps.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import type * as Redacted from "effect/Redacted"
 * import { Credential, CredentialSource, ServerEndpoint, Sessions } from "@mlserver-auth/core"
 *
 * // One technical account for each department, with the passwords at hand.
 * const departments = (passwords: Record<string, Redacted.Redacted<string>>) =>
 *   Effect.flatMap(ServerEndpoint.make("https://mlserver.contoso.com:12800"), (endpoint) =>
 *     Sessions.make({
 *       endpoint,
 *       source: (username) => {
 *         const password = passwords[username]
 *         return password === undefined
 *           ? CredentialSource.none
 *           : CredentialSource.fromCredential(Credential.usernamePassword({ username, password }))
 *       }
 *     })
 *   )
 */
export const make = (options: Options): Effect.Effect<Service, never, Requirements | Scope.Scope> =>
  Effect.gen(function* () {
    const bare = yield* HttpClient.HttpClient
    const session = yield* Factory.make(options)
    const idle = Duration.toMillis(options.idleTimeToLive ?? "1 hour")
    const entries = new Map<string, Entry>()
    const following = options.watchStore === false ? undefined : yield* follow(entries, options.watchStore === true)

    const sweep = Effect.map(Clock.currentTimeMillis, (now) => {
      const gone = [...entries].filter(([, { usedAt }]) => now - usedAt >= idle)
      for (const [name] of gone) entries.delete(name)
      return gone.map(([, { own }]) => own.key)
    }).pipe(
      Effect.flatMap((keys) =>
        following === undefined ? Effect.void : Effect.forEach(keys, following.remove, { discard: true })
      )
    )
    yield* Effect.forkScoped(Effect.schedule(sweep, Schedule.spaced(Duration.millis(Math.max(1, idle / 4)))))

    const add = (name: string, usedAt: number) => {
      const own = session(name, options.source(name))
      return Effect.map(AuthHttpClient.make(bare, own, options.endpoint), (client) => {
        // Making a client takes a step or two: another caller may have been quicker.
        const entry = entries.get(name) ?? { own, principal: { session: own, client }, usedAt }
        entries.set(name, entry)
        return entry
      }).pipe(
        Effect.tap((entry) => following?.add(entry.own.key)),
        Effect.map(({ principal }) => principal)
      )
    }
    return Sessions.of({
      get: (name) =>
        Effect.clockWith((clock) => {
          const now = clock.unsafeCurrentTimeMillis()
          const entry = entries.get(name)
          if (entry === undefined) return name === "" ? Effect.fail(nameless()) : add(name, now)
          entry.usedAt = now
          return Effect.succeed(entry.principal)
        }),
      size: Effect.sync(() => entries.size)
    })
  })

interface Entry {
  readonly own: SessionImpl
  readonly principal: Principal
  usedAt: number
}

/** How many records are looked at at once, however many may have changed. */
const LOOKS = 8

/**
 * One subscription and a few fibers for all sessions; with `each`, a fiber for each session if the store has only `watch`. A look
 * that waits stands for all changes until it begins.
 */
const follow = (entries: ReadonlyMap<string, Entry>, each: boolean) =>
  Effect.gen(function* () {
    const store = yield* TokenStore
    const subscribe = store.follow ?? (each ? followEach(store) : undefined)
    if (subscribe === undefined) return undefined
    const changed = yield* Queue.unbounded<TokenKey>()
    const waiting = new Set<string>()
    const look = Effect.flatMap(Queue.take(changed), (key) => {
      waiting.delete(key.id)
      const own = entries.get(key.principal)?.own
      return own?.key.id === key.id ? own.lookAgain() : Effect.void
    })
    yield* Effect.forEach(Array.from({ length: LOOKS }), () => Effect.forkScoped(Effect.forever(look)), {
      discard: true
    })
    return yield* subscribe((key) => {
      if (waiting.has(key.id)) return
      waiting.add(key.id)
      changed.unsafeOffer(key)
    })
  })

const nameless = () =>
  new ConfigurationInvalid({ setting: "principal", problem: "empty", fix: "Name the user whose session is wanted." })

/**
 * Sessions as a layer: see `make`.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import { CredentialSource, ServerEndpoint, Sessions } from "@mlserver-auth/core"
 *
 * // Users sign in by themselves: `session.signIn` with what each has typed.
 * const Users = Layer.unwrapEffect(
 *   Effect.map(ServerEndpoint.make("https://mlserver.contoso.com:12800"), (endpoint) =>
 *     Sessions.layer({ endpoint, source: () => CredentialSource.none, idleTimeToLive: "20 minutes" })
 *   )
 * )
 */
export const layer = (options: Options): Layer.Layer<Sessions, never, Requirements> =>
  Layer.scoped(Sessions, make(options))
