/**
 * What is told of a session, in `status` and after a sign-in: for people, and as JSON.
 */
import { Invocation } from "../cli/invocation.js"
import { Output } from "../cli/output.js"
import * as Cloud from "../config/cloud.js"
import { azureJson } from "../config/profile.js"
import * as TokenLocation from "../config/tokenLocation.js"
import type * as Outputs from "../outputs/outputs.js"
import { words } from "../text/duration.js"
import * as Instants from "../text/instant.js"
import type { Connection } from "./connection.js"
import type { AuthError } from "@mlserver-auth/core/AuthError"
import type { State } from "@mlserver-auth/core/SessionState"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

type SignedIn = Extract<State, { readonly _tag: "SignedIn" }>

/** A session that is there. */
export interface Held {
  readonly server: string
  readonly user: string | undefined
  readonly state: SignedIn
  /** Whether it can be used, as far as is known without asking the server. */
  readonly alive: boolean
  readonly place: TokenLocation.TokenLocation
  readonly json: SessionJson
}

/** The session as programs read it. Never a token. */
export type SessionJson = Omit<Outputs.Of<"refresh">, "usable">

/** How the session is signed in, whatever was remembered of another one. */
const methodOf = ({ override, settings }: Connection, { principal, renewable }: SignedIn): Cloud.Method | undefined => {
  const given = !renewable && principal === undefined
  if (given || override?.variable === "MLS_ACCESS_TOKEN") return undefined
  return override?.variable === "MLS_PASSWORD" && settings.cloud !== undefined ? "aad-password" : settings.method
}

const jsonOf = (connection: Connection, state: SignedIn, place: TokenLocation.TokenLocation): SessionJson => ({
  signedIn: true,
  profile: connection.settings.profile?.name ?? null,
  chosenBy: connection.settings.origin,
  server: connection.endpoint.base,
  user: state.principal ?? null,
  source: connection.override?.variable ?? "stored",
  fingerprint: connection.override?.fingerprint ?? null,
  store: { kind: place.protection, directory: place.directory ?? null },
  method: methodOf(connection, state) ?? null,
  azure: connection.settings.cloud === undefined ? null : azureJson(Cloud.toRemember(connection.settings.cloud)),
  revocable: state.renewable && connection.settings.cloud === undefined,
  accessToken: { expires: Instants.orNull(state.expiresAt) },
  renewable: state.renewable,
  idleEnds: Instants.orNull(state.idleEndsAt),
  chainEnds: Instants.orNull(state.chainEndsAt)
})

/** The session, without the network; `undefined` where no user is signed in. */
export const held = (connection: Connection): Effect.Effect<Held | undefined, AuthError> =>
  Effect.gen(function* () {
    const state = yield* connection.session.peek
    if (state._tag === "SignedOut") return undefined
    const { directory, session } = connection
    const place = yield* TokenLocation.of(directory, session.key)
    const now = yield* Clock.currentTimeMillis
    const fresh = state.expiresAt === undefined || state.expiresAt > now
    const over = [state.idleEndsAt, state.chainEndsAt].some((end) => end !== undefined && end <= now)
    return {
      server: connection.endpoint.base,
      user: state.principal,
      state,
      alive: fresh || (state.renewable && !over),
      place,
      json: jsonOf(connection, state, place)
    }
  })

/** The same where no user is signed in, as far as it does not depend on whether a server is known. */
export const nobodyOf = (connection: Connection | undefined) =>
  ({
    signedIn: false,
    usable: false,
    profile: connection?.settings.profile?.name ?? null,
    source: connection?.override?.variable ?? "stored"
  }) as const

/** `until in 59 min (10:42)`, or what else can be said of an access token's end. */
export const until = (expiresAt: number | undefined, now: number): string => {
  if (expiresAt === undefined) return "without a known end: valid until the server refuses it"
  const when = Instants.toText(expiresAt, now)
  return expiresAt > now ? `ends ${when}` : `ended ${when}`
}

/** When the token and the session end, as far as that is known. */
export const endsOf = ({ chainEndsAt, expiresAt, idleEndsAt }: SignedIn, now: number): ReadonlyArray<string> => [
  `access token ${until(expiresAt, now)}`,
  ...(idleEndsAt === undefined ? [] : [`idle end ${Instants.toText(idleEndsAt, now)}`]),
  ...(chainEndsAt === undefined ? [] : [`session end ${Instants.toText(chainEndsAt, now)}`])
]

/** How a sign-in went. */
export interface Outcome {
  /** `false` where a live session was left as it was. */
  readonly changed: boolean
  /** Who was to sign in, if a user was named. */
  readonly user: string | undefined
  readonly profile: string
  readonly isDefault: boolean
  /** Whether this sign-in made the profile. */
  readonly isNew: boolean
}

/** A program that follows the events of a sign-in by a person gets an event as its last line too. */
const printJson = (after: Held, { settings }: Connection, { changed, profile }: Outcome) =>
  Effect.flatMap(Output, ({ answerJson }) => {
    if (settings.method !== "aad-device" && settings.method !== "aad-browser") {
      return answerJson("login", { ...after.json, profile, changed })
    }
    const expiresAt = after.json.accessToken.expires?.at ?? null
    const { server, user = null } = after
    return answerJson("login-event", { event: "authorized", profile, server, user, expiresAt, changed })
  })

/** Tells who is signed in now, until when, and what to do next. */
export const reportLogin = (after: Held, connection: Connection, outcome: Outcome) =>
  Effect.gen(function* () {
    const { changed, isDefault, isNew, profile, user } = outcome
    const { marked, notice } = yield* Output
    if ((yield* Invocation).json) return yield* printJson(after, connection, outcome)
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
      yield* marked("!", `That is not ${user}: the code was approved by another user.`)
    }
    yield* notice(`  Access token ${until(after.state.expiresAt, now)}. ${renewal}`)
    yield* notice(`  ${isNew ? "New profile" : "Profile"} ${profile}. Stored in ${TokenLocation.words(after.place)}.`)
    const named = isDefault ? "" : ` -p ${profile}`
    yield* notice(`  Next: mls api services${named} | mls status${named} | mls token --header${named}`)
    if (!isDefault) yield* notice(`  \`mls profile use ${profile}\` makes it the default profile.`)
  })
