/** `mls status --watch`: a line for the session as it is, and one more each time that any program changes it. */
import type { State } from "@mlserver-auth/core/SessionState"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Connection from "./Connection.js"
import { Invocation } from "./Invocation.js"
import { Output } from "./Output.js"
import { endsWhenTold } from "./Runtime.js"
import type { ServerSettings } from "./ServerSettings.js"
import { held, until } from "./SessionReport.js"

const told = (connection: Connection.Connection, state: State) =>
  Effect.gen(function* () {
    const { answer, answerJson } = yield* Output
    const now = yield* Clock.currentTimeMillis
    const at = new Date(now).toISOString()
    const found = state._tag === "SignedIn" ? yield* held(connection) : undefined
    const { endpoint, heldBy, settings } = connection
    if ((yield* Invocation).json) {
      const nobody = {
        signedIn: false,
        usable: false,
        profile: settings.profile?.name ?? null,
        chosenBy: settings.origin,
        server: endpoint.base,
        source: heldBy ?? "stored"
      }
      return yield* answerJson({ at, ...(found === undefined ? nobody : { ...found.json, usable: found.alive }) })
    }
    const who = found === undefined ? "not signed in" : `signed in as ${found.user ?? "(unknown)"}`
    const token = found === undefined ? "" : `, access token ${until(found.state.expiresAt, now)}`
    yield* answer(`${at}  ${endpoint.base}  ${who}${token}`)
  })

/** Tells until it is told to end, which is no failure. */
export const run = (settings: ServerSettings, ignoreEnv: boolean) =>
  Effect.gen(function* () {
    const connection = yield* Connection.open(settings, { offline: true, storedOnly: ignoreEnv })
    const { session, store } = connection
    // Before the first look, so that nothing is missed between the two.
    const changes = yield* store.watch(session.key)
    yield* endsWhenTold
    yield* Stream.make(undefined).pipe(
      Stream.concat(Stream.fromQueue(changes)),
      Stream.mapEffect(() => session.peek),
      Stream.changes,
      Stream.runForEach((state) => told(connection, state)),
      // Watching a file keeps no program from ending.
      Effect.raceFirst(Effect.never)
    )
  }).pipe(Effect.scoped)
