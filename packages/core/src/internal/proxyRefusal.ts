/** A proxy that answers instead of leading on, as a transport tells it: a matter of settings, and of no outage. */
import { ConfigurationInvalid } from "../AuthError.js"

interface Refusal {
  readonly proxy: string
  readonly status: number
  readonly schemes?: ReadonlyArray<string>
  readonly credentialed: boolean
}

/** What `@mlserver-auth/node`'s transport fails with; other transports may. */
const isRefusal = (cause: unknown): cause is Refusal =>
  typeof cause === "object" &&
  cause !== null &&
  "code" in cause &&
  cause.code === "MLS_PROXY_REFUSED" &&
  "proxy" in cause &&
  typeof cause.proxy === "string" &&
  "status" in cause &&
  typeof cause.status === "number"

const problemOf = ({ credentialed, proxy, schemes = [], status }: Refusal): string => {
  const said = `the proxy ${proxy} answered ${status}`
  if (status === 407) {
    const offered = schemes.length === 0 ? "" : ` (${schemes.join(", ")})`
    return credentialed
      ? `${said}: it does not take this user name and password${offered}`
      : `${said}: it wants a user name and a password${offered}`
  }
  if (status >= 300 && status < 400) return `${said}: it leads elsewhere, perhaps to the log-in page of a network`
  return `${said}: it does not lead to this server`
}

const fixOf = ({ proxy, schemes = [], status }: Refusal, setting: string): string => {
  if (status >= 300 && status < 400) return "Open a page in a browser to log in to the network, and try again."
  if (status !== 407) return "Ask for the server to be allowed there, or name it in NO_PROXY if it is reached directly."
  if (schemes.length > 0 && !schemes.some((scheme) => scheme.toLowerCase() === "basic")) {
    return "Only Basic is spoken here: run a proxy of your own that speaks the others (px, cntlm), and name that one."
  }
  const [scheme = "http", rest = ""] = proxy.split("://")
  return `Set ${setting}=${scheme}://NAME:PASSWORD@${rest} (special characters as %XX). Do not try often: accounts lock.`
}

/** The refusal, where a request failed by one. A proxy that is overloaded or finds no server is an outage: `undefined`. */
export const ofCause = (cause: unknown, url: string): ConfigurationInvalid | undefined => {
  if (!isRefusal(cause) || cause.status >= 500 || cause.status === 429 || cause.status === 408) return undefined
  const setting = url.startsWith("http:") ? "HTTP_PROXY" : "HTTPS_PROXY"
  return new ConfigurationInvalid({ setting, problem: problemOf(cause), fix: fixOf(cause, setting) })
}
