/**
 * A call that was answered 4xx or 5xx. The body is the answer and has gone to stdout already.
 */
import * as Data from "effect/Data"
import { STATUS_CODES } from "node:http"
import { plainLine } from "./Plain.js"

/** The server answered, and not with a success. */
export class ApiRefused extends Data.TaggedError("ApiRefused")<{
  readonly method: string
  /** Origin and path, without the query. */
  readonly url: string
  readonly server: string
  readonly status: number
  /** Whose it is, where that is known and the reason. */
  readonly owner?: string | undefined
  /** The server's own sentence, where it was read: harmless, and short. */
  readonly reason?: string | undefined
}> {
  override get message(): string {
    const answered =
      `${this.method} ${this.url} was answered ${this.status} ${STATUS_CODES[this.status] ?? ""}`.trimEnd()
    return this.reason === undefined ? answered : `${answered}: ${this.reason}`
  }
  /** What to do next, by the status. */
  get fix(): ReadonlyArray<string> {
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
