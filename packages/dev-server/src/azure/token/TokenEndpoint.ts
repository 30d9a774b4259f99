/**
 * `POST /{tenant}/oauth2/token` and `POST /{tenant}/oauth2/v2.0/token`: password, device code, authorization code and
 * refresh token for tokens.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Answer } from "../../http/Reply.js"
import * as AuthorizationCodes from "../authorization/AuthorizationCodes.js"
import * as AuthorizationFailure from "../authorization/AuthorizationFailure.js"
import * as AzureGrants from "./AzureGrants.js"
import { type Call, knownClient, type Outcome, required } from "../Call.js"
import { hasPages, isCrossOrigin } from "../CrossOrigin.js"
import * as Demands from "./Demands.js"
import * as DeviceCodes from "../device/DeviceCodes.js"
import * as Failure from "../Failure.js"
import { codes, ids } from "../FreshIds.js"
import * as SignIn from "../SignIn.js"
import * as Target from "../Target.js"
import * as TokenAnswer from "./TokenAnswer.js"

type Granted = Outcome<Effect.Effect<Answer>>

const answer = (call: Call, grant: AzureGrants.Grant, nonce?: string): Effect.Effect<Answer> => {
  const user = SignIn.find(call.authority.configuration.signIn.users, grant.access.username)
  return user === undefined ? Effect.die("a grant without a user") : TokenAnswer.tokens(call, grant, user, nonce)
}

const issue = (call: Call, signIn: AzureGrants.SignIn, nonce?: string): Effect.Effect<Answer> => {
  const { authority, now } = call
  const [grant, next] = AzureGrants.issue(authority.configuration.grants, authority.grants, signIn, now, ids())
  authority.grants = next
  return answer(call, grant, nonce)
}

const overTenant = ({ tenant }: Call): Outcome<void> =>
  tenant.toLowerCase() === "common" ? Either.left(Failure.notOverCommon) : Either.right(undefined)

const passwordGrant = (call: Call): Granted =>
  Either.gen(function* () {
    yield* overTenant(call)
    const { authority, form, now, wire } = call
    const { resource, scopes } = yield* Target.required(call)
    const presented = { username: yield* required(call, "username"), password: yield* required(call, "password") }
    const claims = form.get("claims")
    const further = (user: SignIn.User) => {
      const demanded = Demands.forAPerson(authority.grants.demands, user.username, claims)
      return demanded === undefined ? undefined : Failure.interactionRequired(demanded)
    }
    const rules = authority.configuration.signIn
    const [judged, next] = SignIn.byPassword(rules, authority.signIns, presented, wire, now, further)
    authority.signIns = next
    const { username } = yield* judged
    const offline = Target.wantsRefreshToken(wire, scopes)
    return issue(call, { username, resource, scopes, claims, offline, secondFactor: false })
  })

/** The refusal of a poll in the authority's words. */
const pollFailure = (refusal: DeviceCodes.PollRefusal): Failure.Failure => {
  switch (refusal) {
    case "pending":
      return Failure.pending
    case "slow-down":
      return Failure.slowDown
    case "declined":
      return Failure.declined
    case "expired":
      return Failure.codeExpired
    case "unknown":
      return Failure.codeUnknown
    case "redeemed":
      return Failure.codeRedeemed
    default:
      return refusal
  }
}

const pollGrant = (call: Call): Granted =>
  Either.gen(function* () {
    const { authority, form, now, wire } = call
    const deviceCode = yield* required(call, wire === "v1" ? "code" : "device_code")
    const wanted = yield* Target.optional(call)
    const [polled, next] = DeviceCodes.poll(authority.configuration.codes, authority.codes, deviceCode, now)
    authority.codes = next
    const { approval, code } = yield* Either.mapLeft(polled, pollFailure)
    const scopes = wanted === undefined || wire === "v1" ? code.scopes : wanted.scopes
    return issue(call, {
      username: approval.username,
      secondFactor: approval.secondFactor,
      resource: code.resource,
      scopes,
      claims: form.get("claims") ?? code.claims,
      offline: Target.wantsRefreshToken(wire, scopes)
    })
  })

const codeFailures: Readonly<Record<AuthorizationCodes.Refusal, Failure.Failure>> = {
  unknown: AuthorizationFailure.authorizationUnknown,
  redeemed: Failure.codeRedeemed,
  expired: AuthorizationFailure.authorizationExpired,
  "other-redirect": AuthorizationFailure.redirectOfAnother,
  "no-verifier": AuthorizationFailure.verifierMissing,
  "wrong-verifier": AuthorizationFailure.verifierWrong,
  "no-challenge": AuthorizationFailure.challengeMissing,
  "cross-origin": Failure.crossOrigin,
  "not-cross-origin": AuthorizationFailure.onlyCrossOrigin
}

const codeGrant = (call: Call): Granted =>
  Either.gen(function* () {
    const { authority, form, now, wire } = call
    const presented = {
      code: yield* required(call, "code"),
      redirectUri: yield* required(call, "redirect_uri"),
      verifier: form.get("code_verifier"),
      crossOrigin: isCrossOrigin(call)
    }
    const wanted = yield* Target.optional(call)
    const [redeemed, next] = AuthorizationCodes.redeem(authority.authorizations, presented, now)
    authority.authorizations = next
    const code = yield* Either.mapLeft(redeemed, (refusal) => codeFailures[refusal])
    const scopes = wanted === undefined || wire === "v1" ? code.scopes : wanted.scopes
    const { claims, nonce, platform, resource, secondFactor, username } = code
    const fixedEnd = platform === "spa" ? now + authority.configuration.pageRefreshToken : undefined
    const offline = Target.wantsRefreshToken(wire, scopes)
    return issue(call, { username, secondFactor, resource, scopes, claims, offline, fixedEnd }, nonce)
  })

const refreshFailure = (refusal: AzureGrants.RefreshRefusal): Failure.Failure => {
  switch (refusal) {
    case "unknown":
    case "used":
      return Failure.refreshUnknown
    case "expired":
      return Failure.refreshExpired
    case "fixed-life-over":
      return Failure.fixedLifeOver
    case "cross-origin":
      return Failure.crossOrigin
    case "not-cross-origin":
      return AuthorizationFailure.onlyCrossOrigin
    case "revoked":
      return Failure.refreshRevoked
    case "sign-in-over":
      return Failure.signInOver
    default:
      return Failure.interactionRequired(refusal.claims)
  }
}

const refreshGrant = (call: Call): Granted =>
  Either.gen(function* () {
    const { authority, form, now, wire } = call
    const token = yield* required(call, "refresh_token")
    const target = yield* Target.optional(call)
    const wish = {
      resource: target?.resource,
      scopes: target?.scopes,
      claims: form.get("claims"),
      offline: target === undefined || Target.wantsRefreshToken(wire, target.scopes),
      crossOrigin: isCrossOrigin(call)
    }
    const rules = authority.configuration.grants
    const [refreshed, next] = AzureGrants.refresh(rules, authority.grants, token, wish, now, ids())
    authority.grants = next
    return answer(call, yield* Either.mapLeft(refreshed, refreshFailure))
  })

const URN = "urn:ietf:params:oauth:grant-type:device_code"

const grantOf = (call: Call, grant: string): ((call: Call) => Granted) | undefined => {
  switch (grant) {
    case "password":
      return passwordGrant
    case "refresh_token":
      return refreshGrant
    case "authorization_code":
      return codeGrant
    case "device_code":
      return pollGrant
    default:
      return grant === URN && call.wire === "v2" ? pollGrant : undefined
  }
}

/** A grant for tokens. */
export const token = (call: Call): Granted =>
  Either.gen(function* () {
    const asked = yield* required(call, "grant_type")
    yield* knownClient(call)
    const grant = grantOf(call, asked)
    const ofPages = hasPages(call) && (grant === codeGrant || grant === refreshGrant)
    if (isCrossOrigin(call) && !ofPages) return yield* Either.left(Failure.crossOrigin)
    return yield* grant === undefined ? Either.left(Failure.unsupportedGrant(asked)) : grant(call)
  })

/** A device code, for a person to approve elsewhere. */
export const deviceCode = (call: Call): Granted =>
  Either.gen(function* () {
    yield* knownClient(call)
    const { authority, form, now } = call
    const target = yield* Target.required(call)
    // v1's clients send no scope with a device code and learn from the ID token who has signed in.
    const scopes = call.wire === "v1" ? ["openid"] : target.scopes
    const wish = { ...target, scopes, claims: form.get("claims") }
    const [code, next] = DeviceCodes.issue(authority.configuration.codes, authority.codes, wish, now, codes())
    authority.codes = next
    return Effect.succeed(TokenAnswer.deviceCode(call, code))
  })
