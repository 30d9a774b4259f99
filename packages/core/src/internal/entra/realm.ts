/** Azure's user realm: whether an account's password is checked by Azure or elsewhere. */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as AuthError from "../../AuthError.js"
import type { Authority } from "../../Authority.js"
import { type Answer, type Fault, isSuccess } from "../issuer/exchange.js"
import { parse } from "../issuer/tokenAnswer.js"

/**
 * Fails for a federated account, so that no password is spent on it: Azure answers a right one like a wrong one. Whatever
 * is the matter with the probe itself is no matter of the sign-in.
 */
export const probe = (
  authority: Authority,
  username: string,
  send: (request: HttpClientRequest.HttpClientRequest) => Effect.Effect<Answer, Fault>
): Effect.Effect<void, AuthError.CredentialRejected> => {
  // Federation services have no realm to ask about.
  if (authority.tenant === "adfs") return Effect.void
  const { origin: server } = authority
  const url = `${server}/common/UserRealm/${encodeURIComponent(username)}?api-version=1.0`
  return Effect.flatMap(Effect.option(send(HttpClientRequest.acceptJson(HttpClientRequest.get(url)))), (answer) =>
    Option.exists(answer, isFederated)
      ? Effect.fail(new AuthError.CredentialRejected({ reason: "Federated", server }))
      : Effect.void
  )
}

const isFederated = (answer: Answer): boolean => {
  const json = isSuccess(answer) ? parse(answer.body) : undefined
  if (typeof json !== "object" || json === null || !("account_type" in json)) return false
  return String(json.account_type).toLowerCase() === "federated"
}
