/** The checks of the way to the server: the name, the port, the certificates. */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Diagnostics from "@mlserver-auth/node/Diagnostics"
import * as NodeHttp from "@mlserver-auth/node/NodeHttp"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Net from "node:net"
import * as Instants from "../text/instant.js"
import * as Shell from "../text/shellQuote.js"
import { type Finding, ok, skip, unreachable, wrong } from "./check.js"
import type { Look, World } from "./world.js"

/** The first thing to connect to: the server, or the proxy with its variable. */
const hopOf = ({ route, settings }: World) => {
  const server = new URL(settings.endpoint.base).hostname.replace(/^\[(.*)\]$/, "$1")
  const { host, port, proxy } = route ?? { host: server, port: 0, proxy: undefined }
  if (proxy?.used !== true) {
    const fix = "Compare host and port with the address your administrator gave you, and try again: mls login URL"
    return { host, port, what: "the server", fix }
  }
  const variable = proxy.variable ?? "HTTPS_PROXY"
  return { host, port, what: `the proxy of ${variable}`, fix: Shell.withoutProxy(variable, server) }
}

const reason = ({ code }: Diagnostics.Unreachable): string =>
  /^MLS_CONNECT_TIMEOUT$/.test(code) ? "no answer in time" : code

/** Whether the name is known. */
export const dns: Look = (world) =>
  Effect.gen(function* () {
    const { fix, host, what } = hopOf(world)
    if (Net.isIP(host) !== 0) return ok(`${what} is named by its address, ${host}: nothing to look up`)
    return yield* Effect.match(Diagnostics.addresses(host, world), {
      onSuccess: (addresses) => ok(`${what}, ${host}, is at ${addresses.join(", ")}`),
      onFailure: (error) => unreachable(`the name of ${what}, ${host}, is not known (${reason(error)})`, fix)
    })
  })

/** Whether a program listens. */
export const tcp: Look = (world) => {
  const { fix, host, port, what } = hopOf(world)
  return Effect.match(Diagnostics.connection({ host, port }, world), {
    onSuccess: (took) => ok(`${what} listens at ${host} port ${port}: ${Math.round(Duration.toMillis(took))} ms`),
    onFailure: (error) => unreachable(`${what}, ${host} port ${port}, cannot be reached (${reason(error)})`, fix)
  })
}

/** What Node says of a certificate that is not trusted here, or that is none for this name or time. */
export const isUntrusted = (code: string): boolean => /CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/.test(code)

/** What OpenSSL says where the other side answers in another protocol. */
export const isNoTls = (code: string): boolean => /^EPROTO$|^ERR_SSL_/.test(code)

const named = (name: string | undefined): string => (name === undefined ? "(no name)" : `"${name}"`)

const words = (chain: ReadonlyArray<Diagnostics.Certificate>, now: number): string => {
  const [leaf] = chain
  if (leaf === undefined) return "no certificate"
  const issuers = new Set(chain.map(({ issuer }) => named(issuer)))
  const self = chain.length === 1 && leaf.subject === leaf.issuer ? "by itself" : `by ${[...issuers].join(", by ")}`
  const end = `${leaf.endsAt < now ? "ended" : "ends"} ${Instants.toText(leaf.endsAt, now)}`
  return `${named(leaf.subject)}, issued ${self}, ${end}`
}

const fixOf = (code: string, host: string): string => {
  if (code.includes("EXPIRED")) return "Ask your administrator to renew the server's certificate."
  if (code.includes("ALTNAME")) return `Use the name that the certificate is for, instead of ${host}: mls login URL`
  return "Get the certificate of the issuing authority, and: mls login --cacert FILE"
}

/** Whose certificates the server shows, until when they hold, and whether the client, which was asked, trusts them. */
const certificates = ({ route, settings, timeout }: World, refusal: string | undefined) =>
  Effect.gen(function* () {
    const { caFile, endpoint } = settings
    if (endpoint.base.startsWith("http:")) return skip("plain http")
    const { host, port } = yield* Diagnostics.route(new URL(endpoint.base), "none")
    const now = yield* Clock.currentTimeMillis
    const shown =
      route?.proxy?.used === true
        ? "(not shown through a proxy)"
        : Either.match(yield* Effect.either(Diagnostics.tls({ host, port }, { caFile, timeout })), {
            onLeft: (error) => `(${error._tag === "Unreachable" ? reason(error) : error.problem})`,
            onRight: (found) => words(found.certificates, now)
          })
    const by = caFile === undefined ? "" : `, with ${caFile}`
    return refusal === undefined
      ? ok(`certificate ${shown}; trusted${by}`)
      : unreachable(`certificate ${shown}; not trusted${by} (${refusal})`, fixOf(refusal, host))
  })

/** Where the client got no answer at all. */
const silent = (code: string): Finding =>
  isNoTls(code)
    ? wrong(
        `the program there does not speak TLS correctly (${code})`,
        "Ask for the address: it may begin with http://, or have another port; then: mls login URL"
      )
    : skip(`no connection (${code})`)

/** The client is asked first: what it does is what matters, and the certificates only explain it. */
export const tls: Look = (world) =>
  Effect.gen(function* () {
    const { offline, settings } = world
    // A certificate file that cannot be used is reported offline too.
    yield* NodeHttp.make({ caFile: settings.caFile })
    if (offline) return skip("offline")
    const answer = yield* world.ask(HttpClientRequest.get(`${settings.endpoint.base}/status`))
    world.status = answer
    if (answer._tag === "Answered") return yield* certificates(world, undefined)
    if (answer.refusal !== undefined) return yield* answer.refusal
    return isUntrusted(answer.code) ? yield* certificates(world, answer.code) : silent(answer.code)
  })
