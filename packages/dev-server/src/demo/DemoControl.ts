/** The few knobs that the demo page has, over HTTP: for that page alone, and never on a server without it. */
import * as Effect from "effect/Effect"
import type { Control } from "../Control.js"
import { type Answer, empty, json } from "../http/Reply.js"
import type { Request } from "../http/Request.js"

/** The servers of the demo, as its addresses name them. */
export type Servers = Readonly<Record<string, Control>>

const counts = (control: Control) =>
  Effect.map(control.counts, ({ api, azure, logins, refreshes, reusedRefreshTokens, unauthorized }) => ({
    signIns: logins + azure.passwordGrants + azure.authorizationCodesRedeemed,
    renewals: refreshes + azure.refreshes,
    reused: reusedRefreshTokens + azure.reusedRefreshTokens,
    calls: api,
    unauthorized
  }))

const knobs: Readonly<Record<string, (control: Control) => Effect.Effect<unknown>>> = {
  "revoke-access-tokens": (control) => control.revokeAccessTokens(),
  "end-sessions": (control) => control.revokeSessions()
}

/**
 * Another site can make a browser send a request here, but not hide where it comes from; and a name that was made to
 * lead here (DNS rebinding) is not ours.
 */
const isFromHere = ({ headers }: Request): boolean => {
  const { host, origin } = headers
  return typeof host === "string" && origin === `http://${host}` && /^(127\.0\.0\.1|localhost|\[::1\])(:|$)/.test(host)
}

/** `GET {server}/counts`, and `POST {server}/{knob}`; what stands behind `/control/`. */
export const answer = (servers: Servers, path: string, request: Request): Effect.Effect<Answer> => {
  const [server = "", name = ""] = path.split("/")
  const control = Object.hasOwn(servers, server) ? servers[server] : undefined
  if (control === undefined) return Effect.succeed(empty(404))
  if (request.method === "GET" && name === "counts") return Effect.map(counts(control), (told) => json(200, told))
  const knob = Object.hasOwn(knobs, name) ? knobs[name] : undefined
  if (knob === undefined || request.method !== "POST") return Effect.succeed(empty(404))
  return isFromHere(request) ? Effect.as(knob(control), empty(204)) : Effect.succeed(empty(403))
}
