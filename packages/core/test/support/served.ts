/** An authority that serves keys by a script, each answer a second after its request, and a verifier that fetches them. */
import { KeySet, type TokenVerifier } from "@mlserver-auth/core/verifier"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Signer from "./signer.js"
import { client, type Plan, type Sent } from "./wire.js"

export const KEYS_URL = "https://login.microsoftonline.com/contoso.com/discovery/keys"

/** The answer that holds the keys of these signers. */
export const set = (...signers: ReadonlyArray<Signer.Signer>): Plan => ({
  body: JSON.stringify({ keys: signers.map(({ jwk }) => jwk) })
})

/** What became of tokens that were all accepted. */
export const accepted: ReadonlySet<string | undefined> = new Set([undefined])

export interface Served {
  readonly sent: ReadonlyArray<Sent>
  readonly verifier: TokenVerifier.Service
  /** Why each of so many tokens at once is refused, if that is clear within this time. */
  readonly reasons: (
    signer: Signer.Signer,
    count: number,
    within: "0 seconds" | "1 second" | "10 seconds"
  ) => Effect.Effect<ReadonlySet<string | undefined>>
}

export const make = (plans: ReadonlyArray<Plan>, options?: KeySet.FetchOptions): Effect.Effect<Served> =>
  Effect.gen(function* () {
    yield* TestClock.setTime(Signer.NOW)
    const { http, sent } = client(plans)
    const slow = HttpClient.transformResponse(http, Effect.delay("1 second"))
    const keys = Effect.provideService(KeySet.fromUrl(KEYS_URL, options), HttpClient.HttpClient, slow)
    // The life of tokens is not what these tests are about.
    const verifier = yield* Signer.verifier(keys, { clockTolerance: "1000 days" })
    return {
      sent,
      verifier,
      reasons: (signer, count, within) =>
        Effect.gen(function* () {
          const token = yield* signer.token()
          const each = Array.from({ length: count }, () => Signer.refusal(verifier, token))
          const fiber = yield* Effect.fork(Effect.all(each, { concurrency: "unbounded" }))
          yield* TestClock.adjust(within)
          return new Set(yield* Fiber.join(fiber))
        })
    }
  })
