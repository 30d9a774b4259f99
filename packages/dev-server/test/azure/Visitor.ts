/** A person at the page of a sign-in in the browser, and the client that sent them there. */
import { createHash } from "node:crypto"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as AzureDirectory from "../../src/AzureDirectory.js"
import type { Seen } from "../Adapters.js"
import { type AzurePeer, type Fields, target, type Wire } from "./AzurePeer.js"

export const REDIRECT = "http://127.0.0.1:49152/"
export const PAGE = "http://127.0.0.1:49152/page"
export const VERIFIER = "a-verifier-of-forty-three-characters-or-more"
export const CHALLENGE = createHash("sha256").update(VERIFIER).digest("base64url")

/** A registration with a page in it. */
export const withPage = { redirectUris: { spa: ["http://127.0.0.1/page"] } }

/** What a good client asks. */
export const asked = (wire: Wire = "v2", redirect_uri = REDIRECT): Fields => ({
  client_id: AzureDirectory.clientid,
  response_type: "code",
  response_mode: "query",
  redirect_uri,
  ...target(wire),
  state: "the-state",
  nonce: "the-nonce",
  code_challenge: CHALLENGE,
  code_challenge_method: "S256"
})

/** What is empty is left out. */
const given = (fields: Fields): Fields => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""))

export const visitor = (server: AzurePeer, wire: Wire = "v2", redirectUri = REDIRECT) => {
  const path = (fields: Fields) =>
    `/${server.settings.tenant}/oauth2${wire === "v1" ? "" : "/v2.0"}/authorize?${new URLSearchParams(given({ ...asked(wire, redirectUri), ...fields }))}`
  const manually = Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" as const })
  const open = (more: Fields = {}) => manually(server.ask("GET", path(more)))
  const submit = (fields: Fields, more: Fields = {}, headers: Fields = {}) =>
    manually(server.post(path(more), fields, headers))
  const signIn = (
    who: { readonly username: string; readonly password: string },
    more: Fields = {},
    form: Fields = {}
  ) => submit({ decision: "accept", username: who.username, password: who.password, ...form }, more)
  /** Exchanges the code of an answer. */
  const redeem = (seen: Seen, fields: Fields = {}, headers: Fields = {}) => {
    const all = {
      grant_type: "authorization_code",
      code: back(seen).get("code") ?? "",
      redirect_uri: redirectUri,
      code_verifier: VERIFIER,
      ...target(wire),
      ...fields
    }
    return server.token(wire, given(all), headers)
  }
  return { open, submit, signIn, redeem }
}

/** What the person takes back. */
export const back = ({ headers }: Seen): URLSearchParams => {
  const url = new URL(headers["location"] ?? "nowhere:")
  return new URLSearchParams(url.hash === "" ? url.search : url.hash.slice(1))
}
