/**
 * Asks a person in a form of your application. It finds the inputs as password managers do: by `autocomplete="username"`
 * and `autocomplete="current-password"`. An element with `role="alert"` in it shows what was wrong.
 */
import { type AuthError, CredentialRequired } from "@mlserver-auth/core/AuthError"
import * as CredentialPrompt from "@mlserver-auth/core/CredentialPrompt"
import type { Session } from "@mlserver-auth/core/Session"
import type { Token } from "@mlserver-auth/core/Token"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Asking from "./internal/dialog/asking.js"
import { asking, fieldsOf, GONE, keptHere } from "./internal/dialog/loginForm.js"
import { whenGone } from "./internal/dialog/presence.js"

/** Finds the form when the prompt needs it. `null` if there is none now. */
export type Find = () => HTMLFormElement | null

/** Options of a sign-in. */
export interface SignInOptions {
  /** The text that the form shows for a sign-in that did not work. Default: the `message` of the error. */
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
      const page = new EventTarget()
      const left = [
        // A form is left by its reset button.
        [asked, "reset"],
        [page, GONE]
      ] as const
      return Effect.zipRight(
        keptHere(asked),
        Effect.map(
          Effect.acquireRelease(
            Effect.sync(() => whenGone(asked, () => page.dispatchEvent(new Event(GONE)))),
            (stop) =>
              Effect.sync(() => {
                stop()
                username.readOnly = readOnly
              })
          ),
          () => asking(fields, question, left)
        )
      )
    })

/**
 * A prompt by a form. Its next submission is the answer, which reaches this prompt alone: the browser sends nothing. Fails
 * with `CredentialRequired`: `Cancelled` if the person resets the form or the page removes it, `NotInteractive` if there is no
 * form, or it has no inputs for user name and password.
 *
 * @example
 * import { FormPrompt } from "@mlserver-auth/browser"
 * import * as Effect from "effect/Effect"
 *
 * const server = "https://mlserver.contoso.com:12800"
 * const typed = Effect.flatMap(FormPrompt.make(() => document.forms[0] ?? null), (form) =>
 *   Effect.flatMap(form.username({ server }), (username) => form.password({ server, username }))
 * )
 */
export const make = (find: Find): Effect.Effect<CredentialPrompt.Service> =>
  Effect.flatMap(Effect.makeSemaphore(1), (turn) => Asking.toPrompt(openWith(find), turn))

/**
 * The prompt as a layer.
 *
 * @example
 * import { BrowserAuth, FormPrompt } from "@mlserver-auth/browser"
 *
 * // `Session.signIn()` waits for the next submission of <form id="sign-in">.
 * const Auth = BrowserAuth.layer({
 *   server: "https://mlserver.contoso.com:12800",
 *   prompt: FormPrompt.layer(() => document.querySelector<HTMLFormElement>("#sign-in"))
 * })
 */
export const layer = (find: Find): Layer.Layer<CredentialPrompt.CredentialPrompt> =>
  Layer.effect(CredentialPrompt.CredentialPrompt, make(find))

/**
 * Takes submissions of the form until a sign-in works, and shows in the form what was wrong. Fails with `CredentialRequired`
 * as `make` does.
 *
 * @example
 * import { FormPrompt } from "@mlserver-auth/browser"
 *
 * const signIn = FormPrompt.signIn(() => document.querySelector<HTMLFormElement>("#sign-in"))
 */
export const signIn = (find: Find, options: SignInOptions = {}): Effect.Effect<Token, CredentialRequired, Session> =>
  Asking.signIn(openWith(find), options.describe ?? ((error) => error.message), Effect.unsafeMakeSemaphore(1))
