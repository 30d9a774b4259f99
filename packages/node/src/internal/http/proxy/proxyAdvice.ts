/** What to do about a proxy that answers instead of leading on. */

/** What it said. */
export interface Refusal {
  /** Its address, without user and password. */
  readonly proxy: string
  readonly status: number
  /** The ways to sign in that it offers with a 407: `Basic`, `Negotiate`, … */
  readonly schemes: ReadonlyArray<string>
  /** Whether it was given a user and a password. */
  readonly credentialed: boolean
  /** Whether it is about name and password. */
  readonly isOfPassword: boolean
}

/** The words of a `ConfigurationInvalid`, for a request to an address. */
export const adviceOn = (refusal: Refusal, url: string) => {
  const setting = url.startsWith("http:") ? "HTTP_PROXY" : "HTTPS_PROXY"
  return { setting, problem: problemOf(refusal), fix: fixOf(refusal, setting) }
}

const problemOf = ({ credentialed, isOfPassword, proxy, schemes, status }: Refusal): string => {
  const said = `the proxy ${proxy} answered ${status}`
  if (isOfPassword) {
    const offered = schemes.length === 0 ? "" : ` (${schemes.join(", ")})`
    return credentialed
      ? `${said}: it does not take this user name and password${offered}`
      : `${said}: it requires a user name and a password${offered}`
  }
  if (status >= 300 && status < 400) return `${said}: it redirects, perhaps to the sign-in page of a network`
  return `${said}: it does not lead to this server`
}

const fixOf = ({ isOfPassword, proxy, schemes, status }: Refusal, setting: string): string => {
  if (status >= 300 && status < 400) return "Open a page in a browser to sign in to the network, and try again."
  if (!isOfPassword) return "Ask for the server to be allowed there, or name it in NO_PROXY if it is reached directly."
  if (schemes.length > 0 && !schemes.some((scheme) => scheme.toLowerCase() === "basic")) {
    return "Only Basic is supported: run a local proxy that supports the others (px, cntlm), and use its address."
  }
  const [scheme = "http", rest = ""] = proxy.split("://")
  return `Set ${setting}=${scheme}://NAME:PASSWORD@${rest} (special characters as %XX). Do not try often: accounts lock.`
}
