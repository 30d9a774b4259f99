/** Plain http through a proxy: whose an answer is, and what it says of the name and the password that went with it. */
import type * as Http from "node:http"
import { ProxyRefused } from "../failure.js"
import type { Attempt } from "./proxyProof.js"
import type { Way } from "../ways.js"

export type { Attempt }

/** The proxy's refusal, where the answer is one. A proxy may refuse an address (403) before it looks at a password. */
export const judge = (
  { forwarded, proof, proxy }: Way,
  attempt: Attempt | undefined,
  response: Http.IncomingMessage
): ProxyRefused | undefined => {
  if (!forwarded || proxy === undefined) return undefined
  const { headers, statusCode = 0 } = response
  // A 401 is the server's, but for the proxy that has that word for a wrong password, and says its own name with it.
  if (statusCode === 407 || (statusCode === 401 && String(headers.server).startsWith("tinyproxy/"))) {
    const refusal = new ProxyRefused(proxy, response)
    proof?.refused(refusal)
    return refusal
  }
  if (statusCode !== 403 && statusCode < 500) proof?.taken()
  if (attempt !== undefined) proof?.ended(attempt, null)
  return undefined
}
