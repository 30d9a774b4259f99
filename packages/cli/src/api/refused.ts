/**
 * A call that was answered with anything but a success of the server: 4xx, 5xx, a way elsewhere, or the page of whatever
 * stands in between. The body is the answer and has gone to stdout already.
 */
import type { ServerEndpoint } from "@mlserver-auth/core/ServerEndpoint"
import * as Data from "effect/Data"
import { STATUS_CODES } from "node:http"
import { ExitCode } from "../cli/exitCode.js"
import { plainLine } from "../text/sanitize.js"
import { type Answered, isPage } from "./kind.js"

/** What helps if a client must show a certificate. */
export const CERTIFICATE = "It requires a client certificate, and mls has none: ask for an address without one."

/** The server answered, and not with a success. */
export class ApiRefused extends Data.TaggedError("ApiRefused")<{
  readonly method: string
  /** Origin and path, without the query. */
  readonly url: string
  readonly server: string
  readonly status: number
  /** The answer is a web page, which no Machine Learning Server gives to a program. */
  readonly page?: boolean | undefined
  /** The answer says that a client must show a certificate. */
  readonly certificate?: boolean | undefined
  /** Whose it is, where that is known and the reason. */
  readonly owner?: string | undefined
  /** The server's own sentence, where it was read: harmless, and short. */
  readonly says?: string | undefined
}> {
  /** Of a call of `/status` that a command makes for itself. */
  static ofStatus({ base, origin }: ServerEndpoint, answer: Answered): ApiRefused {
    const { status } = answer
    return new ApiRefused({ method: "GET", url: `${base}/status`, server: origin, status, page: isPage(answer) })
  }
  readonly exit = ExitCode.apiRefused
  get transient(): boolean {
    return this.status >= 500 || this.status === 429
  }
  override get message(): string {
    const what = this.page === true ? " with a web page" : ""
    const answered =
      `${this.method} ${this.url} was answered ${this.status} ${STATUS_CODES[this.status] ?? ""}`.trimEnd() + what
    return this.says === undefined ? answered : `${answered}: ${this.says}`
  }
  /** What to do next, by the status. */
  get fix(): ReadonlyArray<string> {
    if (this.certificate === true) return [CERTIFICATE]
    if (this.page === true || (this.status >= 300 && this.status < 400)) {
      return [
        "Another program answered, perhaps the sign-in page of a network or a proxy, or this is not the address of the web node: `mls doctor`.",
        ...(this.page === true && this.status < 300
          ? ["If the page is what you want, say so: `-H accept:text/html`."]
          : [])
      ]
    }
    if (this.status === 403 && this.owner !== undefined) {
      return [
        `It belongs to ${plainLine(this.owner)}, who may do this, and so may an Owner of the server. \`mls status\` says who you are.`
      ]
    }
    if (this.status === 403) {
      return [
        "You are signed in, but may not do this: your role does not allow it, or the service is another user's. `mls status` says who you are."
      ]
    }
    if (this.status === 404) return ["Check the path. `mls services list` shows what is there."]
    return this.status >= 500 ? ["The server failed. Its answer is above."] : []
  }
}
