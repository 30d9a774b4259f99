/** The words for what was found, with what the administrator must set. */

/** What may stand between a page and a server. */
export type Verdict =
  | "Ready"
  | "MixedContent"
  | "BlockedByPage"
  | "Offline"
  | "WrongScheme"
  | "NoAnswer"
  | "NoCors"
  | "CorsIncomplete"
  | "NotMlServer"
  | "NotSeen"

/** What was found, with what its words need. */
export interface Found {
  readonly verdict: Verdict
  readonly status?: number
  /** What a preflight refuses. */
  readonly missing?: ReadonlyArray<string>
  /** What was asked and not answered in time. */
  readonly unseen?: ReadonlyArray<string>
  /** Whether nothing at all was answered because the time had passed. */
  readonly late?: boolean
  /** Whether the page may see more of an answer than its body. */
  readonly exposed?: boolean
}

/** For people. */
export interface Advice {
  readonly message: string
  /** What to do next; an empty string where there is nothing to do. */
  readonly fix: string
}

/** What was found, the milliseconds that each request was given, and who asked: a worker has a policy of its own. */
interface Timed extends Found {
  readonly timeout: number
  readonly from: "page" | "worker"
}

export const adviceOn = (found: Timed, { host, origin, port, protocol }: URL, page: string): Advice => {
  switch (found.verdict) {
    case "Ready":
      return {
        message: `${origin} can be used from ${page}`,
        fix: found.exposed === true ? "" : `For exact clocks and better errors let the server send: ${EXPOSE}`
      }
    case "MixedContent":
      return {
        message: `This ${found.from} came by https, and no browser lets it call ${origin} by plain http (mixed content)`,
        fix: `Give the server a certificate and write https://${host}, or let this page's own web server pass requests on to it.`
      }
    case "BlockedByPage":
      return {
        message: `The Content Security Policy of this ${found.from} does not allow calls to ${origin}`,
        fix: `Let the one who serves ${found.from === "worker" ? "the script of this worker" : "this page"} add it to its answer: Content-Security-Policy: connect-src 'self' ${origin}`
      }
    case "Offline":
      return { message: "This browser is offline", fix: "Connect it and try again." }
    case "WrongScheme":
      return protocol === "https:"
        ? {
            message: `Something answers at ${host}, but not by https`,
            fix: `Write http://${host} if that is meant, or give the server a certificate.`
          }
        : { message: `Something answers at ${host}, but by https`, fix: `Write https://${host}.` }
    case "NoAnswer":
      return {
        message:
          found.late === true
            ? `Nothing answered at ${origin} within ${found.timeout / 1000} seconds`
            : `No answer from ${origin} that this browser accepts`,
        fix: (found.late === true ? `${SLOW} ` : "") + silent(protocol, origin, port)
      }
    case "NoCors":
      return {
        message: `Something answers at ${origin}, but does not allow pages of ${page} to read it (CORS)`,
        fix: `${portHint(port)}On each web node, in appsettings.json: "CORS": { "Enabled": true, "Origins": ["${page}"] }, and restart it. Or let a proxy before it answer every request, OPTIONS too, with: ${headers(page)}. Or let this page's own web server pass requests on to it: then nothing of this is needed.`
      }
    case "CorsIncomplete":
      return {
        message: `${origin} allows pages of ${page} to read it, but not ${(found.missing ?? []).join(", ")}${notSeen(found)}`,
        fix: `Let it answer OPTIONS with 204, without asking for a token, and with: ${headers(page)}`
      }
    case "NotSeen":
      return {
        message: `${origin} answers, but not all of it in ${found.timeout / 1000} seconds: whether it allows pages of ${page} this was not seen: ${(found.unseen ?? []).join(", ")}`,
        fix: SLOW
      }
    case "NotMlServer":
      return {
        message: `${origin} answered ${found.status} where a web node of Machine Learning Server answers 401`,
        fix: `${portHint(port)}Check the address and the path in it.`
      }
  }
}

const SLOW =
  "Try again when the server, the network or this machine has less to do, or give each request more time (`timeout`)."

const notSeen = ({ unseen = [] }: Found): string => (unseen.length === 0 ? "" : `; not seen: ${unseen.join(", ")}`)

const portHint = (port: string): string =>
  port === "12800" ? "" : "Is this the port of a web node? It is usually 12800. "

const silent = (protocol: string, origin: string, port: string): string =>
  `Either no server runs there, or the name or the port is wrong, or a firewall is in between${
    protocol === "https:" ? ", or its certificate is not trusted here" : ""
  }, or this site was denied the local network in the browser's site settings: browsers do not tell pages which. ${portHint(port)}Open ${origin}/status in a tab: the browser says there what is wrong, and a server that is well answers 401.`

const EXPOSE = "Access-Control-Expose-Headers: Date, Retry-After, WWW-Authenticate"

/** Each line that a server has to send to be usable from a page. */
const headers = (page: string): string =>
  [
    `Access-Control-Allow-Origin: ${page}`,
    "Access-Control-Allow-Methods: GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers: Authorization, Content-Type",
    EXPOSE,
    "Vary: Origin"
  ].join(" | ")
