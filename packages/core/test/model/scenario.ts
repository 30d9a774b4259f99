/** What is explored: who does what, what may go wrong, and how finely it is cut into steps. */

/**
 * What a process does: `token` asks its session for one; `call` sends a request with the signed client; `renew` has met a 401
 * with the token it had at the start; `refresh` wants another one than it has, whatever that is, as `mls refresh` does;
 * `close` is an orderly end of the program.
 */
export type Action = "token" | "call" | "renew" | "refresh" | "signOut" | "signInAsOlga" | "close"

/** Threads of one program, each a list of actions one after the other; threads of one program share its session. */
export type Program = ReadonlyArray<ReadonlyArray<Action>>

/** How often each of these may happen, at any step. */
export interface Faults {
  /** A process ends, whatever it was doing. */
  readonly crash: number
  /** A renewal's request or its answer is lost: the process learns that much and no more. */
  readonly lost: number
  /** The server says that it cannot now, and has done nothing. */
  readonly unavailable: number
  /** The store does not take what is written, and nothing is changed. */
  readonly unsaved: number
  /** The store goes back to what it had before the last write, as after a failover or with a restored backup. */
  readonly restored: number
  /** The server declares every access token dead that there is. */
  readonly revoked: number
}

/** What is taken out on purpose, to see that the exploration would tell. */
export type Broken =
  | "no lock"
  | "stale read under the lock"
  | "interruptible save"
  | "unconditional write"
  | "no look after the second 401"

export interface Scenario {
  readonly title: string
  readonly programs: ReadonlyArray<Program>
  /**
   * Why the pair that all start with must be renewed: its access token has ended by the clock (then nobody has anything in
   * memory), or the server does not take it any more (then everybody holds it in memory).
   */
  readonly because: "expired" | "rejected"
  readonly faults?: Partial<Faults>
  /** Store operations take two steps, being done and learning of it, so that other threads of the process come between. */
  readonly fine?: boolean
  /** Waiting with a limit ends at any moment, not only when nothing else can happen. */
  readonly impatient?: boolean
  /** The sessions follow what other programs do with the record. */
  readonly watching?: boolean
  /** Who waits for the lock hears of changes, from any moment on; else the lock is always free before any news come. */
  readonly hearing?: boolean
  readonly broken?: Broken
}
