/** What the application offers without asking a person. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { AuthError } from "../../AuthError.js"
import { type Credential, needsPerson } from "../../Credential.js"
import type * as Token from "../../Token.js"
import type { Deps } from "./deps.js"

export type SilentCredential = Either.Either<Option.Option<Credential>, AuthError>

export const silentCredential = ({ issuer, key, source }: Deps): Effect.Effect<SilentCredential> =>
  Effect.either(
    // Some credentials ask a person, and nothing but a sign-in does that.
    Effect.map(
      source.silent({ server: issuer.server, principal: key.principal }),
      Option.filter((credential) => !needsPerson(credential))
    )
  )

/** The credential that is there without another look. */
export const credentialOf = (silent: SilentCredential): Credential | undefined =>
  Option.getOrUndefined(Option.flatten(Either.getRight(silent)))

/** Whether a stored token is of the user whom the application signs in. */
export const isFor = (token: Token.Token, silent: SilentCredential): boolean => {
  const credential = credentialOf(silent)
  if (credential?._tag !== "UsernamePassword" || token.principal === undefined) return true
  return credential.username.toLowerCase() === token.principal.toLowerCase()
}
