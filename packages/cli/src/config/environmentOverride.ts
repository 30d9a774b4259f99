/**
 * The credential that the environment holds, for programs. It beats what is stored, silently as variables are: so it is
 * said aloud wherever that could mislead a person. A token is shown as its fingerprint, by which people can compare tokens
 * without showing them.
 */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as Credential from "@mlserver-auth/core/Credential"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { variable } from "../cli/invocation.js"
import { Output } from "../cli/output.js"
import type { ServerSettings } from "./settings.js"

/** What beats what is stored. */
export interface EnvironmentOverride {
  readonly variable: "MLS_ACCESS_TOKEN" | "MLS_PASSWORD"
  /** Of the token, eight digits of its SHA-256; a password has none, since a short one could be found by it. */
  readonly fingerprint: string | undefined
}

/** A credential, and what is said of it to people. */
export interface EnvironmentCredential {
  readonly credential: Credential.AccessToken | Credential.UsernamePassword
  readonly override: EnvironmentOverride
}

const fingerprintOf = (token: string): string => createHash("sha256").update(token).digest("hex").slice(0, 8)

/**
 * MLS_ACCESS_TOKEN, else MLS_USERNAME with MLS_PASSWORD. A user name alone is only `login`'s default; a password alone
 * is a mistake: `ConfigurationInvalid`.
 */
export const environmentCredential: Effect.Effect<EnvironmentCredential | undefined, ConfigurationInvalid> = Effect.gen(
  function* () {
    const token = yield* variable("MLS_ACCESS_TOKEN")
    if (token !== undefined) {
      const override = { variable: "MLS_ACCESS_TOKEN", fingerprint: fingerprintOf(token) } as const
      return { credential: Credential.accessToken(token), override }
    }
    const password = yield* variable("MLS_PASSWORD")
    if (password === undefined) return undefined
    const username = yield* variable("MLS_USERNAME")
    if (username === undefined) {
      return yield* new ConfigurationInvalid({
        setting: "username",
        problem: "MLS_PASSWORD is set and MLS_USERNAME is not",
        fix: "Set MLS_USERNAME too, or unset MLS_PASSWORD."
      })
    }
    const override = { variable: "MLS_PASSWORD", fingerprint: undefined } as const
    return { credential: Credential.usernamePassword({ username, password }), override }
  }
)

/**
 * A repository's `.mls.json` must not say where a credential of the environment goes: it may have come with any
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
        fix: `If you want that, name it: \`--profile ${name}\`, or MLS_PROFILE or MLS_HOST. Otherwise \`--ignore-env\`, or another profile.`
      })
    : Effect.void

/** `undefined` where the environment has no credential, or none that could be used. */
export const find: Effect.Effect<EnvironmentOverride | undefined> = environmentCredential.pipe(
  Effect.map((found) => found?.override),
  Effect.orElseSucceed(() => undefined)
)

/** Says that a credential of the environment is used in the place of what is stored. */
export const warn = (override: EnvironmentOverride | undefined): Effect.Effect<void, never, Output> =>
  override === undefined
    ? Effect.void
    : Effect.flatMap(Output, ({ marked }) =>
        marked(
          "!",
          `${override.variable} is set and wins over what is stored${mark(override)}. Unset it, or pass --ignore-env.`
        )
      )

/** ` (fingerprint 9c01f3aa)`, where there is one. */
export const mark = ({ fingerprint }: EnvironmentOverride): string =>
  fingerprint === undefined ? "" : ` (fingerprint ${fingerprint})`
