/** An application's session, signed in at a server inside this process: for questions in which no socket matters. */
import { AuthHttpClient } from "@mlserver-auth/core/AuthHttpClient"
import * as Credential from "@mlserver-auth/core/Credential"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import * as MlServerAuth from "@mlserver-auth/core/MlServerAuth"
import { Session } from "@mlserver-auth/core/Session"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"

const server = "http://127.0.0.1:12800"

/** Session and client in a runtime that the caller disposes of; the token is at hand. */
export const signedIn = async () => {
  const { password, username } = Accounts.ada
  const runtime = ManagedRuntime.make(
    MlServerAuth.layer({ server }).pipe(
      Layer.provide(DevServer.layerInProcess({ url: server })),
      Layer.provide(TokenStore.layerMemory),
      Layer.provide(CredentialSource.layer(Credential.usernamePassword({ username, password })))
    )
  )
  const [session, client] = await runtime.runPromise(Effect.all([Session, AuthHttpClient]))
  await runtime.runPromise(session.token)
  return { runtime, session, client }
}
