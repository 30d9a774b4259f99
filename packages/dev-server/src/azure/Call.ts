/**
 * One request to the authority, with its form read and its answers given their common headers.
 */
import * as Either from "effect/Either"
import * as AzureDirectory from "../AzureDirectory.js"
import type { Answer } from "../http/Reply.js"
import type { Request } from "../http/Request.js"
import type { Authority } from "./Authority.js"
import * as Failure from "./Failure.js"

/** Fields of a form by name. */
export type Form = ReadonlyMap<string, string>

/** A request, the door it is for, and the moment. */
export interface Call {
  readonly authority: Authority
  readonly request: Request
  /** The endpoint's version. */
  readonly wire: "v1" | "v2"
  /** The first segment of the path. */
  readonly tenant: string
  readonly form: Form
  readonly now: number
}

/** What a handler answers. */
export type Outcome<A> = Either.Either<A, Failure.Failure>

const FORM = /^application\/x-www-form-urlencoded\s*(;|$)/i
const decoder = new TextDecoder("utf-8", { fatal: true })

const EMPTY: Form = new Map()

/** One header's first value. */
export const header = (request: Request, name: string): string | undefined => {
  const value = request.headers[name]
  return typeof value === "string" ? value : value?.[0]
}

/** Another site's page must not make a browser approve anything. */
export const isForeign = ({ authority, request }: Pick<Call, "authority" | "request">): boolean => {
  const origin = header(request, "origin")
  const site = header(request, "sec-fetch-site")
  return (origin !== undefined && origin !== authority.origin) || site === "cross-site"
}

/** The fields of a form: none where the content type is another one, `undefined` where a field comes twice. */
export const formOf = (request: Request): Form | undefined => {
  if (!FORM.test(header(request, "content-type") ?? "")) return EMPTY
  try {
    const fields = [...new URLSearchParams(decoder.decode(request.body))]
    const form = new Map(fields)
    return form.size === fields.length ? form : undefined
  } catch {
    return undefined
  }
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const correlationId = (request: Request): string => {
  const given = header(request, "client-request-id") ?? ""
  return GUID.test(given) ? given : crypto.randomUUID()
}

/** An answer that says whose request it is for, where the request asked that it should. */
export const echoed = (request: Request, answer: Answer): Answer => {
  const given = header(request, "client-request-id")
  const wanted = header(request, "return-client-request-id")?.toLowerCase() === "true"
  if (!wanted || given === undefined) return answer
  return { ...answer, headers: { ...answer.headers, "client-request-id": given } }
}

/** The answer of a refusal. */
export const refused = (
  { authority, now, request }: Pick<Call, "authority" | "now" | "request">,
  failure: Failure.Failure
): Answer => Failure.answer(failure, { correlationId: correlationId(request), now, origin: authority.origin })

/** A field that must be there. */
export const required = ({ form }: Call, name: string): Outcome<string> => {
  const value = form.get(name)
  return value === undefined || value === "" ? Either.left(Failure.missing(name)) : Either.right(value)
}

const decoded = (segment: string): string => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** Does the authority know this tenant? `common` and `organizations` belong to all tenants. */
export const knownTenant = ({ authority, tenant }: Pick<Call, "authority" | "tenant">): Outcome<void> => {
  const name = decoded(tenant).toLowerCase()
  if (name === "consumers") return Either.left(Failure.notForConsumers)
  const names = [authority.configuration.tenant.toLowerCase(), AzureDirectory.domain, "common", "organizations"]
  return names.includes(name) ? Either.right(undefined) : Either.left(Failure.unknownTenant(decoded(tenant)))
}

/** Is it the registered client, and does it behave as a public one? */
export const knownClient = (call: Call): Outcome<void> => {
  const { clientid, publicClient, tenant } = call.authority.configuration
  return Either.flatMap(required(call, "client_id"), (client): Outcome<void> => {
    if (client.toLowerCase() !== clientid.toLowerCase()) return Either.left(Failure.unknownClient(client, tenant))
    if (!publicClient) return Either.left(Failure.secretRequired)
    return call.form.has("client_secret") || call.form.has("client_assertion")
      ? Either.left(Failure.secretSent)
      : Either.right(undefined)
  })
}
