/**
 * Asks a person in a modal `<dialog>`: labelled, by keyboard alone, with password managers, light and dark, under a
 * strict Content Security Policy with Trusted Types, and without a framework.
 */
import type { AuthError, CredentialRequired } from "@mlserver-auth/core/AuthError"
import * as CredentialPrompt from "@mlserver-auth/core/CredentialPrompt"
import type { Session } from "@mlserver-auth/core/Session"
import type { Token } from "@mlserver-auth/core/Token"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Asking from "./internal/asking.js"
import * as Dialog from "./internal/dialog.js"

/** Every word of the dialog. */
export type Texts = Dialog.Texts

/** How people are asked. */
export interface Options {
  /** Words in the place of the English ones. */
  readonly texts?: Partial<Texts> | undefined
}

/** How a sign-in that did not work is told. */
export interface SignInOptions extends Options {
  /** The words for a problem; its `message` unless said otherwise. */
  readonly describe?: ((error: AuthError) => string) | undefined
}

const openWith = ({ texts }: Options) => Dialog.open({ ...Dialog.ENGLISH, ...texts })

/**
 * A prompt by dialogs, one at a time. User name and password are asked for in one; Enter answers, and Escape and the
 * button for it are `CredentialRequired` with `Cancelled`. In a worker it is `NotInteractive`. What was typed is not kept.
 */
export const make = (options: Options = {}): Effect.Effect<CredentialPrompt.Service> =>
  Asking.toPrompt(openWith(options))

/** The prompt as a layer. */
export const layer = (options?: Options): Layer.Layer<CredentialPrompt.CredentialPrompt> =>
  Layer.effect(CredentialPrompt.CredentialPrompt, make(options))

/**
 * Signs in through one dialog that stays open until it has worked: what was wrong is said in it, and the person tries
 * again or leaves. Nothing is sent that they did not send. Fails with `CredentialRequired`: `Cancelled`, `NotInteractive`.
 *
 * @example
 * import { DialogPrompt } from "@mlserver-auth/browser"
 * import * as Effect from "effect/Effect"
 *
 * const signedIn = Effect.catchTag(DialogPrompt.signIn(), "CredentialRequired", () => Effect.succeed(undefined))
 */
export const signIn = (options: SignInOptions = {}): Effect.Effect<Token, CredentialRequired, Session> =>
  Asking.signIn(openWith(options), options.describe ?? ((error) => error.message))
