import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as TokenIssuer from "../src/TokenIssuer.js"
import {
  CANARY_DEVICE_CODE,
  CANARY_USER,
  deviceCode,
  held,
  idToken,
  issuerWith,
  pending,
  type Plan,
  refusal,
  secrets,
  tokens,
  user,
  watched
} from "./support/entra.js"
import { observed } from "./support/recorder.js"

/** The user's name too: it stands in descriptions and in the address of a realm probe. */
const all = [...Object.values(secrets), CANARY_DEVICE_CODE, CANARY_USER]
const leaked = (text: string) =>
  all.filter((secret) => text.includes(secret) || text.includes(encodeURIComponent(secret)))

const operations: { readonly [name: string]: (issuer: TokenIssuer.Service) => Effect.Effect<unknown, unknown> } = {
  password: (issuer) => issuer.grant(user),
  device: (issuer) => issuer.grant(watched({ newCodes: 1 }).credential),
  renew: (issuer) => issuer.renew(held, { claims: `{"access_token":{}}` }),
  revoke: (issuer) => issuer.revoke(held)
}

const echo = all.join(" ")
const plans: ReadonlyArray<readonly [name: string, plan: Plan]> = [
  ["tokens", tokens({ id_token: idToken({ upn: "ada@contoso.example" }) })],
  ["tokens with a bad life", tokens({ expires_in: secrets.newRefresh })],
  ["tokens with a bad token", tokens({ access_token: `${secrets.newAccess}\n` })],
  ["a device code that is bad", deviceCode({ user_code: `${CANARY_DEVICE_CODE}\n` })],
  ["a refusal", refusal("invalid_grant", { error_codes: [50126] })],
  [
    "a refusal that echoes in every field",
    refusal(echo, { suberror: echo, trace_id: echo, claims: echo, timestamp: echo })
  ],
  ["a wrong setting", refusal("invalid_client")],
  ["a person wanted", refusal("interaction_required", { claims: `{"a":1}` })],
  ["a page that echoes", { status: 200, body: `<p>${echo}` }],
  ["an outage that echoes", { status: 503, body: echo, headers: { "retry-after": secrets.access } }],
  ["a redirect", { status: 307, headers: { location: `https://x/?${secrets.refresh}` } }],
  ["a broken connection", { breaks: "ECONNRESET" }],
  ["a broken body", { breaks: "ECONNRESET", at: "body" }],
  ["silence", "silence"]
]

describe.each(plans)("no secret and no name leaves when Azure answers with %s", (_, plan) => {
  it.effect.each(Object.entries(operations))("%s: by an error, a span, or a log", ([name, run]) =>
    Effect.gen(function* () {
      const script = name === "device" ? [deviceCode(), pending, plan, plan, deviceCode(), plan] : [plan]
      const { issuer: it } = yield* issuerWith({ realmProbe: true, revocationPath: "/oauth2/revoke" }, ...script)
      const { names, text } = yield* observed(run(it))
      // A token says who signed in; that is no description of Azure's.
      expect(leaked(text.replaceAll(/\bprincipal\W+canary[^"'\\]+/g, ""))).toEqual([])
      expect(names).toEqual(["outer", `EntraIssuer.${name === "password" || name === "device" ? "grant" : name}`])
    })
  )
})
