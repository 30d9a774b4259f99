/**
 * What a browser lets a page of another origin do with the token endpoint (CORS): nothing, unless the application has a
 * redirect address of a single-page application; and then with no headers but those that every page may send.
 */
import type { Answer } from "../http/Reply.js"
import { type Call, header } from "./Call.js"

/** Does a page in a browser ask? Browsers say so, and pages cannot hide it. */
export const isCrossOrigin = ({ request }: Pick<Call, "request">): boolean => header(request, "origin") !== undefined

/** May pages redeem codes and refresh tokens at all? */
export const hasPages = ({ authority }: Pick<Call, "authority">): boolean =>
  authority.configuration.redirectUris.spa.length > 0

/** The answer to a preflight. */
export const preflight = (call: Pick<Call, "authority">): Answer => ({
  status: hasPages(call) ? 204 : 400,
  headers: hasPages(call)
    ? { "access-control-allow-origin": "*", "access-control-allow-methods": "POST, OPTIONS" }
    : {},
  body: ""
})

/** An answer that the page may read, if it may. */
export const readable = (call: Pick<Call, "authority" | "request">, answer: Answer): Answer =>
  isCrossOrigin(call) && hasPages(call)
    ? { ...answer, headers: { ...answer.headers, "access-control-allow-origin": "*" } }
    : answer
