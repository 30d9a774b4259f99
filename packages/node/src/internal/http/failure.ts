/** What can go wrong between a request and its answer, and what is known of it. */
import type * as Http from "node:http"
import type { Proxy } from "./proxy/proxy.js"
import { adviceOn, type Refusal } from "./proxy/proxyAdvice.js"

const WORDS = {
  ABORT_ERR: "the request was interrupted",
  MLS_CLIENT_CLOSED: "the client was closed",
  MLS_CONNECT_TIMEOUT: "no connection came about in time",
  MLS_CONTENT_LENGTH: "the body is not as long as its content-length says",
  MLS_HEADERS_TIMEOUT: "no answer came in time",
  MLS_BODY_TIMEOUT: "the answer stopped coming",
  MLS_INTERIM_FLOOD: "interim answers (1xx) came, and no end of them",
  MLS_NO_ANSWER: "the connection was given over to another protocol",
  MLS_BROKEN_OFF: "the answer broke off",
  MLS_RESPONSE_UNREAD: "the answer was not read in time, so its connection was closed"
} as const

/** What this transport decided by itself; the code says what. */
export class TransportFailure extends Error {
  override readonly name = "TransportFailure"
  readonly code: keyof typeof WORDS
  constructor(code: keyof typeof WORDS) {
    super(WORDS[code])
    this.code = code
  }
}

/** The request failed before its first byte was written: no server has seen it, whatever else is unknown. */
export class RequestUnsent extends Error {
  override readonly name = "RequestUnsent"
  readonly sent = false
  readonly code: string
  /** The proxy that the way leads through, without user and password. */
  readonly proxy: string | undefined
  constructor(cause: Error, proxy: string | undefined) {
    // An error of ours says everything already; EPROTO would say less.
    const isTold = cause instanceof TransportFailure || ("code" in cause && cause.code === "EPROTO")
    super(cause.message, isTold ? {} : { cause })
    this.code = codeOf(cause) ?? "MLS_REQUEST_UNSENT"
    this.proxy = proxy
  }
}

/** A proxy answered instead of leading on. The server has seen nothing. */
export class ProxyRefused extends Error implements Refusal {
  override readonly name = "ProxyRefused"
  readonly code = "MLS_PROXY_REFUSED"
  readonly sent = false
  readonly proxy: string
  readonly status: number
  readonly schemes: ReadonlyArray<string>
  readonly credentialed: boolean
  constructor({ authorization, origin }: Proxy, { headers, statusCode = 0 }: Http.IncomingMessage) {
    super(`the proxy ${origin} answered ${statusCode}`)
    this.proxy = origin
    this.status = statusCode
    this.schemes = schemesOf(String(headers["proxy-authenticate"] ?? headers["www-authenticate"] ?? ""))
    this.credentialed = authorization !== undefined
  }

  /** Whether it is about name and password: tinyproxy answers 401 to wrong ones, and 407 where there are none. */
  get isOfPassword(): boolean {
    return this.status === 407 || this.status === 401
  }

  /** For core, which makes its error of this. */
  advice(url: string) {
    return adviceOn(this, url)
  }
}

/** Scheme names only: what follows them is another's text. */
const schemesOf = (authenticate: string): ReadonlyArray<string> => {
  const found = authenticate.matchAll(/(?:^|,)\s*([a-z][a-z0-9-]{1,20})(?=\s|,|$)/gi)
  return Array.from(found, ([, scheme = ""]) => scheme).slice(0, 5)
}

/** The request cannot be written as it is: told before anything is sent. */
export class NotEncodable extends Error {
  override readonly name = "NotEncodable"
  readonly code = "MLS_NOT_ENCODABLE"
}

/** The stream that was to be sent failed, or could not be read a second time. */
export class UploadFailed extends Error {
  override readonly name = "UploadFailed"
  readonly code = "MLS_UPLOAD_FAILED"
  constructor(cause: unknown) {
    super("the stream of the request's body failed", { cause })
  }
}

/** The code that Node and this transport give their errors. */
export const codeOf = (error: Error): string | undefined => {
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined
  return code === "EPROTO" ? (reasonOf(error.message) ?? code) : code
}

/**
 * A handshake that fails is reported by the first write, here of the request: as EPROTO, with OpenSSL's reason in the
 * text. Elsewhere Node makes a code of that reason, and so does this.
 */
const reasonOf = (message: string): string | undefined => {
  const reason = /:SSL routines:[^:]*:([a-z0-9 /_-]{3,60}):/i.exec(message)?.[1]
  return reason === undefined ? undefined : `ERR_SSL_${reason.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`
}

/** Codes of our failures, and Node's codes for a header that cannot be written. */
const ENCODE: ReadonlySet<unknown> = new Set([
  "MLS_NOT_ENCODABLE",
  "MLS_CONTENT_LENGTH",
  "MLS_UPLOAD_FAILED",
  "ERR_INVALID_CHAR",
  "ERR_INVALID_HTTP_TOKEN",
  "ERR_UNESCAPED_CHARACTERS"
])

/** Whether the caller's request is at fault. */
export const isEncode = (error: Error): boolean => ENCODE.has(codeOf(error))

/** Whether this program is at fault, here or in Node: nothing that a network does ends in one of these. */
export const isDefect = (error: Error): boolean =>
  !isEncode(error) &&
  (error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof ReferenceError ||
    error instanceof SyntaxError)

/** Whatever was thrown, as an error. */
export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))
