/**
 * A call of a published service that was answered, and not with what was asked for.
 */
import * as Data from "effect/Data"

/** The service ran and failed, or the answer is none that Machine Learning Server gives. */
export class ServiceFailed extends Data.TaggedError("ServiceFailed")<{
  readonly reason: "Failed" | "AnswerUnreadable"
  readonly server: string
}> {
  override get message(): string {
    return this.reason === "Failed"
      ? `The service at ${this.server} ran and failed`
      : `${this.server} answered with something else than Machine Learning Server does`
  }
  /** What to do next. */
  get fix(): ReadonlyArray<string> {
    return this.reason === "Failed"
      ? ["What it said is above. `mls services get NAME` tells which inputs it wants."]
      : ["Is this the address of a Machine Learning Server? `mls api services` shows the answer as it is."]
  }
}
