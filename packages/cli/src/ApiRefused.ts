/**
 * A call that was answered with anything but a success of the server: 4xx, 5xx, a way elsewhere, or the page of whatever
 * stands in between. The body is the answer and has gone to stdout already.
 */
import * as Data from "effect/Data"
import { STATUS_CODES } from "node:http"
import { plainLine } from "./Plain.js"

interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** Whether an answer is a web page, where none was asked for: a captive portal's, or a log-in's. */
export const isPage = ({ headers }: Answered): boolean => /^\s*text\/html\b/i.test(headers["content-type"] ?? "")

/** Whether it leads elsewhere; 304 says that nothing has changed. */
export const leadsAway = ({ status }: Answered): boolean => status >= 300 && status < 400 && status !== 304

/** The server answered, and not with a success. */
export class ApiRefused extends Data.TaggedError("ApiRefused")<{
  readonly method: string
  /** Origin and path, without the query. */
  readonly url: string
  readonly server: string
  readonly status: number
  /** The answer is a web page, which no Machine Learning Server gives to a program. */
  readonly page?: boolean | undefined
  /** Whose it is, where that is known and the reason. */
  readonly owner?: string | undefined
  /** The server's own sentence, where it was read: harmless, and short. */
  readonly reason?: string | undefined
}> {
  override get message(): string {
    const what = this.page === true ? " with a web page" : ""
    const answered =
      `${this.method} ${this.url} was answered ${this.status} ${STATUS_CODES[this.status] ?? ""}`.trimEnd() + what
    return this.reason === undefined ? answered : `${answered}: ${this.reason}`
  }
  /** What to do next, by the status. */
  get fix(): ReadonlyArray<string> {
    if (this.page === true || (this.status >= 300 && this.status < 400)) {
      return [
        "Something in between answers, perhaps the log-in page of a network or a proxy, or this is not the web node's address: `mls doctor`."
      ]
    }
    if (this.status === 403 && this.owner !== undefined) {
      return [
        `It belongs to ${plainLine(this.owner)}, who may do this, and so may an Owner of the server. \`mls status\` says who you are.`
      ]
    }
    if (this.status === 403) {
      return [
        "You are signed in, but may not do this: your role, or the service is somebody else's. `mls status` says who you are."
      ]
    }
    if (this.status === 404) return ["Check the path. `mls services list` tells what is there."]
    return this.status >= 500 ? ["The fault is the server's; its answer is above."] : []
  }
}
