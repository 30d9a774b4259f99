/** Statements of this store, and what goes wrong with them. */
import { TransactionConnection } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import { EngineFailure } from "@mlserver-auth/core/StoreEngine"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** A caller that renews within a transaction must not lose the new token with it. */
export const outside = <A, E>(statement: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.mapInputContext(statement, (context: Context.Context<never>) =>
    Context.omit(TransactionConnection)(context as Context.Context<TransactionConnection>)
  )

const RIGHTS = "Give its user SELECT, INSERT, UPDATE and DELETE on both tables."
const LATER = "The store tries again. If it keeps failing, check the server."

/** Of SQLSTATE (PostgreSQL, appendix A), whole or the first two letters. */
const WORDS: ReadonlyMap<string, { readonly problem: string; readonly fix: string }> = new Map([
  [
    "42P01",
    { problem: "the tables are not there", fix: "Run `SqlTokenStore.migrate`, or the statements of `schema`." }
  ],
  ["42501", { problem: "its user lacks rights", fix: RIGHTS }],
  ["28", { problem: "it does not let the client in", fix: "Give the client the right user and password." }],
  [
    "25006",
    {
      problem: "it takes no writes",
      fix: "Connect to the primary, without `default_transaction_read_only`. After a failover the store tries again."
    }
  ],
  ["57014", { problem: "it cancelled a statement", fix: "See `statement_timeout`, and who locks the tables." }],
  ["55P03", { problem: "a lock was not to be had", fix: "See `lock_timeout`, and who locks the tables." }],
  ["53", { problem: "it has no room or no connections left", fix: "See its disk, its memory and `max_connections`." }]
])

/** Connections, resources, its end and its start, conflicts, locks, and replicas that a failover may make primaries. */
const PASSES = /^(08|40|53|57|25006|55P03)/

/** What `pg` says of a pool that was ended: the one error of its own that is looked at by its words, having no code. */
const ENDED = "Cannot use a pool after calling end on the pool"

/** What a driver reports, by its code alone: its words may quote what was to be stored. */
export const failureOf = ({ cause }: Pick<SqlError, "cause">): EngineFailure => {
  const found = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined
  const code = typeof found === "string" ? found : ""
  // No class of SQLSTATE begins with an E, and all codes of Node do, some of five letters: EPIPE.
  // What the application ended stays ended.
  if (cause instanceof Error && cause.message === ENDED) {
    return new EngineFailure({ problem: "the client is closed", fix: "Connect it, and end it last.", retryable: false })
  }
  const isState = /^(?!E)[0-9A-Z]{5}$/.test(code)
  if (!isState) {
    const problem = `it cannot be reached${code === "" ? "" : ` (${code})`}`
    return new EngineFailure({ problem, fix: LATER, retryable: true })
  }
  const words = WORDS.get(code) ?? WORDS.get(code.slice(0, 2))
  const problem = words === undefined ? `SQLSTATE ${code}` : `${words.problem} (SQLSTATE ${code})`
  return new EngineFailure({ problem, fix: words?.fix ?? "Look at its log.", retryable: PASSES.test(code) })
}
