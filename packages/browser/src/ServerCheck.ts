/**
 * Finds out what stands between a page and a server. A browser hides from the page why a request failed. This check sends
 * several requests, tells most causes apart, and says if it cannot.
 */
import type { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as ServerEndpoint from "@mlserver-auth/core/ServerEndpoint"
import * as Effect from "effect/Effect"
import { adviceOn, type Advice, type Found, type Verdict } from "./internal/serverAdvice.js"

export type { Verdict } from "./internal/serverAdvice.js"

/** Options of the check. */
export interface Options extends ServerEndpoint.Options {
  /** The path of sign-ins. Default: `/login`. */
  readonly loginPath?: string | undefined
  /** How long each of at most eight requests may take, in milliseconds. Default: 10,000. */
  readonly timeout?: number | undefined
}

/** The result of the check. */
export interface Report extends Advice {
  readonly verdict: Verdict
  /** Whether a page of this origin can sign in there and call it. */
  readonly ready: boolean
}

/**
 * Finds out whether this page can use a server. Sends no credential: `/status` without a token and with a made-up one, and
 * the revocation of a made-up one.
 *
 * `Ready`, or the first obstacle: `MixedContent`, `BlockedByPage` (its own Content Security Policy), `Offline`,
 * `WrongScheme` and `NoCors` (which is also what another program on a wrong port looks like) are certain;
 * `NoAnswer` is no server, no such name, a wrong port or a certificate that this browser does not trust, which no page
 * can tell apart. `CorsIncomplete` names what the server has to allow, `NotMlServer` what it answered, and `NotSeen` what
 * it answers but did not in time, so that nothing is known of it.
 *
 * Fails with `ConfigurationInvalid` if `server` is no address.
 *
 * @example
 * import { ServerCheck } from "@mlserver-auth/browser"
 * import * as Effect from "effect/Effect"
 *
 * const told = Effect.map(
 *   ServerCheck.checkServer("https://mlserver.contoso.com:12800"),
 *   ({ fix, message }) => `${message}. ${fix}`
 * )
 */
export const checkServer = (server: string | URL, options: Options = {}): Effect.Effect<Report, ConfigurationInvalid> =>
  Effect.flatMap(ServerEndpoint.make(server, options), (endpoint) =>
    Effect.promise(async (signal) => {
      const timeout = options.timeout ?? 10_000
      const ask = asker(timeout, signal)
      const found = await verdictOf(new URL(endpoint.base), options.loginPath ?? "/login", ask)
      const from = globalThis.document === undefined ? "worker" : "page"
      const advice = adviceOn(
        { ...found, timeout, from },
        new URL(endpoint.base),
        globalThis.location?.origin ?? "null"
      )
      return { verdict: found.verdict, ready: found.verdict === "Ready", ...advice }
    })
  )

/** An answer; that the browser gives this page none; or that none came in time, which says nothing of either. */
type Asked = Response | "refused" | "late"
type Ask = (url: string, init?: RequestInit) => Promise<Asked>

const asker =
  (millis: number, signal: AbortSignal): Ask =>
  async (url, init) => {
    const controller = new AbortController()
    const leave = () => controller.abort()
    let late = false
    const timer = setTimeout(() => {
      late = true
      leave()
    }, millis)
    signal.addEventListener("abort", leave)
    if (signal.aborted) leave()
    try {
      return await fetch(url, {
        cache: "no-store",
        credentials: "omit",
        // Without leave to read, a browser only follows.
        redirect: init?.mode === "no-cors" ? "follow" : "manual",
        referrerPolicy: "no-referrer",
        signal: controller.signal,
        ...init
      })
    } catch {
      return late ? "late" : "refused"
    } finally {
      clearTimeout(timer)
      signal.removeEventListener("abort", leave)
    }
  }

const isAnswer = (asked: Asked): asked is Response => typeof asked !== "string"

const verdictOf = async (base: URL, loginPath: string, ask: Ask): Promise<Found> => {
  const secure = globalThis.location?.protocol === "https:"
  const local = ServerEndpoint.isLoopback(base.hostname)
  if (secure && base.protocol === "http:" && !local) return { verdict: "MixedContent" }
  const status = `${at(base)}/status`
  // Opaque: it says only that something answers, and needs no permission.
  const blocked = blockages(base.origin)
  const there = await ask(status, { mode: "no-cors" })
  if (await blocked.seen()) return { verdict: "BlockedByPage" }
  if (!isAnswer(there)) return { verdict: await silence(base, secure && !local, ask), late: there === "late" }
  const answer = await ask(status)
  if (answer === "refused") return { verdict: "NoCors" }
  if (answer === "late") return { verdict: "NotSeen", unseen: ["reading what it answers"] }
  if (answer.type === "opaqueredirect") return { verdict: "NotMlServer", status: 302 }
  if (![200, 401].includes(answer.status)) return { verdict: "NotMlServer", status: answer.status }
  const { missing, unseen } = await notAllowed(base, loginPath, ask)
  if (missing.length > 0) return { verdict: "CorsIncomplete", missing, unseen }
  if (unseen.length > 0) return { verdict: "NotSeen", unseen }
  // Every server sends one (RFC 9110 6.6.1); whether a page may see it is another matter.
  return { verdict: "Ready", exposed: answer.headers.has("date") }
}

const at = (base: URL): string => base.href.replace(/\/+$/, "")

/** Why no answer came, as far as a browser shows it. */
const silence = async (base: URL, onlySecure: boolean, ask: Ask): Promise<Verdict> => {
  if (globalThis.navigator?.onLine === false && !ServerEndpoint.isLoopback(base.hostname)) return "Offline"
  const other = new URL(base)
  other.protocol = base.protocol === "https:" ? "http:" : "https:"
  other.port = base.port === "" ? (base.protocol === "https:" ? "443" : "80") : base.port
  if (onlySecure && other.protocol === "http:") return "NoAnswer"
  return isAnswer(await ask(other.href, { mode: "no-cors" })) ? "WrongScheme" : "NoAnswer"
}

/** What a preflight refuses, and what could not be seen in time; each asked for alone. */
const notAllowed = async (base: URL, loginPath: string, ask: Ask) => {
  const needs: ReadonlyArray<readonly [name: string, url: string, init: RequestInit]> = [
    ["the header Authorization", "/status", { headers: { authorization: "Bearer check" } }],
    ["the header Content-Type", "/status", { headers: { "content-type": "application/json" } }],
    ["the method DELETE", `${loginPath}/refreshToken?refreshToken=check`, { method: "DELETE" }]
  ]
  const asked = await Promise.all(
    needs.map(async ([name, path, init]) => ({ name, end: await ask(at(base) + path, init) }))
  )
  const endedAs = (wanted: Asked) => asked.filter(({ end }) => end === wanted).map(({ name }) => name)
  return { missing: endedAs("refused"), unseen: endedAs("late") }
}

/** Whether the page's own policy was what stopped a request: the browser tells that apart; a worker sees its own policy. */
const blockages = (origin: string) => {
  let seen = false
  const listener = (event: Event) => {
    const { blockedURI, disposition } = event as SecurityPolicyViolationEvent
    if (disposition === "enforce" && blockedURI.startsWith(origin)) seen = true
  }
  const told: EventTarget = globalThis.document ?? globalThis
  told.addEventListener("securitypolicyviolation", listener)
  return {
    seen: async () => {
      // The event comes in a task of its own, after the failure.
      await new Promise((resolve) => setTimeout(resolve))
      told.removeEventListener("securitypolicyviolation", listener)
      return seen
    }
  }
}
