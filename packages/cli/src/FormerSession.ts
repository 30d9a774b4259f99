/**
 * The session that a profile had from another issuer: once it is signed in to through Azure, or through another tenant,
 * nothing would ever look for the old one again, and its tokens would stay on the disk.
 */
import * as Effect from "effect/Effect"
import * as Cloud from "./Cloud.js"
import * as Connection from "./Connection.js"
import type { Invocation } from "./Invocation.js"
import type { Output } from "./Output.js"

/** Ends it, if there is one; that this may fail is no matter of the new sign-in. */
export const end = ({ session, settings }: Connection.Connection): Effect.Effect<void, never, Invocation | Output> =>
  Effect.gen(function* () {
    const known = settings.profile
    if (known === undefined) return
    const choice = yield* Cloud.ofRemembered(known)
    const former = yield* Connection.open(
      { ...settings, ...choice, loginPath: known.loginPath },
      { storedOnly: true, keyLater: true }
    )
    if (former.session.key.id === session.key.id) return
    const { revocation, wasSignedIn } = yield* former.session.signOut
    if (wasSignedIn) yield* Effect.annotateLogs(Effect.logDebug("former session ended"), { revocation })
  }).pipe(Effect.scoped, Effect.ignore)
