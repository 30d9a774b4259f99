/**
 * A sign-in with a device code as a stream of events, for applications that show it themselves.
 */
import * as Effect from "effect/Effect"
import * as Mailbox from "effect/Mailbox"
import * as Stream from "effect/Stream"
import type { AuthError } from "./AuthError.js"
import * as Credential from "./Credential.js"
import { Event } from "./DeviceAuthorization.js"
import type { Service as Session } from "./Session.js"

/** Options of `events`: those of `Credential.deviceCode`, and how the person asks for a new code. */
export interface Options extends Omit<Credential.DeviceCodeOptions, "prompt"> {
  /** Completes each time the person asks for a new code: see `DeviceAuthorization.Prompt`. */
  readonly newCode?: Effect.Effect<void> | undefined
}

/**
 * Signs a session in with a device code, as a stream of its steps. Ends after `Approved`, which comes when the token is
 * stored. Fails with what `Session.signIn` fails with; stopping the stream cancels the sign-in.
 *
 * @example
 * import * as Console from "effect/Console"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 * import { DeviceSignIn, Session } from "@mlserver-auth/core"
 *
 * const signIn = Effect.flatMap(Session.Session, (session) =>
 *   Stream.runForEach(DeviceSignIn.events(session, { newCodes: 2 }), (event) =>
 *     event._tag === "Issued" ? Console.error(`Enter ${event.authorization.userCode}`) : Effect.void
 *   )
 * )
 */
export const events = (session: Session, options: Options = {}): Stream.Stream<Event, AuthError> =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const mailbox = yield* Mailbox.make<Event, AuthError>()
      // The flow's own `Approved` is left out: it comes before the token is saved.
      const show = (event: Event) => (event._tag === "Approved" ? Effect.void : Effect.asVoid(mailbox.offer(event)))
      const signIn = session.signIn(Credential.deviceCode({ ...options, prompt: { show, newCode: options.newCode } }))
      yield* Effect.forkScoped(
        Mailbox.into(
          Effect.flatMap(signIn, ({ expiresAt, principal }) => mailbox.offer(Event.Approved({ principal, expiresAt }))),
          mailbox
        )
      )
      return Mailbox.toStream(mailbox)
    })
  )
