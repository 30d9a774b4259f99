/**
 * Port: an engine that many machines share, as `LeasedTokenStore` makes a store of it. Names are hashes, texts are sealed or in
 * clear as that store is set up: an engine need know neither.
 */
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"

/**
 * An engine could not do an operation. `problem` quotes nothing that was stored.
 *
 * @example
 * import { StoreEngine } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 *
 * declare const query: (name: string) => Promise<string | undefined>
 *
 * const read: StoreEngine.Engine["read"] = (name) =>
 *   Effect.tryPromise({
 *     try: () => query(name),
 *     catch: () => new StoreEngine.EngineFailure({ problem: "no answer", fix: "Is the engine up?", retryable: true })
 *   })
 */
export class EngineFailure extends Data.TaggedError("EngineFailure")<{
  readonly problem: string
  readonly fix: string
  /** Whether the same may work a moment later, as after a lost connection: it is tried again until `timeLimit`. */
  readonly retryable: boolean
}> {}

/** A change of one record, which happens only over what is named. */
export interface Change {
  /** The name of the record: a hash in hex. */
  readonly name: string
  /** Whatever there is, nothing, or that text. */
  readonly over: Option.Option<string> | undefined
  /** The new text; `undefined` removes the record. */
  readonly next: string | undefined
  /** Milliseconds from now until the record may go. */
  readonly timeToLive: number
  /** To be sent to those who listen, if the change was made. */
  readonly news: string
}

/** Receives news of changes. */
export interface Listener {
  /** Ends once it is proved that news arrive: a message to itself, which came back. */
  readonly alive: Effect.Effect<void, EngineFailure>
  /** Ends when news may have been missed, as with a lost connection: sooner than the next sign of life would show it. */
  readonly lost?: Effect.Effect<void> | undefined
  /** Where an engine has a channel for each record: begins and ends to hear of one. */
  readonly follow?: ((name: string) => Effect.Effect<void, EngineFailure>) | undefined
  readonly unfollow?: ((name: string) => Effect.Effect<void, EngineFailure>) | undefined
}

/**
 * What an engine must do. Each function is one step to all who use the engine, and may fail or stay silent: it is bounded from
 * outside, and interrupted then.
 */
export interface Engine {
  /** For messages: "Redis at redis.contoso.com:6379". No password. */
  readonly place: string
  readonly read: (name: string) => Effect.Effect<string | undefined, EngineFailure>
  /** True if the change was made. */
  readonly change: (change: Change) => Effect.Effect<boolean, EngineFailure>
  /**
   * Gives the lease of a record to `owner` for so many milliseconds from now by the engine's clock, or again to its owner. 0
   * where `owner` has it, else the milliseconds that another one has left.
   */
  readonly take: (name: string, owner: string, lease: number) => Effect.Effect<number, EngineFailure>
  /** Gives it back if `owner` has it, and tells those who wait for it. */
  readonly release: (name: string, owner: string, news: string) => Effect.Effect<void, EngineFailure>
  /**
   * Receives the news of all programs, or of the records that it follows, until its scope ends. Absent where an engine cannot: then
   * the store looks every two seconds. Ending it must not wait for an engine that stays silent.
   */
  readonly listen?: ((heard: (news: string) => void) => Effect.Effect<Listener, EngineFailure, Scope.Scope>) | undefined
}
