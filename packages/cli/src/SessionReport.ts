/**
 * What is told of a session, in `status` and after a sign-in: for people, and as JSON.
 */
import type { AuthError } from "@mlserver-auth/core/AuthError"
import type { State } from "@mlserver-auth/core/SessionState"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Cloud from "./Cloud.js"
import type { Connection } from "./Connection.js"
import * as Instants from "./Instants.js"
import * as RecordPlace from "./RecordPlace.js"
import type { Origin } from "./Selection.js"

type SignedIn = Extract<State, { readonly _tag: "SignedIn" }>

/** A session that is there. */
export interface Held {
  readonly server: string
  readonly user: string | undefined
  readonly state: SignedIn
  /** Whether it can be used, as far as is known without asking the server. */
  readonly alive: boolean
  readonly place: RecordPlace.RecordPlace
  readonly json: SessionJson
}

/** The session as programs read it. Never a token. */
export interface SessionJson {
  readonly signedIn: true
  /** The profile's name; `null` where a server was named that has none. */
  readonly profile: string | null
  /** What chose it: `by` for programs, `what` is the option, the variable or the file. */
  readonly chosenBy: Origin
  readonly server: string
  readonly user: string | null
  /** `stored`, or the variable whose credential is used. */
  readonly source: string
  /** Of the token in MLS_ACCESS_TOKEN where that is used. */
  readonly fingerprint: string | null
  readonly store: { readonly kind: RecordPlace.Protection; readonly directory: string | null }
  /** How it was signed in; `null` for an access token that was given. */
  readonly method: Cloud.Method | null
  /** The settings of Azure, where the server leaves sign-ins to it. */
  readonly azure: Cloud.Settings | null
  /** Whether `logout` can have the session revoked at the issuer. */
  readonly revocable: boolean
  readonly accessToken: { readonly expires: ReturnType<typeof Instants.forPrograms> }
  readonly renewable: boolean
  /** As documented by the issuer; it may end a session earlier. */
  readonly idleEnds: ReturnType<typeof Instants.forPrograms>
  readonly chainEnds: ReturnType<typeof Instants.forPrograms>
}

/** How the session is signed in, whatever was remembered of another one. */
const methodOf = ({ heldBy, settings }: Connection, { principal, renewable }: SignedIn): Cloud.Method | undefined => {
  const given = !renewable && principal === undefined
  if (given || heldBy === "MLS_ACCESS_TOKEN") return undefined
  return heldBy === "MLS_PASSWORD" && settings.cloud !== undefined ? "aad-password" : settings.method
}

const jsonOf = (connection: Connection, state: SignedIn, place: RecordPlace.RecordPlace): SessionJson => ({
  signedIn: true,
  profile: connection.settings.profile?.name ?? null,
  chosenBy: connection.settings.origin,
  server: connection.endpoint.base,
  user: state.principal ?? null,
  source: connection.heldBy ?? "stored",
  fingerprint: connection.shadow?.fingerprint ?? null,
  store: { kind: place.protection, directory: place.directory ?? null },
  method: methodOf(connection, state) ?? null,
  azure:
    connection.settings.cloud === undefined ? null : Cloud.forPrograms(Cloud.toRemember(connection.settings.cloud)),
  revocable: state.renewable && connection.settings.cloud === undefined,
  accessToken: { expires: Instants.forPrograms(state.expiresAt) },
  renewable: state.renewable,
  idleEnds: Instants.forPrograms(state.idleEndsAt),
  chainEnds: Instants.forPrograms(state.chainEndsAt)
})

/** The session, without the network; `undefined` where nobody is signed in. */
export const held = (connection: Connection): Effect.Effect<Held | undefined, AuthError> =>
  Effect.gen(function* () {
    const state = yield* connection.session.peek
    if (state._tag === "SignedOut") return undefined
    const { directory, session } = connection
    const place = yield* RecordPlace.of(directory, session.key)
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

/** `until in 59 min (10:42)`, or what else can be said of an access token's end. */
export const until = (expiresAt: number | undefined, now: number): string => {
  if (expiresAt === undefined) return "without a known end: good until the server refuses it"
  const when = Instants.forPeople(expiresAt, now)
  return expiresAt > now ? `ends ${when}` : `ended ${when}`
}
