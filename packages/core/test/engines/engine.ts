/** An engine as the suites of this folder need it: the packages of engines call them, each with its own. Nothing here is published. */
import type { AuthError, LeasedTokenStore, TokenStore } from "@mlserver-auth/core"
import type * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"

/** A server of a test's own. */
export interface Server {
  /** Where programs find it: a port, or the folder of a socket. */
  readonly at: string
  /** To all its processes. */
  readonly signal: (signal: "SIGSTOP" | "SIGCONT") => Effect.Effect<void>
  /** Ends it at once, as a crash does. */
  readonly kill: Effect.Effect<void>
  readonly start: Effect.Effect<void>
}

/** A client, and how news come with it. */
export interface Way {
  readonly name: string
  /** A store with connections of its own, as another program has it. Those of one `place` share their records. */
  readonly store: (
    at: string,
    place: string,
    options: LeasedTokenStore.Options
  ) => Effect.Effect<TokenStore.Service, AuthError.ConfigurationInvalid, Scope.Scope>
  /** Cuts the connections of all that listen; absent where they look from time to time instead. */
  readonly cut?: ((at: string) => Effect.Effect<void>) | undefined
  /** Whether programs share the engine this way in the tests that start many; one for each client. */
  readonly isTriedByPrograms: boolean
}

export interface Engine {
  /** As its failures call it. */
  readonly name: string
  /** What is not on this machine, or "". */
  readonly missing: string
  /** Gone after the scope. What it was told is still there after `kill` and `start`. */
  readonly server: Effect.Effect<Server, never, Scope.Scope>
  readonly ways: ReadonlyArray<Way>
  /** From now on: ends with all that lies in a place, and all that the engine was told up to there, names and channels too. */
  readonly traces: (at: string, place: string) => Effect.Effect<Effect.Effect<string>, never, Scope.Scope>
  /** Until the scope ends it refuses to change records of a place, with these words. */
  readonly refusal: {
    readonly begin: (at: string, place: string) => Effect.Effect<void, never, Scope.Scope>
    readonly words: string
  }
}

/** For the name of a suite. */
export const skipped = ({ missing }: Engine): string => (missing === "" ? "" : ` (skipped: ${missing})`)

/** What seals the records. */
export const keys = [Redacted.make(new Uint8Array(32).fill(1))]

/** So long that what a busy machine needs is no fault: the defaults were too little for it at a load of 50. */
export const PATIENT = { keys, lockTimeout: "9 minutes", timeLimit: "8 minutes" } as const
