/**
 * The sessions of many principals in one program: a server that acts for each of its users with that user's own token.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as AuthHttpClient from "./AuthHttpClient.js"
import { ConfigurationInvalid } from "./AuthError.js"
import type { Service as CredentialSource } from "./CredentialSource.js"
import type { ServerEndpoint } from "./ServerEndpoint.js"
import * as Session from "./Session.js"
import type { TokenIssuer } from "./TokenIssuer.js"
import type { TokenStore } from "./TokenStore.js"

/** What belongs to one principal. */
export interface Principal {
  readonly session: Session.Service
  /** Signs with that principal's token. */
  readonly client: AuthHttpClient.Service
}

/** The sessions that exist, by principal. */
export interface Service {
  /**
   * The session of a principal, made if there is none in memory. Takes the same time however many there are. One that
   * was not asked for in `idleTimeToLive` is let go; whoever still holds it may go on using it, and its token stays in
   * the store. `ConfigurationInvalid` for an empty name.
   */
  readonly get: (principal: string) => Effect.Effect<Principal, ConfigurationInvalid>
  /** How many are in memory. */
  readonly size: Effect.Effect<number>
}

/** The sessions of an application. */
export class Sessions extends Context.Tag("@mlserver-auth/core/Sessions")<Sessions, Service>() {}

/** How they are kept. */
export interface Options extends Omit<Session.Options, "principal"> {
  readonly endpoint: ServerEndpoint
  /** How long a session is kept in memory without being asked for; 1 hour unless said otherwise. */
  readonly idleTimeToLive?: Duration.DurationInput | undefined
  /**
   * Where each principal's credential comes from; `CredentialSource.none` if they sign in by themselves. Not one source
   * for all: whoever is asked for must get their own token and nobody else's.
   */
  readonly source: (principal: string) => CredentialSource
}

/** What sessions share. */
export type Requirements = TokenIssuer | TokenStore | HttpClient.HttpClient

/**
 * Sessions that share issuer, store and client. The keys of their tokens differ by principal, so none ever sees
 * another's token.
 *
 * Not an `RcMap`: that wants a scope around each use and a sleeping fiber per idle key; here one fiber sweeps.
 */
export const make = (options: Options): Effect.Effect<Service, never, Requirements | Scope.Scope> =>
  Effect.gen(function* () {
    const bare = yield* HttpClient.HttpClient
    const session = yield* Session.makeFactory(options)
    const idle = Duration.toMillis(options.idleTimeToLive ?? "1 hour")
    const entries = new Map<string, { readonly principal: Principal; usedAt: number }>()

    const sweep = Effect.map(Clock.currentTimeMillis, (now) => {
      for (const [name, entry] of entries) if (now - entry.usedAt >= idle) entries.delete(name)
    })
    yield* Effect.forkScoped(Effect.schedule(sweep, Schedule.spaced(Duration.millis(Math.max(1, idle / 4)))))

    const add = (name: string, usedAt: number) => {
      const own = session(name, options.source(name))
      return Effect.map(AuthHttpClient.make(bare, own, options.endpoint), (client) => {
        // Making a client takes a step or two: somebody else may have been quicker.
        const entry = entries.get(name) ?? { principal: { session: own, client }, usedAt }
        entries.set(name, entry)
        return entry.principal
      })
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

const nameless = () =>
  new ConfigurationInvalid({ setting: "principal", problem: "empty", fix: "Name the user whose session is wanted." })

/** Sessions as a layer. */
export const layer = (options: Options): Layer.Layer<Sessions, never, Requirements> =>
  Layer.scoped(Sessions, make(options))
