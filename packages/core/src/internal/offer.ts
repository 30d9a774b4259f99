/** What the application offers without asking a person. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { AuthError } from "../AuthError.js"
import { type Credential, needsPerson } from "../Credential.js"
import type * as Token from "../Token.js"
import type { Parts } from "./parts.js"

export type Offer = Either.Either<Option.Option<Credential>, AuthError>

export const offerOf = ({ issuer, key, source }: Parts): Effect.Effect<Offer> =>
  Effect.either(
    // Some credentials ask a person, and nothing but a sign-in does that.
    Effect.map(
      source.silent({ server: issuer.server, principal: key.principal }),
      Option.filter((credential) => !needsPerson(credential))
    )
  )

/** The credential that is there without another look. */
export const credentialOf = (offer: Offer): Credential | undefined =>
  Option.getOrUndefined(Option.flatten(Either.getRight(offer)))

/** Whether a stored token is of the user whom the application signs in. */
export const isFor = (token: Token.Token, offer: Offer): boolean => {
  const credential = credentialOf(offer)
  if (credential?._tag !== "UsernamePassword" || token.principal === undefined) return true
  return credential.username.toLowerCase() === token.principal.toLowerCase()
}
