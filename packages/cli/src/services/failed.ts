/**
 * A call of a published service that was answered, and not with what was asked for.
 */
import type * as ServiceError from "@mlserver-auth/services/ServiceError"
import * as Data from "effect/Data"
import { ExitCode } from "../cli/exitCode.js"

/** The service ran and failed, a batch was given up, or the answer is none that Machine Learning Server gives. */
export class ServiceFailed extends Data.TaggedError("ServiceFailed")<{
  readonly reason: ServiceError.ServiceFailed["reason"]
  readonly server: string
  /** All that a failed run came to. */
  readonly outcome?: ServiceError.ServiceFailed["outcome"]
}> {
  readonly exit = ExitCode.apiRefused
  override get message(): string {
    return {
      Failed: `The service at ${this.server} ran and failed`,
      BatchFailed: `${this.server} gave the batch up`,
      AnswerUnreadable: `${this.server} did not answer as Machine Learning Server does`
    }[this.reason]
  }
  /** What to do next. */
  get fix(): ReadonlyArray<string> {
    return {
      Failed: ["What it said is above. `mls services get NAME` shows its inputs."],
      BatchFailed: ["Start it again, with fewer records or a smaller `--parallel`."],
      AnswerUnreadable: ["Is this the address of a Machine Learning Server? `mls api services` shows the whole answer."]
    }[this.reason]
  }
}
