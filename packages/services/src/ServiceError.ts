/**
 * The two errors of services. Like the errors of `@mlserver-auth/core`, each says what happened (`message`), what to do
 * next (`fix`) and whether the same call may succeed later by itself (`retryable`), and none carries a token, a request or
 * a response.
 *
 * @example
 * import { Services } from "@mlserver-auth/services"
 * import * as Effect from "effect/Effect"
 *
 * const score = Effect.flatMap(Services.Services, (services) => services.consume("add", { x: 1, y: 2 })).pipe(
 *   Effect.catchTags({
 *     ServiceRefused: (error) => Effect.fail(`${error.status}: ${error.says}. ${error.fix}`),
 *     ServiceFailed: (error) => Effect.fail(`the model failed: ${error.says}`)
 *   })
 * )
 */
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type { AuthError } from "@mlserver-auth/core/AuthError"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { Outcome } from "./WebService.js"

/**
 * A role of the server, the highest first. A refusal with status 403 names the lowest that may do it.
 *
 * @example
 * import { ServiceError } from "@mlserver-auth/services"
 *
 * const highest = ServiceError.Role.literals[0] // "Owner"
 * const ask = ({ owner, role = highest }: ServiceError.ServiceRefused) => `Ask ${owner ?? "the administrator"} for the role ${role}.`
 */
export const Role = Schema.Literal("Owner", "Contributor", "Reader")
/** A role of the server, the highest first. */
export type Role = typeof Role.Type

/** The server refused the call: the service did not run, and nothing was changed. `retryable` with status 408, 429 and 5xx. */
export class ServiceRefused extends Schema.TaggedError<ServiceRefused>()("ServiceRefused", {
  /**
   * `BadRequest`: 400, the body or an input is not as it must be. `Forbidden`: 403. `NotFound`: 404, or the service has no
   * version. `Conflict`: 409, that version exists already. `CertificateWanted`: a proxy wants a client's certificate.
   * `Redirected`: the answer leads elsewhere. `Status`: everything else.
   */
  reason: Schema.Literal(
    "BadRequest",
    "Forbidden",
    "NotFound",
    "Conflict",
    "CertificateWanted",
    "Redirected",
    "Status"
  ),
  /** The HTTP status. 404 also where the server has the service, but no version of it. */
  status: Schema.Number,
  method: Schema.String,
  /** Origin and path of the request, without its query. */
  url: Schema.String,
  /** The server's own words, on one line; empty where it said nothing that can be read. */
  says: Schema.String,
  /** Of a 403: who may do it, where the service is another user's and the server names them. */
  owner: Schema.optional(Schema.String),
  /** Of a 403: the lowest role with which this call is allowed. */
  role: Schema.optional(Role)
}) {
  override get message(): string {
    const says = this.says === "" ? "" : `: ${this.says.replace(/[\s.]+$/, "")}`
    return `${this.method} ${this.url} was answered ${this.status}${says}. ${this.fix}`
  }
  get fix(): string {
    switch (this.reason) {
      case "BadRequest":
        return "Compare what was sent with the inputs that the service's definition names."
      case "Forbidden":
        return forbidden(this)
      case "NotFound":
        return "List the services: name and version must be as they are there."
      case "Conflict":
        return "Update that version, or publish another one."
      case "CertificateWanted":
        return "This client has no certificate: ask for an address that needs none."
      case "Redirected":
        return "A proxy or the sign-in page of a network answered: check the address."
      case "Status":
        return this.retryable ? "The server failed: try again later." : "Check the address and the request."
    }
  }
  get retryable(): boolean {
    return this.status >= 500 || this.status === 429 || this.status === 408
  }
}

const forbidden = ({ owner, role }: ServiceRefused): string => {
  if (owner !== undefined) return `It belongs to ${owner}, who may do this, as may a user with the role Owner.`
  return role === "Reader"
    ? "This user has no role on the server: ask its administrator for one."
    : `This needs the role ${role ?? "Contributor"}: ask the server's administrator.`
}

/** The service ran and failed, or the answer cannot be used. Never `retryable`. */
export class ServiceFailed extends Schema.TaggedError<ServiceFailed>()("ServiceFailed", {
  /**
   * `Failed`: the service ran, and its code failed. `BatchFailed`: the server gave a batch up. `AnswerUnreadable`: the answer
   * is none that Machine Learning Server gives, or its outputs are not those that were declared.
   */
  reason: Schema.Literal("Failed", "BatchFailed", "AnswerUnreadable"),
  method: Schema.String,
  /** Origin and path of the request, without its query. */
  url: Schema.String,
  /** What the service said, or what of the answer cannot be read; on one line. */
  says: Schema.String,
  /** Of `Failed`: all that the run came to, what it printed included. */
  outcome: Schema.optional(Outcome)
}) {
  override get message(): string {
    const what = {
      Failed: `The service behind ${this.url} ran and failed`,
      BatchFailed: `The server gave up the batch ${this.url}`,
      AnswerUnreadable: `${this.method} ${this.url} got an answer that is not from Machine Learning Server`
    }[this.reason]
    return `${what}${this.says === "" ? "" : `: ${this.says.replace(/[\s.]+$/, "")}`}. ${this.fix}`
  }
  get fix(): string {
    return {
      Failed: "Compare the inputs with those that the service's definition names; its owner knows its code.",
      BatchFailed: "Start it again, with fewer records or a smaller `parallelCount`.",
      AnswerUnreadable: "Is this the address of a Machine Learning Server, and are the outputs those that it declares?"
    }[this.reason]
  }
  get retryable(): boolean {
    return false
  }
}

/** The two errors of services. */
export type ServiceError = ServiceRefused | ServiceFailed

/** How a call can fail: with the two errors of services, those of the session, and those of the transport. */
export type CallError = ServiceError | AuthError | HttpClientError.HttpClientError

/**
 * Whether a value is one of these two errors. It also works if the program contains two copies of the library.
 *
 * @example
 * import { Services, ServiceError } from "@mlserver-auth/services"
 * import * as Effect from "effect/Effect"
 * import * as Schedule from "effect/Schedule"
 *
 * const answer = Effect.flatMap(Services.Services, ({ consume }) => consume({ name: "add", version: "1.0.0" }, { x: 1, y: 2 })).pipe(
 *   Effect.retry({
 *     while: (error) => ServiceError.isServiceError(error) && error.retryable,
 *     schedule: Schedule.exponential("1 second"),
 *     times: 3
 *   })
 * )
 */
export const isServiceError = (u: unknown): u is ServiceError =>
  Predicate.isTagged(u, "ServiceRefused") || Predicate.isTagged(u, "ServiceFailed")
