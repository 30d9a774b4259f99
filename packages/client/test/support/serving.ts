/** Servers on loopback, and clients of them, that live as long as a scope. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { type Client, connect, type ConnectOptions, MlServerAuthError } from "../../src/index.js"

/** Answers until the scope ends; open connections are then cut. */
export const listen = (handler: Http.RequestListener): Effect.Effect<string, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<Http.Server>((resume) => {
        const server = Http.createServer({ keepAliveTimeout: 0 }, handler)
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.sync(() => {
          server.close()
          server.closeAllConnections()
        })
    ),
    (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  )

/** A client that is closed at the end. */
export const client = (options: ConnectOptions): Effect.Effect<Client, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(() => connect(options)),
    (client) => Effect.promise(() => client.close())
  )

/** What a promise is rejected with. */
export const rejection = (promise: Promise<unknown>): Effect.Effect<unknown> =>
  Effect.promise(() =>
    promise.then(
      () => "it was not rejected",
      (error: unknown) => error
    )
  )

/** The same where it is one of ours. */
export const failure = (promise: Promise<unknown>): Effect.Effect<MlServerAuthError> =>
  Effect.map(rejection(promise), (error) => {
    if (error instanceof MlServerAuthError) return error
    throw new Error(`not an MlServerAuthError: ${String(error)}`)
  })
