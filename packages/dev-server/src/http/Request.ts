/**
 * What the server is asked, free of any transport, and which of its doors the question is for.
 */

/** One request. `headers` have lower-case names; `query` comes without its question mark. */
export interface Request {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly body: Uint8Array
}

/**
 * The doors of the Azure Active Directory authority. `azureToken` is the password grant, and whatever is no grant at
 * all; `azureCode` redeems an authorization code, `authorizePage` is where a person signs in for one; `devicePage` is
 * where a person types a code; `azureMetadata` is keys and configuration.
 */
const azureKinds = [
  "azureToken",
  "azureRefresh",
  "azureCode",
  "authorizePage",
  "deviceCode",
  "devicePoll",
  "devicePage",
  "realm",
  "azureMetadata"
] as const

/** A door of the authority. */
export type AzureKind = (typeof azureKinds)[number]

/** The kind of a request. Faults, gates and arrivals are for one kind. */
export type Kind = "login" | "refresh" | "revoke" | "api" | AzureKind

/** One kind, or all of them. */
export type On = Kind | "any"

/** Bodies beyond this many bytes are answered with 413. Adapters need to read no more than one byte beyond. */
export const BODY_LIMIT = 1_048_576

/** Is a request of this kind meant? */
export const matches = (on: On, kind: Kind): boolean => on === "any" || on === kind

/** Is this a door of the authority? */
export const isAzure = (kind: Kind): kind is AzureKind => azureKinds.some((it) => it === kind)

/** The server's own door of a request, from its method and path alone. */
export const kindOf = (loginPath: string, method: string, path: string): Kind => {
  if (!path.startsWith(loginPath)) return "api"
  const rest = path.slice(loginPath.length)
  if (rest === "" || rest === "/") return method === "POST" ? "login" : "api"
  if (!rest.startsWith("/refreshToken")) return "api"
  const tail = rest.slice("/refreshToken".length)
  if (method === "DELETE" && (tail === "" || tail.startsWith("/"))) return "revoke"
  return method === "POST" && (tail === "" || tail === "/") ? "refresh" : "api"
}

const decoder = new TextDecoder("utf-8", { fatal: true })

/** The JSON value of a body, whatever its content type says; `undefined` when it is none. */
export const jsonBody = (body: Uint8Array): unknown => {
  try {
    const value: unknown = JSON.parse(decoder.decode(body))
    return value
  } catch {
    return undefined
  }
}

/** The JSON object of a body; `undefined` when it is none. */
export const objectBody = (body: Uint8Array): Readonly<Record<string, unknown>> | undefined => {
  const value = jsonBody(body)
  return isObject(value) ? value : undefined
}

/** A JSON object, not an array. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
