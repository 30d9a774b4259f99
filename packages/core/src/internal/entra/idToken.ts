/** What is read of an ID token: the user's name, shown to people and compared with the name a session is kept for; the nonce. */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import type { Answer } from "../issuer/exchange.js"
import { parse } from "../issuer/tokenAnswer.js"

/** Printable, and no longer than a directory's longest name. */
const NAME = /^[^\p{C}\p{Zl}\p{Zp}]{1,1024}$/u

/**
 * Its signature is not looked at: it came from the issuer itself over a protected connection (OpenID Connect Core
 * 3.1.3.7, 6), and nothing that matters to safety is taken from it. `undefined` where there is no readable name.
 */
export const nameIn = (answer: Answer): string | undefined => {
  const claims = claimsIn(tokenIn(answer))
  const name = claim(claims, "upn") ?? claim(claims, "preferred_username") ?? claim(claims, "unique_name")
  return name !== undefined && NAME.test(name) ? name : undefined
}

/** Whether the ID token, if one came, was made for this sign-in (OpenID Connect Core 3.1.3.7, 11). */
export const isFor = (answer: Answer, nonce: string): boolean => {
  const token = tokenIn(answer)
  return token === undefined || claim(claimsIn(token), "nonce") === nonce
}

const tokenIn = (answer: Answer): string | undefined => claim(parse(answer.body), "id_token")

const claimsIn = (token: string | undefined): unknown => {
  if (token === undefined || token.length > 65_536) return undefined
  const payload = Either.getOrUndefined(Encoding.decodeBase64UrlString(token.split(".")[1]?.replace(/=+$/, "") ?? ""))
  return payload === undefined ? undefined : parse(payload)
}

const claim = (json: unknown, name: string): string | undefined => {
  if (typeof json !== "object" || json === null || !Object.hasOwn(json, name)) return undefined
  const value = (json as Record<string, unknown>)[name]
  return typeof value === "string" ? value : undefined
}
