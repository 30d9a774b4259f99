/** The end of a session, and what is said of it: by `mls logout`, for one profile or for all. */
import type { SignOut } from "@mlserver-auth/core/SessionState"
import * as Effect from "effect/Effect"
import type * as Connection from "./Connection.js"
import { Output } from "./Output.js"
import { fromFailure } from "./Problem.js"
import * as RecordPlace from "./RecordPlace.js"

/** What a sign-out cannot reach, in the words of Azure's documentation of refresh tokens. */
const REMAINS =
  "Azure cannot be told: its refresh token stays valid until it is unused for 90 days, or an administrator revokes it."

/** For people. `from`: the server, or the profile and its server. */
export const say = (from: string, end: SignOut) =>
  Effect.gen(function* () {
    const { marked, notice } = yield* Output
    if (!end.wasSignedIn) return yield* notice(`Nobody was signed in to ${from}.`)
    if (end.revocation === "NotSupported") {
      yield* marked("✓", `Signed out of ${from} here: the tokens are deleted.`)
      return yield* notice(`  ${REMAINS}`)
    }
    if (end.revocation !== "NotTold") {
      const revoked =
        end.revocation === "Revoked" ? "the session is revoked at the server" : "there was nothing to revoke"
      return yield* marked("✓", `Signed out of ${from}: ${revoked}, and the tokens are deleted here.`)
    }
    yield* marked("!", `Signed out of ${from} here; the server could not be told. Its session dies within 14 days.`)
    if (end.error !== undefined) yield* notice(`  ${fromFailure(end.error).message}.`)
  })

/**
 * Ends the session. Tokens whose key cannot be had now are deleted too, and nobody can show them to the server.
 * `StoreUnavailable` where they cannot be deleted.
 */
export const end = ({ directory, session, settings }: Connection.Connection) =>
  Effect.gen(function* () {
    const { protection } = yield* RecordPlace.of(directory, session.key)
    const end = yield* session.signOut
    if (end.wasSignedIn || (protection !== "keyring" && protection !== "encrypted")) return end
    const revocation = settings.cloud === undefined ? ("NotTold" as const) : ("NotSupported" as const)
    return { ...end, wasSignedIn: true, revocation }
  })
