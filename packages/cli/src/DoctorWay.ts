/**
 * The looks of `mls doctor` at the way to a server: its name, its port, its certificates.
 */
import * as TimeLimit from "@mlserver-auth/core/TimeLimit"
import type * as Duration from "effect/Duration"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Dns from "node:dns/promises"
import * as Net from "node:net"
import * as Tls from "node:tls"
import { type Check, fail, ok, skip } from "./DoctorCheck.js"
import type { Route } from "./DoctorProxy.js"
import { ExitCode } from "./ExitCode.js"
import * as Instants from "./Instants.js"

/** The first thing to connect to. */
export interface Hop {
  readonly host: string
  readonly port: number
  /** For the messages: the server, or the proxy with its variable. */
  readonly what: string
  readonly fix: string
}

const bare = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, "$1")

const portOf = ({ port, protocol }: URL): number => (port !== "" ? Number(port) : protocol === "https:" ? 443 : 80)

/** Where the first connection of a call goes. */
export const hopOf = (server: URL, { proxy }: Route): Hop => {
  if (proxy === undefined) {
    const fix = "Compare host and port with the address your administrator gave you, and try again: mls login URL"
    return { host: bare(server.hostname), port: portOf(server), what: "the server", fix }
  }
  const { url, variable } = proxy
  const fix = `unset ${variable}, or: export NO_PROXY="$NO_PROXY,${bare(server.hostname)}"`
  return { host: bare(url.hostname), port: portOf(url), what: `the proxy of ${variable}`, fix }
}

const codeOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  return typeof code === "string" ? code : "unknown error"
}

const within = <A>(timeout: Duration.Duration, action: Effect.Effect<A, string>) =>
  Effect.either(TimeLimit.timeoutFail({ duration: timeout, onTimeout: () => "no answer in time" })(action))

const unreachable = (id: "dns" | "tcp", message: string, fix: string): Check =>
  fail(id, ExitCode.unreachable, message, fix)

/** Whether the name is known. */
export const name = ({ fix, host, what }: Hop, timeout: Duration.Duration): Effect.Effect<Check> =>
  Effect.gen(function* () {
    if (Net.isIP(host) !== 0) return ok("dns", `${what} is named by its address, ${host}: nothing to look up`)
    const asked = Effect.tryPromise({ try: () => Dns.lookup(host, { all: true }), catch: codeOf })
    const found = yield* within(timeout, asked)
    if (Either.isLeft(found))
      return unreachable("dns", `the name of ${what}, ${host}, is not known (${found.left})`, fix)
    return ok("dns", `${what}, ${host}, is at ${found.right.map(({ address }) => address).join(", ")}`)
  })

const connected = (host: string, port: number): Effect.Effect<void, string> =>
  Effect.async<void, string>((resume) => {
    const socket = Net.connect({ host, port })
    socket.on("connect", () => resume(Effect.void)).on("error", (error) => resume(Effect.fail(codeOf(error))))
    return Effect.sync(() => void socket.destroy())
  })

/** Whether somebody listens. */
export const port = ({ fix, host, port, what }: Hop, timeout: Duration.Duration): Effect.Effect<Check> =>
  Effect.gen(function* () {
    const startedAt = yield* Clock.currentTimeMillis
    const found = yield* within(timeout, connected(host, port))
    if (Either.isLeft(found))
      return unreachable("tcp", `${what}, ${host} port ${port}, cannot be reached (${found.left})`, fix)
    return ok("tcp", `${what} listens at ${host} port ${port}: ${(yield* Clock.currentTimeMillis) - startedAt} ms`)
  })

/** What Node says of a certificate that nobody here trusts, or that is none for this name or time. */
export const isUntrusted = (code: string): boolean => /CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/.test(code)

/**
 * The certificates that a server shows, its own first. Not judged, and nothing is sent: the judgement is that of the
 * client, which has been asked already.
 */
const shown = (host: string, port: number): Effect.Effect<ReadonlyArray<Tls.PeerCertificate>, string> =>
  Effect.async((resume) => {
    const servername = Net.isIP(host) === 0 ? host : ""
    const socket = Tls.connect({ host, port, servername, rejectUnauthorized: false })
    socket.on("secureConnect", () => {
      resume(Effect.succeed(chainOf(socket.getPeerCertificate(true))))
      socket.destroy()
    })
    socket.on("error", (error) => resume(Effect.fail(codeOf(error))))
    return Effect.sync(() => void socket.destroy())
  })

const chainOf = (leaf: Tls.DetailedPeerCertificate): ReadonlyArray<Tls.PeerCertificate> => {
  const chain: Array<Tls.DetailedPeerCertificate> = []
  let next: Tls.DetailedPeerCertificate | undefined = leaf
  while (next !== undefined && chain.length < 8 && !chain.includes(next)) {
    chain.push(next)
    next = next.issuerCertificate
  }
  return chain
}

const nameOf = (of: Tls.Certificate | undefined): string => {
  const named: unknown = of?.CN ?? of?.O
  return typeof named === "string" ? `"${named}"` : "(no name)"
}

const words = (chain: ReadonlyArray<Tls.PeerCertificate>, now: number): string => {
  const [leaf] = chain
  if (leaf === undefined) return "no certificate"
  const issuers = chain.map(({ issuer }) => nameOf(issuer)).filter((issuer, at, every) => every.indexOf(issuer) === at)
  const self =
    chain.length === 1 && nameOf(leaf.subject) === nameOf(leaf.issuer) ? "by itself" : `by ${issuers.join(", by ")}`
  const end = Date.parse(leaf.valid_to)
  return `${nameOf(leaf.subject)}, issued ${self}, ${end < now ? "ended" : "ends"} ${Instants.forPeople(end, now)}`
}

/** What the client needs to know of the certificates. */
export interface Trust {
  readonly caFile: string | undefined
  /** What the client could not go on for; `undefined` where it was content. */
  readonly refusal: string | undefined
  readonly throughProxy: boolean
}

const ISSUER_FIX = "Get the certificate of the issuing authority, and: mls login --cacert FILE"

/** What OpenSSL says where the other side answers in another protocol. */
export const isNoTls = (code: string): boolean => /^EPROTO$|^ERR_SSL_/.test(code)

/** Where the client got no answer at all. */
export const silent = (code: string): Check =>
  isNoTls(code)
    ? fail(
        "tls",
        ExitCode.configuration,
        `what listens there does not speak TLS as it should (${code})`,
        "Ask for the address: it may begin with http://, or have another port; then: mls login URL"
      )
    : skip("tls", `no connection (${code})`)

const fixOf = (code: string, host: string): string => {
  if (code.includes("EXPIRED")) return "Ask your administrator to renew the server's certificate."
  if (code.includes("ALTNAME")) return `Use the name that the certificate is for, instead of ${host}: mls login URL`
  return ISSUER_FIX
}

/** Whose certificates the server shows, until when they hold, and whether they are trusted. */
export const certificates = (server: URL, trust: Trust, timeout: Duration.Duration): Effect.Effect<Check> =>
  Effect.gen(function* () {
    if (server.protocol === "http:") return skip("tls", "plain http")
    const host = bare(server.hostname)
    const now = yield* Clock.currentTimeMillis
    const chain = trust.throughProxy
      ? "(not shown through a proxy)"
      : Either.match(yield* within(timeout, shown(host, portOf(server))), {
          onLeft: (code) => `(${code})`,
          onRight: (found) => words(found, now)
        })
    const by = trust.caFile === undefined ? "" : `, with ${trust.caFile}`
    const { refusal } = trust
    return refusal === undefined
      ? ok("tls", `certificate ${chain}; trusted${by}`)
      : fail("tls", ExitCode.unreachable, `certificate ${chain}; not trusted${by} (${refusal})`, fixOf(refusal, host))
  })
