/**
 * What is looked at before a person is asked, and before a stored session is replaced.
 */
import { isOfServer } from "../../api/kind.js"
import { ApiRefused } from "../../api/refused.js"
import { ExitCode } from "../../cli/exitCode.js"
import type { Invocation } from "../../cli/invocation.js"
import type { Output } from "../../cli/output.js"
import * as Cloud from "../../config/cloud.js"
import type { ServerSettings } from "../../config/settings.js"
import * as Connection from "../connection.js"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type { AuthError } from "@mlserver-auth/core/AuthError"
import type * as Credential from "@mlserver-auth/core/Credential"
import * as Token from "@mlserver-auth/core/Token"
import * as TokenKey from "@mlserver-auth/core/TokenKey"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

/** The server does not take the access token that it was shown. */
export class TokenRefused extends Data.TaggedError("TokenRefused")<{ readonly server: string }> {
  readonly exit = ExitCode.signInRefused
  readonly fix = ["Get another one; it must be the token alone, for this very server."]
  override get message(): string {
    return `${this.server} refused this access token; nothing was changed`
  }
}

const PROBE = TokenKey.make({ issuer: "mls", client: "probe" })

/** Whether a token could be stored: a person should not type a password only to learn that the disk is full. */
export const writable = ({ store }: Connection.Connection): Effect.Effect<void, AuthError> =>
  Effect.gen(function* () {
    yield* store.write(PROBE, yield* Token.fromAccessToken(Redacted.make("probe")))
    yield* store.remove(PROBE)
  })

/**
 * Whether a server takes an access token; `TokenRefused` if it does not. Any answer of its own but a 401 will do; a page, or a
 * way elsewhere, is of something in between, and says nothing of the token.
 */
export const tryOut = (
  settings: ServerSettings,
  credential: Credential.AccessToken
): Effect.Effect<void, AuthError | HttpClientError.HttpClientError | TokenRefused | ApiRefused, Invocation | Output> =>
  Effect.gen(function* () {
    const connection = yield* Connection.open(settings, { credential })
    const refused = new TokenRefused({ server: settings.endpoint.origin })
    const answer = yield* connection.client.get("/status").pipe(
      Effect.catchTag("SessionExpired", () => refused),
      Effect.catchTag("RequestUnauthorized", () => refused)
    )
    if (!isOfServer(answer)) return yield* ApiRefused.ofStatus(settings.endpoint, answer)
  }).pipe(Effect.scoped)

/**
 * Ends the session that the profile had from another issuer, if there is one: nothing would ever look for it again, and its
 * tokens would stay on the disk. That this may fail is no matter of the new sign-in.
 */
export const endFormer = ({
  session,
  settings
}: Connection.Connection): Effect.Effect<void, never, Invocation | Output> =>
  Effect.gen(function* () {
    const known = settings.profile
    if (known === undefined) return
    const choice = yield* Cloud.ofRemembered(known)
    const former = yield* Connection.open(
      { ...settings, ...choice, loginPath: known.loginPath },
      { storedOnly: true, keyLater: true }
    )
    if (former.session.key.id === session.key.id) return
    const { revocation, wasSignedIn } = yield* former.session.signOut
    if (wasSignedIn) yield* Effect.annotateLogs(Effect.logDebug("former session ended"), { revocation })
  }).pipe(Effect.scoped, Effect.ignore)
