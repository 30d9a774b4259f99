/** `Sessions` of core with what Node.js brings: loaded by `NodeAuth.layerSessions` alone, since most programs have one session. */
import type { AuthError } from "@mlserver-auth/core/AuthError"
import * as Authority from "@mlserver-auth/core/Authority"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import type * as EntraAuth from "@mlserver-auth/core/EntraAuth"
import * as EntraIssuer from "@mlserver-auth/core/EntraIssuer"
import type * as MlServerAuth from "@mlserver-auth/core/MlServerAuth"
import * as MlServerIssuer from "@mlserver-auth/core/MlServerIssuer"
import * as ServerEndpoint from "@mlserver-auth/core/ServerEndpoint"
import * as Sessions from "@mlserver-auth/core/Sessions"
import { TokenIssuer } from "@mlserver-auth/core/TokenIssuer"
import type { TokenStore } from "@mlserver-auth/core/TokenStore"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as NodeHttp from "../NodeHttp.js"

interface Wishes extends Omit<MlServerAuth.Options, "principal"> {
  readonly entra?: Omit<EntraAuth.Options, keyof MlServerAuth.ServerOptions> | undefined
  readonly http?: NodeHttp.Options | undefined
  readonly source?: Sessions.Options["source"] | undefined
  readonly idleTimeToLive?: Sessions.Options["idleTimeToLive"]
}

export const layer = <E>(
  options: Wishes,
  store: Layer.Layer<TokenStore, E>
): Layer.Layer<Sessions.Sessions, AuthError | E> =>
  Layer.unwrapEffect(
    Effect.map(ServerEndpoint.make(options.server, options), (endpoint) =>
      Sessions.layer({ ...options, endpoint, source: options.source ?? (() => CredentialSource.none) }).pipe(
        Layer.provide(Layer.effect(TokenIssuer, issuerOf(options, endpoint))),
        Layer.provide([NodeHttp.layer(options.http), store])
      )
    )
  )

const issuerOf = (
  { entra, issuerTimeout: timeout, loginPath }: Wishes,
  endpoint: ServerEndpoint.ServerEndpoint
): ReturnType<typeof EntraIssuer.make> =>
  entra === undefined
    ? MlServerIssuer.make({ endpoint, loginPath, timeout })
    : Effect.flatMap(Authority.make(entra), (authority) => EntraIssuer.make({ ...entra, authority, timeout }))
