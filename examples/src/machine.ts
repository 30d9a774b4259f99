/** One of several machines that act for the same user: what it knows of the session is in Redis. Started by several-machines.ts. */
import { AuthHttpClient, CredentialSource, MlServerAuth } from "@mlserver-auth/core"
import { NodeHttp } from "@mlserver-auth/node"
import { RedisTokenStore } from "@mlserver-auth/redis"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { createClient } from "redis"

/** The application's own connection. */
export const connected = (url: string) =>
  Effect.acquireRelease(
    Effect.promise(() => createClient({ url }).on("error", console.warn).connect()),
    (client) => Effect.promise(() => client.close())
  )

/** Layers of a machine. The key comes from a vault, and is the same on every machine. */
export const Machine = Layer.unwrapScoped(
  Effect.gen(function* () {
    const server = yield* Config.string("MLS_HOST")
    const client = yield* connected(yield* Config.string("REDIS_URL"))
    const keys = [Redacted.make(new TextEncoder().encode("32 random bytes, from your vault"))]
    return MlServerAuth.layer({ server }).pipe(
      Layer.provide([NodeHttp.layer(), RedisTokenStore.layer({ client, keys }), CredentialSource.layerNone])
    )
  })
)

const services = Effect.flatMap(AuthHttpClient.AuthHttpClient, (http) => http.get("/services"))

if (process.argv[2] === "call") {
  const { status } = await Effect.runPromise(Effect.provide(services, Machine))
  console.log(`machine ${process.pid}: ${status}`)
}
