/**
 * Where the application lets people be sent back to, and what kind of client waits there. The kind of the redirect
 * decides what a code and its refresh tokens are good for.
 */

/** A program on the person's device, or a page in their browser. */
export type Platform = "native" | "spa"

/** The redirect addresses in an application's registration. */
export type RedirectUris = Readonly<Record<Platform, ReadonlyArray<string>>>

/** What a new registration for tools has: this machine, at any port. */
export const DEFAULT: RedirectUris = { native: ["http://localhost", "http://127.0.0.1"], spa: [] }

const isLoopback = ({ hostname, protocol }: URL): boolean =>
  protocol === "http:" && (hostname === "localhost" || hostname === "127.0.0.1")

const parsed = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined)

const matches = (registered: string, given: URL, ports: "count" | "do not count"): boolean => {
  const url = parsed(registered)
  if (url === undefined) return false
  if (ports === "count" || !isLoopback(url)) return url.href === given.href
  return (
    isLoopback(given) &&
    [url.hostname, url.pathname, url.search].join() === [given.hostname, given.pathname, given.search].join()
  )
}

/**
 * The platform of a redirect address; `undefined` when it is not registered. On this machine the port does not count
 * (RFC 8252 7.3), unless it tells two registrations apart; everything else does.
 */
export const platformOf = (registered: RedirectUris, redirectUri: string): Platform | undefined => {
  const given = parsed(redirectUri)
  if (given === undefined || given.hash !== "" || redirectUri.includes("#")) return undefined
  for (const ports of ["count", "do not count"] as const) {
    for (const platform of ["spa", "native"] as const) {
      if (registered[platform].some((it) => matches(it, given, ports))) return platform
    }
  }
  return undefined
}
