/** `mls refresh`: another pair of tokens now, whatever life is left. */
import * as Command from "@effect/cli/Command"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Connection from "../Connection.js"
import * as ForcedRenewal from "../ForcedRenewal.js"
import * as Instants from "../Instants.js"
import * as Invocation from "../Invocation.js"
import { Output } from "../Output.js"
import * as ServerSettings from "../ServerSettings.js"
import { type Held, held, until } from "../SessionReport.js"

const config = { ...Invocation.serverOption, ...Invocation.remoteOptions }

const clocks = ({ state }: Held, now: number): ReadonlyArray<string> => [
  `Access token ${until(state.expiresAt, now)}.`,
  ...(state.idleEndsAt === undefined ? [] : [`Idle end ${Instants.forPeople(state.idleEndsAt, now)}.`]),
  ...(state.chainEndsAt === undefined ? [] : [`Session end ${Instants.forPeople(state.chainEndsAt, now)}.`])
]

const run = (options: ServerSettings.Given & { readonly ignoreEnv: boolean }) =>
  Effect.gen(function* () {
    const { answerJson, marked, notice } = yield* Output
    const settings = yield* ServerSettings.resolve(options)
    const connection = yield* Connection.open(settings, { storedOnly: options.ignoreEnv, sealedOnly: true })
    yield* ForcedRenewal.renew(connection)
    yield* connection.saved
    const found = yield* held(connection)
    // Signed out elsewhere in this very moment: the token that was got is dead.
    if (found === undefined) return yield* Effect.asVoid(connection.session.token)
    if ((yield* Invocation.Invocation).json) return yield* answerJson({ ...found.json, usable: found.alive })
    yield* marked(
      "✓",
      `Renewed the session with ${found.server}${found.user === undefined ? "" : ` of ${found.user}`}.`
    )
    yield* notice(`  ${clocks(found, yield* Clock.currentTimeMillis).join(" ")}`)
  }).pipe(Effect.scoped)

/** The command. */
export const refresh = Command.make("refresh", config, (options) => Invocation.run(options, run(options))).pipe(
  Command.withDescription("Renew the session now, whatever life its token has left, and tell the new clocks.")
)
