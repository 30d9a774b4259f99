/**
 * `mls token --inspect`: what is written in the token at hand, and with `--verify` whether it may be believed.
 */
import type { AuthError } from "@mlserver-auth/core/AuthError"
import type * as Token from "@mlserver-auth/core/Token"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Redacted from "effect/Redacted"
import type { Connection } from "./Connection.js"
import { Invocation } from "./Invocation.js"
import { Output, type OutputFailed } from "./Output.js"
import * as TokenClaims from "./TokenClaims.js"
import { usage, type UsageError } from "./Usage.js"

/** The token is not one that the server should take. Its claims are on stdout all the same. */
export class TokenUnverified extends Data.TaggedError("TokenUnverified")<{
  readonly server: string
  /** As the library's `TokenRefused` has it: `WrongAudience`, `SignatureInvalid`, … */
  readonly reason: string
  readonly says: string
}> {
  override get message(): string {
    return `The token could not be verified: ${this.says}`
  }
}

/** By the keys of the tenant; on premises a server does not publish the one that it signs with. */
const verified = ({ http, settings }: Connection, { accessToken }: Token.Token) =>
  Effect.gen(function* () {
    const { cloud, endpoint } = settings
    if (cloud === undefined) {
      return yield* usage(
        "--verify is for servers that leave sign-ins to Azure: others do not publish what they sign with",
        "mls token --inspect"
      )
    }
    const { TokenVerifier } = yield* Effect.promise(() => import("@mlserver-auth/core/verifier"))
    const options = yield* TokenVerifier.entra(cloud.authority, cloud.resource).pipe(
      Effect.provideService(HttpClient.HttpClient, http)
    )
    const { verify } = yield* TokenVerifier.make(options)
    yield* Effect.catchTag(
      verify(accessToken),
      "TokenRefused",
      ({ message, reason }) => new TokenUnverified({ server: endpoint.origin, reason, says: lower(message) })
    )
  })

const lower = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1)

const remark = (inspected: TokenClaims.Inspected, isVerified: boolean): readonly ["✓" | "!", string] => {
  if (isVerified)
    return ["✓", "Verified: signature, issuer, audience and end are right. What it allows, the server alone decides."]
  if (inspected.format === "jwt") {
    return ["!", "Not verified: nobody has checked the signature. Whether the token is good, the server alone decides."]
  }
  return inspected.format === "encrypted"
    ? ["!", "The token is encrypted for the server: only its header can be read."]
    : ["!", "The token is opaque: there is nothing in it to read. The server knows what it means."]
}

/** Shows the token's parts, never the token. An opaque one is no failure. */
export const show = (
  connection: Connection,
  token: Token.Token,
  verify: boolean
): Effect.Effect<void, AuthError | UsageError | TokenUnverified | OutputFailed, Invocation | Output> =>
  Effect.gen(function* () {
    const { answerText, answerJson, marked } = yield* Output
    const { json } = yield* Invocation
    const inspected = TokenClaims.inspect(Redacted.value(token.accessToken))
    const outcome = verify ? yield* Effect.exit(verified(connection, token)) : undefined
    const isVerified = outcome?._tag === "Success"
    const lines = TokenClaims.forPeople(inspected, yield* Clock.currentTimeMillis)
    if (outcome?._tag !== "Failure") yield* marked(...remark(inspected, isVerified))
    if (json) yield* answerJson({ verified: isVerified, ...TokenClaims.forPrograms(inspected) })
    else if (lines.length > 0) yield* answerText(lines.join("\n"))
    if (outcome !== undefined) yield* outcome
  })
