/** The sessions of many people, as promises. */
import * as Authority from "@mlserver-auth/core/Authority"
import * as EntraIssuer from "@mlserver-auth/core/EntraIssuer"
import * as MlServerIssuer from "@mlserver-auth/core/MlServerIssuer"
import { make, plain } from "@mlserver-auth/core/promises"
import * as ServerEndpoint from "@mlserver-auth/core/ServerEndpoint"
import * as Sessions from "@mlserver-auth/core/Sessions"
import { TokenIssuer } from "@mlserver-auth/core/TokenIssuer"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Client, Users, UsersOptions } from "../options.js"
import { bodyOf } from "./body.js"
import { checkCall, checkUsers } from "./checks.js"
import { credentialOf, isNothing, userSourceOf } from "./credentials.js"
import { started } from "./started.js"

const sessionsOf = (options: UsersOptions) =>
  Effect.gen(function* () {
    const endpoint = yield* ServerEndpoint.make(options.server, options)
    const { entra, idleTimeToLive, issuerTimeout: timeout, loginPath, mustRenewWithin, shouldRenewWithin } = options
    const issuer =
      entra === undefined
        ? MlServerIssuer.make({ endpoint, loginPath, timeout })
        : EntraIssuer.make({ ...entra, authority: yield* Authority.make(entra), timeout })
    const sessions = yield* Effect.provideServiceEffect(
      Sessions.make({
        endpoint,
        idleTimeToLive,
        mustRenewWithin,
        shouldRenewWithin,
        source: (principal) => userSourceOf(options, principal)
      }),
      TokenIssuer,
      issuer
    )
    return { endpoint, sessions }
  })

export const open = async (options: UsersOptions): Promise<Users> => {
  const { close, made, runtime } = await started(
    options,
    Effect.suspend(() => sessionsOf(options)),
    checkUsers(options)
  )
  const { endpoint, sessions } = made
  const body = bodyOf(runtime)
  const of = (principal: string): Client => {
    const found = Effect.runSync(Effect.either(sessions.get(principal)))
    if (Either.isLeft(found)) throw plain(found.left)
    const { client, session } = found.right
    return make({
      endpoint,
      client,
      session,
      runtime,
      body,
      check: checkCall,
      signIn: (given) =>
        session.signIn(given === undefined || isNothing(given) ? undefined : credentialOf(given, options)),
      close: () => Promise.resolve()
    })
  }
  return { of, close, [Symbol.asyncDispose]: close }
}
