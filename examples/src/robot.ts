/** A job without a person: the credential from the environment, and an exit code that the scheduler can act on. */
import { AuthError, AuthHttpClient } from "@mlserver-auth/core"
import { NodeAuth } from "@mlserver-auth/node"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"

const Auth = NodeAuth.layerConfig({ server: Config.string("MLS_HOST"), prompt: Config.succeed({ interactive: false }) })

const job = Effect.gen(function* () {
  const http = yield* AuthHttpClient.AuthHttpClient
  const { status } = yield* http.get("/services")
  console.log(`the services answered ${status}`)
})

/** 75 is "try again later" (sysexits.h); a refused password is not tried again by anybody. */
const exitCode = (error: { readonly message: string }) => {
  console.error(error.message)
  return AuthError.isAuthError(error) && error.retryable ? 75 : 1
}

process.exitCode = await job.pipe(
  Effect.retry({
    while: (error) => AuthError.isAuthError(error) && error.retryable,
    schedule: Schedule.intersect(Schedule.exponential("1 second"), Schedule.recurs(3))
  }),
  Effect.provide(Auth),
  Effect.match({ onFailure: exitCode, onSuccess: () => 0 }),
  Effect.runPromise
)
