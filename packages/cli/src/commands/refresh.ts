/** `mls refresh`: another pair of tokens now, whatever life is left. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Connection from "../auth/connection.js"
import * as ForcedRenewal from "../auth/forcedRenewal.js"
import type { Given } from "../cli/table/commandTable.js"
import { answered } from "../cli/answered.js"
import { Output } from "../cli/output.js"
import * as ServerSettings from "../config/settings.js"
import { endsOf, type Held, held } from "../auth/sessionReport.js"

const report = ({ server, state, user }: Held, now: number) =>
  Effect.gen(function* () {
    const { marked, notice } = yield* Output
    yield* marked("✓", `Renewed the session with ${server}${user === undefined ? "" : ` of ${user}`}.`)
    yield* notice(`  The ${endsOf(state, now).join(", ")}.`)
  })

/** The command. */
export const run = (options: Given<"refresh">) =>
  Effect.gen(function* () {
    const settings = yield* ServerSettings.resolve(options)
    const connection = yield* Connection.open(settings, { storedOnly: options.ignoreEnv, sealedOnly: true })
    yield* ForcedRenewal.renew(connection)
    yield* connection.saved
    const found = yield* held(connection)
    // Signed out elsewhere in this very moment: the token that was got is dead.
    if (found === undefined) return yield* Effect.asVoid(connection.session.token)
    const json = { ...found.json, usable: found.alive }
    yield* answered("refresh", json, report(found, yield* Clock.currentTimeMillis))
  }).pipe(Effect.scoped)
