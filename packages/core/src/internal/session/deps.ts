/** What a session is made of, and the one thing that both ways into it need. */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as AuthError from "../../AuthError.js"
import type { Credential } from "../../Credential.js"
import type { Service as CredentialSource } from "../../CredentialSource.js"
import type * as Token from "../../Token.js"
import type { Service as TokenIssuer } from "../../TokenIssuer.js"
import type { TokenKey } from "../../TokenKey.js"
import type { Service as TokenStore } from "../../TokenStore.js"
import type { Flights } from "./flights.js"

/** What a session works with. */
export interface Deps {
  readonly key: TokenKey
  readonly issuer: TokenIssuer
  readonly store: TokenStore
  readonly source: CredentialSource
  readonly clock: Clock.Clock
  readonly flights: Flights
  readonly windows: Token.RenewalWindows
}

/** Exchanges a credential, if it is one of the session's own user; who a device code was approved by shows afterwards. */
export const granted = (
  { issuer, key }: Deps,
  credential: Credential
): Effect.Effect<Token.Token, AuthError.AuthError> => {
  if (credential._tag === "UsernamePassword" && !isOwn(key, credential.username)) return notOwn("username")
  return Effect.flatMap(issuer.grant(credential), (token) =>
    token.principal === undefined || isOwn(key, token.principal)
      ? Effect.succeed(token)
      : Effect.zipRight(Effect.ignore(issuer.revoke(token)), notOwn("principal"))
  )
}

/** What would have been a credential, but for something; an empty string where nothing is known. */
export const lacking = ({ issuer, key, source }: Deps): Effect.Effect<string> =>
  source.lacking?.({ server: issuer.server, principal: key.principal }) ?? Effect.succeed("")

/** Why there is nothing to renew. */
export const unrenewable = (
  deps: Deps,
  stored: Token.Token | undefined
): Effect.Effect<AuthError.CredentialRequired | AuthError.SessionExpired> =>
  stored === undefined
    ? Effect.map(lacking(deps), (detail) => new AuthError.CredentialRequired({ reason: "NotSignedIn", detail }))
    : Effect.succeed(new AuthError.SessionExpired({ reason: "NotRenewable", server: deps.issuer.server }))

const isOwn = (key: TokenKey, name: string): boolean =>
  key.principal === "" || key.principal.toLowerCase() === name.toLowerCase()

const notOwn = (setting: string) =>
  new AuthError.ConfigurationInvalid({
    setting,
    problem: "this session is kept for another user",
    fix: "Use a session of that user's own (Sessions, or MlServerAuth with that `principal`)."
  })
