/**
 * What is looked at before a person is asked, and before a stored session is replaced.
 */
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type { AuthError } from "@mlserver-auth/core/AuthError"
import type * as Credential from "@mlserver-auth/core/Credential"
import * as Token from "@mlserver-auth/core/Token"
import * as TokenKey from "@mlserver-auth/core/TokenKey"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Connection from "./Connection.js"
import type { Invocation } from "./Invocation.js"
import type { Output } from "./Output.js"
import type { ServerSettings } from "./ServerSettings.js"

/** The server does not take the access token that it was shown. */
export class TokenRefused extends Data.TaggedError("TokenRefused")<{ readonly server: string }> {
  override get message(): string {
    return `${this.server} refused this access token; nothing was changed`
  }
}

const PROBE = TokenKey.make({ issuer: "mls", client: "probe" })

/** Whether a token could be stored: nobody should type a password only to learn that the disk is full. */
export const writable = ({ store }: Connection.Connection): Effect.Effect<void, AuthError> =>
  Effect.gen(function* () {
    yield* store.write(PROBE, yield* Token.fromAccessToken(Redacted.make("probe")))
    yield* store.remove(PROBE)
  })

/** Whether a server takes an access token; `TokenRefused` if it does not. Any answer but a 401 will do. */
export const tryOut = (
  settings: ServerSettings,
  credential: Credential.AccessToken
): Effect.Effect<void, AuthError | HttpClientError.HttpClientError | TokenRefused, Invocation | Output> =>
  Effect.gen(function* () {
    const connection = yield* Connection.open(settings, { credential })
    const refused = new TokenRefused({ server: settings.endpoint.origin })
    yield* connection.client.get("/status").pipe(
      Effect.catchTag("SessionExpired", () => refused),
      Effect.catchTag("RequestUnauthorized", () => refused)
    )
  }).pipe(Effect.scoped)
