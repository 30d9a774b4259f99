/**
 * What is written in a token, for a person's eye. To a client its token is opaque (RFC 6749 1.4): nothing here is used
 * for anything but showing, and the token's signature, with which it could be used, is never shown.
 */
import * as ForeignJson from "./ForeignJson.js"
import * as Instants from "./Instants.js"
import { plainLine } from "./Plain.js"

type Members = Readonly<Record<string, unknown>>

/** A token, looked at. `encrypted`: a JSON Web Encryption, of which only the header can be read (RFC 7516). */
export type Inspected =
  | { readonly format: "jwt"; readonly header: Members; readonly claims: Members }
  | { readonly format: "encrypted"; readonly header: Members }
  | { readonly format: "opaque" }

const OPAQUE: Inspected = { format: "opaque" }

const decoded = (part: string | undefined): Members | undefined => {
  if (part === undefined || !/^[A-Za-z0-9_-]+=*$/.test(part)) return undefined
  try {
    const json = ForeignJson.parse(Buffer.from(part, "base64url").toString("utf8"))
    return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as Members) : undefined
  } catch {
    return undefined
  }
}

/** Reads what is written in a token, without believing it. */
export const inspect = (token: string): Inspected => {
  const parts = token.split(".")
  const header = decoded(parts[0])
  if (header === undefined) return OPAQUE
  if (parts.length === 5) return { format: "encrypted", header }
  const claims = parts.length === 3 ? decoded(parts[1]) : undefined
  return claims === undefined ? OPAQUE : { format: "jwt", header, claims }
}

/** NumericDate (RFC 7519 2), as RFC 7519, OpenID Connect and Azure use it. */
const INSTANTS: ReadonlySet<string> = new Set(["exp", "nbf", "iat", "auth_time"])

const instantOf = (name: string, value: unknown): number | undefined =>
  INSTANTS.has(name) && typeof value === "number" && Math.abs(value) < 8.64e12 ? value * 1000 : undefined

const shown = (name: string, value: unknown, now: number): string => {
  const instant = instantOf(name, value)
  if (instant !== undefined) return `${String(value)}, ${Instants.forPeople(instant, now)}`
  return plainLine(typeof value === "string" ? value : JSON.stringify(value))
}

const table = (title: string, members: Members, now: number): ReadonlyArray<string> => {
  const rows = Object.entries(members).map(([name, value]) => [plainLine(name), shown(name, value, now)] as const)
  const width = Math.max(0, ...rows.map(([name]) => name.length))
  return [title, ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)]
}

/** The lines that a person is shown; none of an opaque token. */
export const forPeople = (inspected: Inspected, now: number): ReadonlyArray<string> => {
  if (inspected.format === "opaque") return []
  const header = table("Header", inspected.header, now)
  return inspected.format === "encrypted" ? header : [...header, ...table("Claims", inspected.claims, now)]
}

/** The same for programs, with the instants spelled out. */
export const forPrograms = (inspected: Inspected): object => {
  if (inspected.format !== "jwt") return inspected
  const times = Object.entries(inspected.claims).flatMap(([name, value]) => {
    const instant = instantOf(name, value)
    return instant === undefined ? [] : [[name, new Date(instant).toISOString()] as const]
  })
  return { ...inspected, times: Object.fromEntries(times) }
}
