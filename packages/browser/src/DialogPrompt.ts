/**
 * Asks a person in a modal `<dialog>`. It has labels, works with the keyboard alone and with password managers, in light
 * and dark, under a strict Content Security Policy with Trusted Types, and without a framework.
 */
import type { AuthError, CredentialRequired } from "@mlserver-auth/core/AuthError"
import * as CredentialPrompt from "@mlserver-auth/core/CredentialPrompt"
import type { Session } from "@mlserver-auth/core/Session"
import type { Token } from "@mlserver-auth/core/Token"
import * as Effect from "effect/Effect"
import { globalValue } from "effect/GlobalValue"
import * as Layer from "effect/Layer"
import * as Asking from "./internal/dialog/asking.js"
import * as Dialog from "./internal/dialog/dialog.js"
import type * as Words from "./internal/dialog/texts.js"

/** Every word of the dialog. */
export type Texts = Words.Texts

/** Options of the prompt. */
export interface Options {
  /** Words in the place of the English ones. Default: all in English. */
  readonly texts?: Partial<Texts> | undefined
}

/** Options of a sign-in. */
export interface SignInOptions extends Options {
  /** The text that the dialog shows for a sign-in that did not work. Default: the `message` of the error. */
  readonly describe?: ((error: AuthError) => string) | undefined
}

/** One dialog at a time in a page: a second would stand on the first. */
const turn = globalValue(Symbol.for("@mlserver-auth/browser/dialog/turn"), () => Effect.unsafeMakeSemaphore(1))

const openWith = ({ texts }: Options) => Dialog.open({ ...Dialog.ENGLISH, ...texts })

/**
 * A prompt by dialogs, one at a time. One dialog asks for user name and password. Enter answers; Escape and the button for it
 * fail with `CredentialRequired` (`Cancelled`), and so does a worker (`NotInteractive`). What the person types is not kept.
 *
 * @example
 * import { DialogPrompt } from "@mlserver-auth/browser"
 * import * as Effect from "effect/Effect"
 *
 * const server = "https://mlserver.contoso.com:12800"
 * const password = Effect.flatMap(DialogPrompt.make(), (dialog) => dialog.password({ server, username: "ada" }))
 */
export const make = (options: Options = {}): Effect.Effect<CredentialPrompt.Service> =>
  Asking.toPrompt(openWith(options), turn)

/**
 * The prompt as a layer.
 *
 * @example
 * import { BrowserAuth, DialogPrompt } from "@mlserver-auth/browser"
 *
 * const Auth = BrowserAuth.layer({
 *   server: "https://mlserver.contoso.com:12800",
 *   prompt: DialogPrompt.layer({ texts: { title: "Anmeldung", signIn: "Anmelden", cancel: "Abbrechen" } })
 * })
 */
export const layer = (options?: Options): Layer.Layer<CredentialPrompt.CredentialPrompt> =>
  Layer.effect(CredentialPrompt.CredentialPrompt, make(options))

/**
 * Signs in with one dialog, which stays open until a sign-in works or the person cancels. It shows what was wrong, and sends
 * nothing that the person did not send. If it runs again while the dialog is open, it uses the same dialog. Fails with
 * `CredentialRequired`: `Cancelled` if the person cancels, `NotInteractive` in a worker.
 *
 * @example
 * import { DialogPrompt } from "@mlserver-auth/browser"
 * import * as Effect from "effect/Effect"
 *
 * const signedIn = Effect.catchTag(DialogPrompt.signIn(), "CredentialRequired", () => Effect.succeed(undefined))
 */
export const signIn = (options: SignInOptions = {}): Effect.Effect<Token, CredentialRequired, Session> =>
  Asking.signIn(openWith(options), options.describe ?? ((error) => error.message), turn)

/** Every word of the dialog about a window that may have been closed. */
export type GiveUpTexts = Words.GiveUpTexts

/**
 * Says that a sign-in goes on in another window, and ends when the person gives that up: for `AuthorizationCodePopup`, which
 * cannot know whether a window that looks closed is closed.
 *
 * @example
 * import { AuthorizationCodePopup, DialogPrompt } from "@mlserver-auth/browser"
 *
 * const redirect = AuthorizationCodePopup.make({
 *   redirectUri: "https://page.contoso.com/signed-in",
 *   whenClosed: DialogPrompt.giveUp({ title: "Anmeldung" })
 * })
 */
export const giveUp = (texts?: Partial<GiveUpTexts>): Effect.Effect<void> =>
  Dialog.giveUp({ ...Dialog.ENGLISH_GIVE_UP, ...texts })
