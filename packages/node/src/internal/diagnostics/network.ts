/** One step of the way to a server at a time: its name, its port, its certificates. Nothing is sent but what TLS needs. */
import * as TimeLimit from "@mlserver-auth/core/TimeLimit"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Dns from "node:dns/promises"
import * as Net from "node:net"
import * as Tls from "node:tls"
import { asError, codeOf } from "../http/failure.js"
import type { Settings } from "../http/defaults.js"

/** A host and a port to connect to. */
export interface Target {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string
  readonly port: number
}

/** How long a step may take. */
export interface Limit {
  /** Default: 5 seconds. */
  readonly timeout?: Duration.DurationInput | undefined
}

/** A reason in Node's words or ours. */
const reasonOf = (error: unknown): string => codeOf(asError(error)) ?? "UNKNOWN"

const within =
  ({ timeout = "5 seconds" }: Limit) =>
  <A>(step: Effect.Effect<A, string>) =>
    TimeLimit.timeoutFail({ duration: timeout, onTimeout: () => "MLS_CONNECT_TIMEOUT" })(step)

export const addresses = (host: string, limit: Limit): Effect.Effect<ReadonlyArray<string>, string> =>
  Net.isIP(host) !== 0
    ? Effect.succeed([host])
    : Effect.tryPromise({ try: () => Dns.lookup(host, { all: true }), catch: reasonOf }).pipe(
        Effect.map((found) => found.map(({ address }) => address)),
        within(limit)
      )

export const connection = ({ host, port }: Target, limit: Limit) =>
  Effect.gen(function* () {
    const startedAt = yield* Clock.currentTimeMillis
    yield* connected(host, port).pipe(within(limit))
    return Duration.millis((yield* Clock.currentTimeMillis) - startedAt)
  })

const connected = (host: string, port: number): Effect.Effect<void, string> =>
  Effect.async<void, string>((resume) => {
    const socket = Net.connect({ host, port })
    socket.on("connect", () => resume(Effect.void)).on("error", (error) => resume(Effect.fail(reasonOf(error))))
    return Effect.sync(() => void socket.destroy())
  })

/** The content of a certificate. */
export interface Certificate {
  /** The common name, or the organisation if there is none. */
  readonly subject: string | undefined
  readonly issuer: string | undefined
  /** From when it holds, in epoch milliseconds. */
  readonly beginsAt: number
  /** Until when it holds, in epoch milliseconds. */
  readonly endsAt: number
}

/** The certificates that a server sends. */
export interface TlsChain {
  /** The server's own first, then each one's issuer, at most 8. */
  readonly certificates: ReadonlyArray<Certificate>
  /** Why it is not trusted, in Node's code (`CERT_HAS_EXPIRED`, …); `undefined` if `NodeHttp` would trust it. */
  readonly refusal: string | undefined
}

/** A server whose certificates are not trusted must show them too: so the judgement is read, and not left to Node. */
export const tls = ({ host, port }: Target, trust: Settings, limit: Limit) =>
  Effect.async<TlsChain, string>((resume) => {
    const servername = Net.isIP(host) === 0 ? host : ""
    const socket = Tls.connect({ ...trust, host, port, servername, rejectUnauthorized: false })
    socket.on("secureConnect", () => {
      const certificates = chainOf(socket.getPeerCertificate(true))
      resume(
        Effect.succeed({ certificates, refusal: socket.authorized ? undefined : String(socket.authorizationError) })
      )
      socket.destroy()
    })
    socket.on("error", (error) => resume(Effect.fail(reasonOf(error))))
    return Effect.sync(() => void socket.destroy())
  }).pipe(within(limit))

/** As many as a real chain has; some servers send whole lists. */
const LONGEST_CHAIN = 8

const chainOf = (leaf: Tls.DetailedPeerCertificate): ReadonlyArray<Certificate> => {
  const seen = new Set<Tls.DetailedPeerCertificate>()
  let next: Tls.DetailedPeerCertificate | undefined = leaf
  while (next?.valid_to !== undefined && seen.size < LONGEST_CHAIN && !seen.has(next)) {
    seen.add(next)
    next = next.issuerCertificate
  }
  return Array.from(seen, ({ issuer, subject, valid_from, valid_to }) => ({
    subject: nameOf(subject),
    issuer: nameOf(issuer),
    beginsAt: Date.parse(valid_from),
    endsAt: Date.parse(valid_to)
  }))
}

const nameOf = (of: Tls.Certificate | undefined): string | undefined => {
  const name: unknown = of?.CN ?? of?.O
  return typeof name === "string" ? name : undefined
}
