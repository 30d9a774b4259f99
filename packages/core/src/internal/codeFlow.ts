/** A sign-in in the browser, from the address that is opened to the code that comes back (RFC 6749 4.1.1 and 4.1.2). */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as AuthError from "../AuthError.js"
import { type AuthorizationRequest, begin, type Parameters, parametersOf, type Target } from "../AuthorizationCode.js"
import type { AuthorizationCode } from "../Credential.js"
import * as TimeLimit from "../TimeLimit.js"
import type { Token } from "../Token.js"
import type { Answer } from "./exchange.js"

/** A code, and what proves that it was asked for here. */
export interface Redemption {
  readonly code: Redacted.Redacted<string>
  readonly verifier: Redacted.Redacted<string>
  readonly redirectUri: string
}

/** How the flow reaches its authority. */
export interface Authority {
  readonly server: string
  readonly target: Target
  /** Whether an answer names this authority (RFC 9207 2.4); `undefined` where it names none. */
  readonly isIssuer: (iss: string | undefined) => boolean
  /** Why an error in the place of a code is one. */
  readonly refused: (parameters: Parameters) => AuthError.AuthError
  /** Exchanges the code for the answer that holds a token. */
  readonly redeem: (redemption: Redemption) => Effect.Effect<Answer, AuthError.AuthError>
  /** Whether the answer is for the sign-in with this nonce. */
  readonly isFor: (answer: Answer, nonce: string) => boolean
  readonly token: (answer: Answer) => Effect.Effect<Token, AuthError.AuthError>
}

/** RFC 6749 A.11: visible ASCII and spaces; Azure's have some thousand characters. */
const CODE = /^[ -~]{1,16384}$/

/** Requests that were answered: a second answer is refused, since a code works once (RFC 6749 4.1.2). */
const answered = new WeakSet<AuthorizationRequest>()

/** The token of the person who came back. Interrupting it closes the way back. */
export const run = (credential: AuthorizationCode, authority: Authority): Effect.Effect<Token, AuthError.AuthError> =>
  Effect.gen(function* () {
    const { callback, request } = yield* visited(credential, authority)
    const code = yield* codeOf(request, callback, authority, credential.resume !== undefined)
    const { nonce, redirectUri, verifier } = request
    const answer = yield* authority.redeem({ code, verifier, redirectUri })
    // First whether it holds a token at all: a refusal has no ID token either.
    const token = yield* authority.token(answer)
    return authority.isFor(answer, nonce) ? token : yield* rejected("AnswerForeign", authority)
  })

/** The page that the person came from is closed before anything else happens. */
const visited = (credential: AuthorizationCode, { server, target }: Authority) =>
  Effect.scoped(
    Effect.gen(function* () {
      const redirect = yield* credential.redirect
      const request = credential.resume ?? (yield* begin(target, redirect))
      const left = request.expiresAt - (yield* Clock.currentTimeMillis)
      const callback = yield* redirect.visit(request).pipe(
        TimeLimit.timeoutFail({
          duration: Math.max(left, 0),
          onTimeout: () => new AuthError.CredentialRejected({ reason: "SignInExpired", server })
        })
      )
      return { request, callback }
    })
  )

const rejected = (reason: AuthError.CredentialRejected["reason"], { server }: Authority) =>
  new AuthError.CredentialRejected({ reason, server })

/** The code of an answer to this request, if everything about it is right. Nothing is sent before that. */
const codeOf = (
  request: AuthorizationRequest,
  callback: Redacted.Redacted<string>,
  authority: Authority,
  resumed: boolean
): Effect.Effect<Redacted.Redacted<string>, AuthError.AuthError> =>
  Effect.gen(function* () {
    const parameters = parametersOf(request, Redacted.value(callback))
    // An error is no more believed than a code: it too must be an answer to us, from whom we asked.
    if (parameters === undefined || !authority.isIssuer(parameters.get("iss"))) {
      return yield* rejected("AnswerForeign", authority)
    }
    // Whoever waited here had that limit; a page that is loaded again may have been away for long.
    if (resumed && (yield* Clock.currentTimeMillis) >= request.expiresAt) {
      return yield* rejected("SignInExpired", authority)
    }
    if (answered.has(request)) return yield* rejected("SignInUnknown", authority)
    answered.add(request)
    if (parameters.has("error")) return yield* authority.refused(parameters)
    const code = parameters.get("code") ?? ""
    return CODE.test(code) ? Redacted.make(code) : yield* rejected("AnswerForeign", authority)
  })
