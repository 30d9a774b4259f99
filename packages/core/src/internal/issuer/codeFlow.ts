/** A sign-in in the browser, from the address that is opened to the code that comes back (RFC 6749 4.1.1 and 4.1.2). */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as AuthError from "../../AuthError.js"
import {
  type AuthorizationRequest,
  begin,
  type Parameters,
  parametersOf,
  type Target
} from "../../AuthorizationCode.js"
import type { AuthorizationCode } from "../../Credential.js"
import * as TimeLimit from "../../TimeLimit.js"
import type { Token } from "../../Token.js"
import type { Answer } from "./exchange.js"
import { spent } from "../spent.js"

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

/**
 * How far a clock may have been set while a page was away, in milliseconds: no other is there to go by. The code ends within
 * minutes by the authority's own.
 */
const CLOCKS = 86_400_000

/** Requests that were answered: a second answer is refused, since a code works once (RFC 6749 4.1.2). */
const answered = new WeakSet<AuthorizationRequest>()

/** The token of the person who came back. Interrupting it closes the way back. */
export const run = (credential: AuthorizationCode, authority: Authority): Effect.Effect<Token, AuthError.AuthError> => {
  const flow = Effect.gen(function* () {
    const { callback, request } = yield* visited(credential, authority)
    const code = yield* codeOf(request, callback, authority, credential.resume !== undefined)
    const { nonce, redirectUri, verifier } = request
    const answer = yield* authority.redeem({ code, verifier, redirectUri })
    // First whether it holds a token at all: a refusal has no ID token either.
    const token = yield* authority.token(answer)
    return authority.isFor(answer, nonce) ? token : yield* rejected("CallbackMismatch", authority)
  })
  return credential.resume === undefined ? flow : shared(credential.resume, flow)
}

/** Resumed sign-ins that are under way, or whose result no caller has taken. */
const resumed = new WeakMap<AuthorizationRequest, Fiber.Fiber<Token, AuthError.AuthError>>()

/**
 * A code works once, and a page may begin twice (React's StrictMode mounts, leaves and mounts again): a caller that was
 * interrupted does not end it, and one that comes again gets the same result. Once a caller has the result, the request is answered.
 */
const shared = (
  request: AuthorizationRequest,
  flow: Effect.Effect<Token, AuthError.AuthError>
): Effect.Effect<Token, AuthError.AuthError> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const fiber = resumed.get(request) ?? (yield* Effect.forkDaemon(Effect.interruptible(flow)))
      resumed.set(request, fiber)
      const exit = yield* restore(Fiber.await(fiber))
      resumed.delete(request)
      if (answered.has(request)) spent.add(request)
      return yield* exit
    })
  )

/** The page that the person came from is closed before anything else happens. */
const visited = (credential: AuthorizationCode, { server, target }: Authority) =>
  Effect.scoped(
    Effect.gen(function* () {
      const redirect = yield* credential.redirect
      const request = credential.resume ?? (yield* begin(target, redirect, credential.patience))
      const left = request.expiresAt - (yield* Clock.currentTimeMillis) + (credential.resume === undefined ? 0 : CLOCKS)
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
      return yield* rejected("CallbackMismatch", authority)
    }
    // A caller that waited here had that limit; a page that is loaded again may have been away for long.
    if (resumed && (yield* Clock.currentTimeMillis) >= request.expiresAt + CLOCKS) {
      return yield* rejected("SignInExpired", authority)
    }
    if (answered.has(request)) return yield* rejected("SignInUnknown", authority)
    answered.add(request)
    if (parameters.has("error")) return yield* authority.refused(parameters)
    const code = parameters.get("code") ?? ""
    return CODE.test(code) ? Redacted.make(code) : yield* rejected("CallbackMismatch", authority)
  })
