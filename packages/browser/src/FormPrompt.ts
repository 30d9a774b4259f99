/**
 * Asks a person in a form of the application's own. Its inputs are found as password managers find them: by
 * `autocomplete="username"` and `autocomplete="current-password"`. An element with `role="alert"` in it is told what
 * was wrong.
 */
import { type AuthError, CredentialRequired } from "@mlserver-auth/core/AuthError"
import * as CredentialPrompt from "@mlserver-auth/core/CredentialPrompt"
import type { Session } from "@mlserver-auth/core/Session"
import type { Token } from "@mlserver-auth/core/Token"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Asking from "./internal/asking.js"
import { asking, fieldsOf, keptHere } from "./internal/loginForm.js"

/** Finds the form when it is wanted; `null` where there is none now. */
export type Find = () => HTMLFormElement | null

/** How a sign-in that did not work is told. */
export interface SignInOptions {
  /** The words for a problem; its `message` unless said otherwise. */
  readonly describe?: ((error: AuthError) => string) | undefined
}

const openWith =
  (find: Find): Asking.Open =>
  (question) =>
    Effect.suspend(() => {
      const form = find()
      const fields = form === null ? undefined : fieldsOf(form)
      if (fields === undefined) {
        const missing =
          form === null ? "the form is not in the page" : "the form has no inputs for user name and password"
        return Effect.fail(new CredentialRequired({ reason: "NotInteractive", detail: missing }))
      }
      const { form: asked, username } = fields
      const { readOnly } = username
      return Effect.zipRight(
        keptHere(asked),
        Effect.acquireRelease(
          // A form is left by its reset button.
          Effect.sync(() => asking(fields, question, [[asked, "reset"]])),
          () => Effect.sync(() => void (username.readOnly = readOnly))
        )
      )
    })

/**
 * A prompt by a form. Its next submission is the answer, which reaches this prompt alone: the browser sends nothing. Its
 * reset is `CredentialRequired` with `Cancelled`, and a form that is not there `NotInteractive`.
 */
export const make = (find: Find): Effect.Effect<CredentialPrompt.Service> => Asking.toPrompt(openWith(find))

/** The prompt as a layer. */
export const layer = (find: Find): Layer.Layer<CredentialPrompt.CredentialPrompt> =>
  Layer.effect(CredentialPrompt.CredentialPrompt, make(find))

/**
 * Takes submissions of the form until a sign-in has worked or the form is reset; says in it what was wrong. Interrupt it
 * when the form goes.
 *
 * @example
 * import { FormPrompt } from "@mlserver-auth/browser"
 *
 * const signIn = FormPrompt.signIn(() => document.querySelector<HTMLFormElement>("#sign-in"))
 */
export const signIn = (find: Find, options: SignInOptions = {}): Effect.Effect<Token, CredentialRequired, Session> =>
  Asking.signIn(openWith(find), options.describe ?? ((error) => error.message))
