/** Failures of a token store. */
import * as Schema from "effect/Schema"
import { messageOf } from "../words/words.js"

/**
 * The library could not read, write or lock the token store. Tokens in memory go on working.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { Session } from "@mlserver-auth/core"
 *
 * const signOut = Effect.flatMap(Session.Session, (session) =>
 *   // Another program may hold the lock: a second try may work.
 *   Effect.retry(session.signOut, { times: 1, while: ({ retryable }) => retryable })
 * )
 */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  operation: Schema.Literal("read", "write", "remove", "lock"),
  problem: Schema.String,
  fix: Schema.String,
  retryable: Schema.Boolean,
  /**
   * `Held`: the lock, by another program. `Full`: no room on the disk. `InUse`: another program has a file open, which is in
   * the way on Windows. Absent for everything else.
   */
  reason: Schema.optional(Schema.Literal("Held", "Full", "InUse"))
}) {
  override get message(): string {
    return messageOf(this)
  }
}
