/** What holds for a request where nothing else is said. No Effect: `DirectCall` goes by this too. */
import type * as Tls from "node:tls"

/**
 * TLS settings that hold for every connection. `rejectUnauthorized` is written out so that
 * NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment does not send a password to a stranger.
 */
export interface Settings {
  readonly minVersion: "TLSv1.2"
  readonly rejectUnauthorized: true
  readonly secureContext?: Tls.SecureContext
}

/** With the authorities that Node believes. */
export const TLS: Settings = { minVersion: "TLSv1.2", rejectUnauthorized: true }

/** In milliseconds, but for the connections to one origin. See the options of `NodeHttp`. */
export const LIMITS = { connect: 10_000, headers: 300_000, body: 60_000, connections: 1024 } as const
