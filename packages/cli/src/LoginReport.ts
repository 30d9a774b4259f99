/** What is told after a sign-in. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Connection } from "./Connection.js"
import { words } from "./Durations.js"
import { Invocation } from "./Invocation.js"
import { Output } from "./Output.js"
import * as RecordPlace from "./RecordPlace.js"
import { type Held, until } from "./SessionReport.js"

/** How the sign-in went. */
export interface Outcome {
  /** `false` where a live session was left as it was. */
  readonly changed: boolean
  /** Who was to sign in, if anybody was named. */
  readonly user: string | undefined
  readonly profile: string
  readonly isDefault: boolean
  /** Whether this sign-in made the profile. */
  readonly isNew: boolean
}

/** A program that follows the events of a sign-in by a person gets an event as its last line too. */
const asJson = (after: Held, { settings }: Connection, { changed, profile }: Outcome): object =>
  settings.method === "aad-device" || settings.method === "aad-browser"
    ? {
        event: "authorized",
        profile,
        server: after.server,
        user: after.user ?? null,
        expiresAt: after.json.accessToken.expires?.at ?? null,
        changed
      }
    : { ...after.json, profile, changed }

/** Tells who is signed in now, until when, and what to do next. */
export const tell = (after: Held, connection: Connection, outcome: Outcome) =>
  Effect.gen(function* () {
    const { changed, isDefault, isNew, profile, user } = outcome
    const { answerJson, marked, notice } = yield* Output
    const { json } = yield* Invocation
    if (json) return yield* answerJson(asJson(after, connection, outcome))
    if (!changed) return
    const now = yield* Clock.currentTimeMillis
    const who =
      after.user === undefined
        ? after.state.renewable
          ? "Signed in"
          : "Signed in with an access token"
        : `Signed in as ${after.user}`
    const renewal = after.state.renewable
      ? `It renews itself; sign in again after ${words((after.state.idleEndsAt ?? now) - now)} without use.`
      : "It cannot be renewed."
    yield* marked("✓", `${who} to ${after.server}.`)
    if (user !== undefined && after.user !== undefined && user.toLowerCase() !== after.user.toLowerCase()) {
      yield* marked("!", `That is not ${user}: the code was approved by somebody else.`)
    }
    yield* notice(`  Access token ${until(after.state.expiresAt, now)}. ${renewal}`)
    yield* notice(`  ${isNew ? "New profile" : "Profile"} ${profile}. ${RecordPlace.sentence(after.place)}`)
    const named = isDefault ? "" : ` -p ${profile}`
    yield* notice(`  Next: mls api services${named} | mls status${named} | mls token --header${named}`)
    if (!isDefault) yield* notice(`  \`mls profile use ${profile}\` makes it the one that is used where none is named.`)
  })
