/**
 * The credential that the environment holds, for programs: it beats what is stored, and commands say so.
 */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as Credential from "@mlserver-auth/core/Credential"
import * as Effect from "effect/Effect"
import { variable } from "./Invocation.js"
import type { ServerSettings } from "./ServerSettings.js"

/** A credential and the variable that is to be named to people. */
export type EnvironmentCredential =
  | { readonly credential: Credential.AccessToken; readonly variable: "MLS_ACCESS_TOKEN" }
  | { readonly credential: Credential.UsernamePassword; readonly variable: "MLS_PASSWORD" }
  | { readonly credential: undefined; readonly variable: undefined }

/**
 * MLS_ACCESS_TOKEN, else MLS_USERNAME with MLS_PASSWORD. A user name alone is only `login`'s default; a password alone
 * is a mistake: `ConfigurationInvalid`.
 */
export const environmentCredential: Effect.Effect<EnvironmentCredential, ConfigurationInvalid> = Effect.gen(
  function* () {
    const token = yield* variable("MLS_ACCESS_TOKEN")
    if (token !== undefined) {
      return { credential: Credential.accessToken(token), variable: "MLS_ACCESS_TOKEN" } as const
    }
    const password = yield* variable("MLS_PASSWORD")
    if (password === undefined) return { credential: undefined, variable: undefined }
    const username = yield* variable("MLS_USERNAME")
    if (username === undefined) {
      return yield* new ConfigurationInvalid({
        setting: "username",
        problem: "MLS_PASSWORD is set and MLS_USERNAME is not",
        fix: "Set MLS_USERNAME too, or unset MLS_PASSWORD."
      })
    }
    return { credential: Credential.usernamePassword({ username, password }), variable: "MLS_PASSWORD" } as const
  }
)

/**
 * A repository's `.mls.json` must not say where a credential of the environment goes: it may have come with anybody's
 * clone, and the variables were set for another server. Fails where that file alone chose the profile.
 */
export const refuseRedirected = (
  { endpoint, name, origin }: Pick<ServerSettings, "endpoint" | "name" | "origin">,
  credential: string
): Effect.Effect<void, ConfigurationInvalid> =>
  origin.by === "directory"
    ? new ConfigurationInvalid({
        setting: "profile",
        problem: `${origin.what} chooses the profile ${name}, and ${credential} would go to its server, ${endpoint.base}`,
        fix: `If that is meant, say so: \`--profile ${name}\`, or MLS_PROFILE or MLS_HOST. Otherwise \`--ignore-env\`, or another profile.`
      })
    : Effect.void
