/** A proxy that answers instead of leading on, as a transport tells it: a matter of settings, and of no outage. */
import { ConfigurationInvalid } from "../AuthError.js"

/**
 * What `@mlserver-auth/node`'s transport fails with; other transports may. It knows what its proxies want, and in which words
 * that is said; a page, which sees no proxy, need not load them.
 */
interface Refusal {
  readonly code: "MLS_PROXY_REFUSED"
  readonly status: number
  readonly advice: (url: string) => { readonly setting: string; readonly problem: string; readonly fix: string }
}

const isRefusal = (cause: unknown): cause is Refusal =>
  typeof cause === "object" &&
  cause !== null &&
  "code" in cause &&
  cause.code === "MLS_PROXY_REFUSED" &&
  "advice" in cause &&
  typeof cause.advice === "function" &&
  "status" in cause &&
  typeof cause.status === "number"

/** The refusal, where a request failed by one. A proxy that is overloaded or finds no server is an outage: `undefined`. */
export const ofCause = (cause: unknown, url: string): ConfigurationInvalid | undefined =>
  !isRefusal(cause) || cause.status >= 500 || cause.status === 429 || cause.status === 408
    ? undefined
    : new ConfigurationInvalid(cause.advice(url))
