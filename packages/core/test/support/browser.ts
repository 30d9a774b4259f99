/** A person's browser as a script: what it comes back with from the address it was sent to. */
import type { AuthError } from "../../src/AuthError.js"
import type * as AuthorizationCode from "../../src/AuthorizationCode.js"
import * as Credential from "../../src/Credential.js"
import type * as EntraIssuer from "../../src/EntraIssuer.js"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { idToken, issuerOver, tokens } from "./entra.js"
import { client, type Plan } from "./wire.js"

export const REDIRECT = "http://127.0.0.1:49152/back"
export const CANARY_CODE = "0.Canary-authorization-code_5b21"

export type Fields = Readonly<Record<string, string | undefined>>

/** The address a person comes back to: an answer to the request, its parameters changed; `undefined` leaves one out. */
export const back = (request: AuthorizationCode.AuthorizationRequest, fields: Fields = {}): string => {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries({ code: CANARY_CODE, state: request.state, ...fields })) {
    if (value !== undefined) parameters.set(name, value)
  }
  return `${request.redirectUri}${request.responseMode === "query" ? "?" : "#"}${parameters.toString()}`
}

/** A way through the browser that remembers what it was asked, and whether it was closed. */
export const browser = (
  comesBack: (request: AuthorizationCode.AuthorizationRequest) => Effect.Effect<string, AuthError> | string,
  options: Partial<Pick<AuthorizationCode.Redirect, "redirectUri" | "responseMode">> = {}
) => {
  const visits: Array<AuthorizationCode.AuthorizationRequest> = []
  const log: Array<"opened" | "closed"> = []
  const redirect: AuthorizationCode.Redirect = {
    redirectUri: REDIRECT,
    responseMode: "query",
    ...options,
    visit: (request) => {
      visits.push(request)
      const answer = comesBack(request)
      return Effect.map(Effect.isEffect(answer) ? answer : Effect.succeed(answer), (url) => Redacted.make(url))
    }
  }
  const opened = Effect.acquireRelease(
    Effect.sync(() => {
      log.push("opened")
      return redirect
    }),
    () => Effect.sync(() => void log.push("closed"))
  )
  return {
    visits,
    log,
    redirect,
    credential: (more: Omit<Credential.AuthorizationCodeOptions, "redirect"> = {}) =>
      Credential.authorizationCode({ ...more, redirect: opened })
  }
}

/** The parameters that the person was sent out with. */
export const sentOut = ({ url }: AuthorizationCode.AuthorizationRequest): Readonly<Record<string, string>> =>
  Object.fromEntries(new URL(url).searchParams)

/** What the authority answers to the code, once it is known whom it sent out. */
export type Redeemed = (request: AuthorizationCode.AuthorizationRequest) => Plan

/** Tokens, and an ID token of the sign-in. */
export const signedIn: Redeemed = ({ nonce }) => tokens({ id_token: idToken({ upn: "ada@contoso.example", nonce }) })

/** A sign-in whose person comes back with these parameters on top of what is right. */
export const story = (fields: Fields = {}, redeemed: Redeemed = signedIn, options: Partial<EntraIssuer.Options> = {}) =>
  Effect.gen(function* () {
    const plans: Array<Plan> = []
    const { http, sent } = client(plans)
    const person = browser((request) => {
      plans.push(redeemed(request))
      return back(request, fields)
    })
    const issuer = yield* issuerOver(http, { wire: "v2", ...options })
    return { ...person, issuer, sent, ended: yield* Effect.either(issuer.grant(person.credential())) }
  })

/** What became of a sign-in, in a word or two. */
export const told = (ended: Either.Either<unknown, AuthError>): string =>
  Either.match(ended, {
    onLeft: (error) => ("reason" in error ? `${error._tag} ${error.reason}` : error._tag),
    onRight: () => "signed in"
  })
