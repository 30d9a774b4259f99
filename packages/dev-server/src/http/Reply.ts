/**
 * What the server answers, as data: the adapters turn it into bytes on a socket or into a response in memory.
 */

/** An answer: or none, when the connection is cut after the work was done. */
export type Reply = Answer | "dropped"

/** A status, headers with lower-case names, and a body. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  /** Sent up to the middle of the body, then nothing more comes. */
  readonly stalled?: boolean
}

/**
 * The server versions whose API descriptions this server follows. They differ in the error body: `exceptionType` came
 * with 9.1.0.
 */
export type ApiVersion = "9.0.1" | "9.1.0" | "9.2.0" | "9.2.1" | "9.3.0"

const JSON_TYPE = { "content-type": "application/json; charset=utf-8" }
const HTML_TYPE = { "content-type": "text/html; charset=utf-8" }

/** An answer with a JSON body. */
export const json = (status: number, body: unknown, headers?: Readonly<Record<string, string>>): Answer => ({
  status,
  headers: headers === undefined ? JSON_TYPE : { ...JSON_TYPE, ...headers },
  body: JSON.stringify(body)
})

/** An answer without a body. */
export const empty = (status: number, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers,
  body: ""
})

/** A page of the kind that proxies and IIS put in the place of an answer. */
export const html = (status: number, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { ...HTML_TYPE, ...headers },
  body: `<!DOCTYPE html>\n<html><head><title>${status}</title></head><body><h1>${status}</h1><p>A page from something in between.</p></body></html>\n`
})

/** A refusal that carries the server's own error body. */
export interface Refusal {
  readonly status: number
  readonly message: string
  readonly exceptionType: string
  readonly headers?: Readonly<Record<string, string>>
}

const refusal =
  (status: number, exceptionType: string) =>
  (message: string, headers?: Readonly<Record<string, string>>): Refusal =>
    headers === undefined ? { status, message, exceptionType } : { status, message, exceptionType, headers }

export const badRequest = refusal(400, "BadRequestException")
export const forbidden = refusal(403, "ForbiddenException")
export const notFound = refusal(404, "NotFoundException")
export const conflict = refusal(409, "ConflictException")
export const methodNotAllowed = refusal(405, "MethodNotAllowedException")
export const tooLarge = refusal(413, "PayloadTooLargeException")

const unauthorizedWith = refusal(401, "UnauthorizedException")

/** 401 with the challenge of RFC 6750 3: `error` says that there was a token, and that it is no good. */
export const unauthorized = (message: string, error?: "invalid_token"): Refusal =>
  unauthorizedWith(message, { "www-authenticate": error === undefined ? "Bearer" : `Bearer error="${error}"` })

/** The error body of a version. */
export const refused = (version: ApiVersion, { exceptionType, headers, message, status }: Refusal): Answer =>
  json(status, version === "9.0.1" ? { message, link: "" } : { message, link: "", exceptionType }, headers)
