/** Failures of what the caller passed. */
import type * as ConfigError from "effect/ConfigError"
import * as Schema from "effect/Schema"
import { Diagnosis } from "../../Diagnosis.js"
import { messageOf } from "../words/words.js"

/**
 * The library cannot use a setting or an input: a bad URL, http to another machine, an empty password, a control character
 * in a user name. Nothing was sent, or (with a `diagnosis`) the authority knows no such application.
 *
 * @example
 * import * as Either from "effect/Either"
 * import { ServerEndpoint } from "@mlserver-auth/core"
 *
 * const answer = Either.match(ServerEndpoint.make("http://mlserver.contoso.com:12800"), {
 *   onLeft: ({ fix, problem, setting }) => `${setting}: ${problem}. ${fix}`,
 *   onRight: ({ base }) => base
 * })
 */
export class ConfigurationInvalid extends Schema.TaggedError<ConfigurationInvalid>()("ConfigurationInvalid", {
  /** The option that is wrong, as the caller spells it: `server`, `username`, `password`, … */
  setting: Schema.String,
  problem: Schema.String,
  fix: Schema.String,
  diagnosis: Schema.optional(Diagnosis)
}) {
  override get message(): string {
    return messageOf(this)
  }
  get retryable(): boolean {
    return false
  }
}

/**
 * The `ConfigurationInvalid` of settings that could not be read. It names all of them and says whether each is missing or
 * unreadable. It holds no value, because a value may be a secret.
 *
 * @example
 * import * as Config from "effect/Config"
 * import * as Effect from "effect/Effect"
 * import { AuthError } from "@mlserver-auth/core"
 *
 * const server = Effect.mapError(Config.string("MLS_SERVER"), AuthError.fromConfigError) // … "MLS_SERVER (missing)"
 */
export const fromConfigError = (error: ConfigError.ConfigError): ConfigurationInvalid => {
  const kinds = { MissingData: "missing", InvalidData: "unreadable", Unsupported: "unsupported" } as const
  const named = (at: ConfigError.ConfigError): ReadonlyArray<string> => {
    if (at._op === "And" || at._op === "Or") return [...named(at.left), ...named(at.right)]
    if (at._op === "SourceUnavailable") return ["the source of the settings cannot be reached"]
    return [`${at.path.join("_")} (${kinds[at._op]})`]
  }
  return new ConfigurationInvalid({
    setting: "configuration",
    problem: [...new Set(named(error))].join(", "),
    fix: "Set what is named, for example in the environment."
  })
}
