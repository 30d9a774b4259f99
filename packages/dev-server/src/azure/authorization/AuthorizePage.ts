/**
 * `GET` and `POST /{tenant}/oauth2/v2.0/authorize` (and v1's `oauth2/authorize`): where a person signs in, in their own
 * browser, and is sent back with a code.
 *
 * The form goes to the page's own address; its fields are `decision` (`accept` or `cancel`), `username`, `password` and,
 * where a second factor is needed, `mfa`.
 */
import * as Either from "effect/Either"
import type * as Reply from "../../http/Reply.js"
import * as AuthorizationCodes from "./AuthorizationCodes.js"
import * as AuthorizationFailure from "./AuthorizationFailure.js"
import { issuer } from "../token/AzureTokens.js"
import { type Call, isForeign, knownClient, type Outcome, required } from "../Call.js"
import * as Failure from "../Failure.js"
import { authorizationCode } from "../FreshIds.js"
import * as Html from "../Html.js"
import { type Platform, platformOf } from "./RedirectUris.js"
import * as SignIn from "../SignIn.js"
import * as Target from "../Target.js"

/** A request that the person may be sent back from, whatever becomes of it. */
interface Asked {
  /** With the query in the place of the form. */
  readonly call: Call
  readonly redirectUri: string
  readonly platform: Platform
}

/** A request that can be met. */
interface Wish {
  readonly target: Target.Target
  readonly challenge: AuthorizationCodes.Challenge | undefined
}

const page = ({ code, text }: Failure.Failure, status = 400): Reply.Answer => ({
  status,
  headers: Html.headers(),
  body: Html.end("We cannot sign you in", `${text} (AADSTS${code})`)
})

/** A failure as a page: no browser is sent to an address that is not the application's (RFC 6749 4.1.2.1, RFC 9700 4.11). */
export const refused = (failure: Failure.Failure): Reply.Answer => page(failure)

const asked = (call: Call): Outcome<Asked> => {
  const fields = [...new URLSearchParams(call.request.query)]
  const form = new Map(fields)
  if (form.size !== fields.length) return Either.left(Failure.malformed)
  const asking = { ...call, form }
  return Either.gen(function* () {
    yield* knownClient(asking)
    const redirectUri = yield* required(asking, "redirect_uri")
    const platform = platformOf(call.authority.configuration.redirectUris, redirectUri)
    if (platform === undefined) return yield* Either.left(AuthorizationFailure.otherRedirect(redirectUri))
    return { call: asking, redirectUri, platform }
  })
}

const challengeOf = ({ form }: Call): Outcome<AuthorizationCodes.Challenge | undefined> => {
  const value = form.get("code_challenge")
  const method = form.get("code_challenge_method") ?? "plain"
  if (value === undefined) return Either.right(undefined)
  const known = method === "S256" || method === "plain"
  return known && /^[A-Za-z0-9\-._~]{43,128}$/.test(value)
    ? Either.right({ method, value })
    : Either.left(AuthorizationFailure.badChallenge)
}

const wishOf = ({ call }: Asked): Outcome<Wish> =>
  Either.gen(function* () {
    const type = yield* required(call, "response_type")
    if (type !== "code") return yield* Either.left(AuthorizationFailure.unsupportedResponse(type))
    if (!["query", "fragment", undefined].includes(call.form.get("response_mode"))) {
      return yield* Either.left(Failure.malformed)
    }
    return { target: yield* Target.required(call), challenge: yield* challengeOf(call) }
  })

/** Sends the person back. What the control planned is changed about the answer. */
const back = ({ call, redirectUri }: Asked, answer: Readonly<Record<string, string>>): Reply.Answer => {
  const { authority, form, wire } = call
  const [change, next] = AuthorizationCodes.takeChange(authority.authorizations)
  authority.authorizations = next
  const state = form.get("state")
  const iss = issuer(authority.tokens.rules, wire === "v1" ? "1.0" : "2.0")
  const whole = { ...answer, ...(state === undefined ? {} : { state }), iss, ...change }
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(whole)) if (value !== null) parameters.set(name, value)
  const url = new URL(redirectUri)
  if (form.get("response_mode") === "fragment") url.hash = parameters.toString()
  else for (const [name, value] of parameters) url.searchParams.set(name, value)
  return { status: 303, headers: { ...Html.headers(redirectUri), location: url.href }, body: "" }
}

const error = (asked: Asked, failure: Failure.Failure): Reply.Answer =>
  back(asked, {
    error: failure.error,
    error_description: Failure.description(failure, { correlationId: crypto.randomUUID(), now: asked.call.now }),
    ...(failure.suberror === undefined ? {} : { error_subcode: failure.suberror })
  })

const askWho = (asked: Asked, { resource }: Target.Target, username: string, problem?: string): Reply.Answer => {
  const { clientid, shape, tenant } = asked.call.authority.configuration
  const backTo = new URL(asked.redirectUri).origin
  return {
    status: problem === undefined ? 200 : 400,
    headers: {
      ...Html.headers(asked.redirectUri),
      ...(shape.isolatedPage === true ? { "cross-origin-opener-policy": "same-origin" } : {})
    },
    body: Html.authorizeForm({ username, clientid, resource, tenant, backTo, problem })
  }
}

const accept = (asked: Asked, { challenge, target }: Wish, posted: Call["form"]): Reply.Answer => {
  const { authority, form, now } = asked.call
  const secondFactor = posted.has("mfa")
  const presented = { username: posted.get("username") ?? "", password: posted.get("password") ?? "", secondFactor }
  const [judged, next] = SignIn.atPage(authority.configuration.signIn, authority.signIns, presented, now)
  authority.signIns = next
  if (Either.isLeft(judged)) {
    return askWho(asked, target, presented.username, `${judged.left.text} (AADSTS${judged.left.code})`)
  }
  const failure = SignIn.refusedEverywhere(judged.right)
  if (failure !== undefined) return error(asked, failure)
  const code = authorizationCode()
  authority.authorizations = AuthorizationCodes.issue(authority.authorizations, {
    code,
    username: judged.right.username,
    secondFactor,
    ...target,
    claims: form.get("claims"),
    nonce: form.get("nonce"),
    redirectUri: asked.redirectUri,
    platform: asked.platform,
    challenge,
    expiresAt: now + authority.configuration.authorizationCode
  })
  return back(asked, { code })
}

const submitted = (asked: Asked, wish: Wish, posted: Call["form"]): Reply.Answer => {
  switch (posted.get("decision")) {
    case "accept":
      return accept(asked, wish, posted)
    case "cancel":
      return error(asked, AuthorizationFailure.cancelled)
    default:
      return askWho(asked, wish.target, posted.get("username") ?? "", "Choose to sign in or to cancel.")
  }
}

/** The page, and what a person answers on it. */
export const answer = (call: Call): Reply.Answer => {
  const { method } = call.request
  if (method !== "GET" && method !== "POST") {
    return { ...page(Failure.malformed, 405), headers: { ...Html.headers(), allow: "GET, POST" } }
  }
  if (method === "POST" && isForeign(call)) {
    return {
      status: 403,
      headers: Html.headers(),
      body: Html.end("Not from there", "This form was sent by another site.")
    }
  }
  return Either.match(asked(call), {
    onLeft: refused,
    onRight: (asked) =>
      Either.match(wishOf(asked), {
        onLeft: (failure) => error(asked, failure),
        onRight: (wish) =>
          method === "GET"
            ? askWho(asked, wish.target, asked.call.form.get("login_hint") ?? "")
            : submitted(asked, wish, call.form)
      })
  })
}
