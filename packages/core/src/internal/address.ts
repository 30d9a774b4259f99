/** Which addresses of servers can be used, and what is said of others: by their fault, since each place has its own advice. */

/** What is wrong with an address. */
export type AddressFault = "ControlCharacters" | "NotAUrl" | "Scheme" | "UserInformation" | "Query" | "PlainHttp"

/** What an address may be. */
export interface Allowed {
  readonly plainHttp: boolean
}

export const parseUrl = (url: string): URL | undefined => {
  try {
    return new URL(url)
  } catch {
    return undefined
  }
}

/** See `ServerEndpoint.isLoopback`, which is public. */
export const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)

/** The address, or what is wrong with it. */
export const check = (given: string, allowed: Allowed): URL | AddressFault => {
  // A URL parser drops tabs and line breaks without a word, and so joins two lines into another host.
  // Without the tables of Unicode where they are not needed: they take a millisecond to make.
  if (!/^[ -~]*$/.test(given) && /\p{Cc}/u.test(given)) return "ControlCharacters"
  const url = parseUrl(given)
  if (url === undefined) return "NotAUrl"
  if (url.protocol !== "https:" && url.protocol !== "http:") return "Scheme"
  if (url.username !== "" || url.password !== "") return "UserInformation"
  if (url.search !== "" || url.hash !== "") return "Query"
  return url.protocol === "http:" && !isLoopback(url.hostname) && !allowed.plainHttp ? "PlainHttp" : url
}

type Words = { readonly problem: string; readonly fix: string }

/** What is said of each fault, with an address as an example. */
const words = (example: string): { readonly [fault in AddressFault]: Words } => ({
  ControlCharacters: {
    problem: "holds control characters (line break, tab, …)",
    fix: "Write it in one line."
  },
  NotAUrl: { problem: "not a URL", fix: `Write it whole, like ${example}.` },
  Scheme: {
    problem: "neither https nor http",
    fix: `Write the scheme too, like ${example} or http://localhost:12800.`
  },
  UserInformation: {
    problem: "holds a user name or a password",
    fix: "Leave them out of the address and pass them as a credential."
  },
  Query: { problem: "holds a query or a fragment", fix: "Give the address only up to its path." },
  PlainHttp: { problem: "plain http to another machine would send passwords and tokens in clear", fix: "Use https." }
})

/** What is said of a fault. */
export const wordsOf = (fault: AddressFault, example: string): Words => words(example)[fault]
