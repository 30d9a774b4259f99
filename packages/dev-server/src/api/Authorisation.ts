/**
 * Whose a token is, and whether this server takes it: its own tokens, or those of the authority it trusts.
 */
import * as Either from "effect/Either"
import type { Authority } from "../azure/Authority.js"
import * as AzureGrants from "../azure/token/AzureGrants.js"
import * as Demands from "../azure/token/Demands.js"
import * as Grants from "../Grants.js"
import * as Reply from "../http/Reply.js"
import type { World } from "../World.js"

/** The refusal of a token that is no good. */
export const invalidToken = Reply.unauthorized("Unauthorized (invalid or expired access token)", "invalid_token")

/** The token is good and not good enough: the claims say, in base64, what it must be asked for with. */
const insufficientClaims = ({ configuration, origin }: Authority, claims: string): Reply.Refusal => ({
  ...Reply.unauthorized("Unauthorized (insufficient claims)"),
  headers: {
    "www-authenticate": [
      'Bearer realm=""',
      `authorization_uri="${origin}/${configuration.tenant}/oauth2/authorize"`,
      'error="insufficient_claims"',
      `claims="${Buffer.from(claims).toString("base64")}"`
    ].join(", ")
  }
})

const ofAuthority = (authority: Authority, id: string, now: number): Either.Either<string, Reply.Refusal> => {
  const found = AzureGrants.authenticate(authority.grants, id, now)
  // What is signed was verified with its audience; an opaque token has none to show.
  if (Either.isLeft(found) || found.right.resource !== authority.configuration.resource) {
    return Either.left(invalidToken)
  }
  const { serial, username } = found.right
  const claims = Demands.lacking(authority.grants.demands, username, serial)
  return claims === undefined ? Either.right(username) : Either.left(insufficientClaims(authority, claims))
}

/** The user behind the identifier in a token, or why the call is answered 401. */
export const holderOf = (world: World, id: string | undefined, now: number): Either.Either<string, Reply.Refusal> => {
  if (id === undefined) return Either.left(invalidToken)
  if (world.azure !== undefined) return ofAuthority(world.azure, id, now)
  return Either.mapBoth(Grants.authenticate(world.grants, id, now), {
    onLeft: () => invalidToken,
    onRight: ({ username }) => username
  })
}
