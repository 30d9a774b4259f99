/**
 * Interface: asks a person for a credential. `@mlserver-auth/node` asks in a terminal, `@mlserver-auth/browser` in a
 * dialog, and a test answers by itself.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { CredentialRequired } from "./AuthError.js"
import type { Prompt } from "./DeviceAuthorization.js"

/** What the prompt tells the person: which server asks. */
export interface Question {
  /** Origin of the server that wants to know. */
  readonly server: string
}

/** Asks a person. All fail with `CredentialRequired`: `NotInteractive` where no person is there, `Cancelled` when they leave. */
export interface Service {
  /** Asks for a user name, shown as it is typed. */
  readonly username: (question: Question) => Effect.Effect<string, CredentialRequired>
  /** Asks for a password, hidden as it is typed. */
  readonly password: (
    question: Question & { readonly username: string }
  ) => Effect.Effect<Redacted.Redacted<string>, CredentialRequired>
  /** Shows one sign-in with a device code, until the scope closes. */
  readonly device: Effect.Effect<Prompt, CredentialRequired, Scope.Scope>
}

/**
 * The prompt that interactive sign-ins use.
 *
 * @example
 * import { CredentialPrompt } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * // For tests: a person who always answers the same, and looks at no code.
 * const Ada = Layer.succeed(CredentialPrompt.CredentialPrompt, {
 *   username: () => Effect.succeed("ada"),
 *   password: () => Effect.succeed(Redacted.make("…")),
 *   device: Effect.succeed({ show: () => Effect.void })
 * })
 */
export class CredentialPrompt extends Context.Tag("@mlserver-auth/core/CredentialPrompt")<
  CredentialPrompt,
  Service
>() {}
