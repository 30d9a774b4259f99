/**
 * Port: ask a person for what is missing. `@mlserver-auth/node` asks in a terminal, a browser asks in a dialog, a test
 * answers by itself.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { CredentialRequired } from "./AuthError.js"
import type { Prompt } from "./DeviceAuthorization.js"

/** What the person must know in order to answer. */
export interface Question {
  /** Origin of the server that wants to know. */
  readonly server: string
}

/** Asks a person. All fail with `CredentialRequired`: `NotInteractive` where nobody is there, `Cancelled` when they leave. */
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

/** The prompt that interactive sign-ins use. */
export class CredentialPrompt extends Context.Tag("@mlserver-auth/core/CredentialPrompt")<
  CredentialPrompt,
  Service
>() {}
