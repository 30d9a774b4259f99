/** The first token of a chain, by each way in which Azure gives one. */
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as AuthError from "../../AuthError.js"
import type { Authority } from "../../Authority.js"
import * as Credential from "../../Credential.js"
import * as DeviceAuthorization from "../../DeviceAuthorization.js"
import * as Token from "../../Token.js"
import * as CodeFlow from "../issuer/codeFlow.js"
import * as DeviceFlow from "../issuer/deviceFlow.js"
import * as EntraAnswer from "./answer.js"
import * as EntraAuthorization from "./authorization.js"
import { probe } from "./realm.js"
import type * as EntraWire from "./wire.js"
import { type Answer, type Fault, isSuccess } from "../issuer/exchange.js"
import { isFor, nameIn } from "./idToken.js"
import * as TokenAnswer from "../issuer/tokenAnswer.js"

/** What every way needs. */
export interface Context {
  readonly authority: Authority
  readonly wire: EntraWire.Wire
  readonly send: (request: HttpClientRequest.HttpClientRequest) => Effect.Effect<Answer, Fault>
  /** Whether a password is preceded by the question whose password it is. */
  readonly realmProbe: boolean
  /** What answers in the browser must name (RFC 9207). */
  readonly issuer: string | undefined
}

/** Exchanges a credential. */
export const grant = (
  context: Context,
  offered: Credential.Credential
): Effect.Effect<Token.Token, AuthError.AuthError> =>
  Effect.gen(function* () {
    const credential = yield* Credential.validate(offered)
    switch (credential._tag) {
      case "AccessToken":
        return yield* Token.fromAccessToken(credential.accessToken)
      case "UsernamePassword":
        return yield* byPassword(context, credential)
      case "DeviceCode":
        return yield* byDevice(context, credential)
      case "AuthorizationCode":
        return yield* inBrowser(context, credential)
    }
  })

/** Sends, and tells an answer that never came as what it is for a sign-in. */
const sent = ({ authority, send }: Context, request: HttpClientRequest.HttpClientRequest) =>
  Effect.mapError(send(request), (fault) => EntraAnswer.failing(authority.origin).unreachable("sign-in", fault))

const byPassword = (context: Context, credential: Credential.UsernamePassword) =>
  Effect.gen(function* () {
    const { authority, realmProbe, send, wire } = context
    if (["common", "consumers"].includes(authority.tenant)) {
      return yield* new AuthError.ConfigurationInvalid({
        setting: "tenant",
        problem: `a password cannot be checked in \`${authority.tenant}\``,
        fix: "Set `tenant` to its GUID or its domain; or sign in with a device code."
      })
    }
    if (realmProbe) yield* probe(authority, credential.username, send)
    const answer = yield* sent(context, wire.password(credential))
    return yield* first(authority.origin, answer, credential.username, "InvalidCredentials")
  })

const byDevice = (context: Context, credential: Credential.DeviceCode) => {
  const { authority, send, wire } = context
  const server = authority.origin
  const issue = Effect.gen(function* () {
    const requestedAt = yield* Clock.currentTimeMillis
    const answer = yield* sent(context, wire.device(credential.claims))
    if (!isSuccess(answer) || EntraAnswer.refusal(answer) !== undefined) {
      return yield* EntraAnswer.signInError(server, answer, "Refused")
    }
    const json = TokenAnswer.parse(answer.body)
    if (json === undefined) return yield* unreadable(server, answer, TokenAnswer.oddity(answer))
    const code = DeviceAuthorization.fromWire(json, requestedAt)
    return typeof code === "string" ? yield* unreadable(server, answer, code) : code
  })
  return DeviceFlow.run(credential, {
    server,
    issue,
    poll: ({ deviceCode }) => send(wire.poll(deviceCode, credential.claims)),
    read: (answer) => EntraAnswer.pollVerdict(server, answer),
    token: (answer) => first(server, answer, nameIn(answer), "InvalidCredentials")
  })
}

const inBrowser = (context: Context, credential: Credential.AuthorizationCode) => {
  const { authority, issuer, wire } = context
  const server = authority.origin
  return CodeFlow.run(credential, {
    server,
    target: wire.authorization(credential),
    isIssuer: EntraAuthorization.isIssuer(authority, issuer),
    refused: EntraAuthorization.refused(server),
    redeem: (redemption) => sent(context, wire.redeem(redemption, credential.claims)),
    isFor,
    token: (answer) => first(server, answer, nameIn(answer), "SignInUnknown")
  })
}

const unreadable = (server: string, answer: Answer, problem: string) =>
  EntraAnswer.failing(server).invalid("sign-in", answer, problem)

/** The first token of a chain, or why there is none. */
const first = (
  server: string,
  answer: Answer,
  principal: string | undefined,
  otherwise: AuthError.CredentialRejected["reason"]
): Effect.Effect<Token.Token, AuthError.AuthError> => {
  if (!isSuccess(answer) || EntraAnswer.refusal(answer) !== undefined) {
    return EntraAnswer.signInError(server, answer, otherwise)
  }
  const received = TokenAnswer.decode(answer)
  return typeof received === "string"
    ? unreadable(server, answer, received)
    : Effect.succeed(Token.first(received, principal))
}
