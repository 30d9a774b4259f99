/** What published services take and give. Nothing of Effect in these types. */
import type { Abortable } from "@mlserver-auth/core/promises/PromiseClient"

/** A service: a name alone means the version that was published last; with a version, that one. */
export type Name = string | { readonly name: string; readonly version?: string | undefined }

/** A service, and one version of it. */
export interface Version {
  readonly name: string
  readonly version: string
}

/** The inputs of a service, or its outputs, by name. */
export type Values = Readonly<Record<string, unknown>>

/** An input or an output of a service, as the server describes it. */
export interface Parameter {
  readonly name: string
  /** A `ParameterType`, or another word of the server. */
  readonly type?: string | null | undefined
}

/** A version of a service, as the server sends it. Servers of different versions send more or fewer fields. */
export interface WebService extends Values {
  readonly name: string
  readonly version: string
  /** The user who published it. */
  readonly versionPublishedBy?: string | null | undefined
  /** ISO 8601, without a time zone. */
  readonly creationTime?: string | null | undefined
  /** `R`, `Python` or `Realtime`. */
  readonly runtimeType?: string | null | undefined
  readonly description?: string | null | undefined
  /** The name of the function, in clients that are generated. */
  readonly operationId?: string | null | undefined
  readonly inputParameterDefinitions?: ReadonlyArray<Parameter> | null | undefined
  readonly outputParameterDefinitions?: ReadonlyArray<Parameter> | null | undefined
  /** The names of the files that a run makes. */
  readonly outputFileNames?: ReadonlyArray<string> | null | undefined
  /** What the caller may do: `read/write` (also change and remove it), or `read only`. */
  readonly myPermissionOnService?: string | null | undefined
}

/** The outcome of a run. */
export interface Outcome extends Values {
  /** False if the code of the service failed. `consume` is rejected then; in a batch, it is the outcome of that record. */
  readonly success: boolean
  /** What the code failed with. */
  readonly errorMessage?: string | null | undefined
  /** What the code printed. */
  readonly consoleOutput?: string | null | undefined
  /** The outputs by name. */
  readonly outputParameters?: Values | null | undefined
  /** The files that the run made, in base64; see `artifact`. */
  readonly outputFiles?: Values | null | undefined
}

/** The types that an input or an output can have, in the words of the server. */
export type ParameterType = "logical" | "numeric" | "integer" | "character" | "vector" | "matrix" | "data.frame"

/** The definition of a service. */
export interface Definition {
  /** What the server runs for each call: R, or Python. Inputs are variables, and outputs are the variables it assigned. */
  readonly code: string
  /** The language of `code` and `initCode`. Default: the server's, "R". */
  readonly runtime?: "R" | "Python" | undefined
  /** What the server runs before, to load a model for example. Default: nothing. */
  readonly initCode?: string | undefined
  /** What the service is for, in its own description. Default: none. */
  readonly description?: string | undefined
  /** The name of the function, in clients that are generated. Default: the server's. */
  readonly alias?: string | undefined
  /** The inputs and their types, in their order. Default: none. */
  readonly inputs?: Readonly<Record<string, ParameterType>> | undefined
  /** The outputs and their types. Default: none. */
  readonly outputs?: Readonly<Record<string, ParameterType>> | undefined
  /** The names of files that `code` writes and callers get. Default: none. */
  readonly artifacts?: ReadonlyArray<string> | undefined
}

/** A schema of Zod, Valibot, ArkType, Effect and others: standardschema.dev, version 1. */
export interface StandardSchema<Input, Output> {
  readonly "~standard": {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => Validated<Output> | Promise<Validated<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** The result of a schema. */
export type Validated<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: ReadonlyArray<{ readonly message: string }> }

/** A service with the schemas of its inputs and outputs. */
export interface Typed<I, O> {
  readonly name: string
  /** Default: the version that was published last, which costs one more call each time. */
  readonly version?: string | undefined
  readonly inputs: StandardSchema<I, unknown>
  readonly outputs: StandardSchema<unknown, O>
}

/** A batch, as plain data: keep it, and another program can ask for its results. */
export interface Batch {
  readonly name: string
  readonly version: string
  /** The id that the server gave it. */
  readonly id: string
}

/** The progress of a batch. */
export interface Status {
  /** `complete`: every record was run. `failed`: the server gave the batch up. `unknown`: another word of the server. */
  readonly state: "pending" | "ready" | "inProgress" | "complete" | "failed" | "unknown"
  /** How many records were run. */
  readonly completed: number
  /** How many records there are. */
  readonly total: number
  /** By record; `undefined` for what was not run yet, or not asked for. */
  readonly outcomes: ReadonlyArray<Outcome | undefined>
}

/** The batches of a client's server. */
export interface Batches {
  /** Starts a run for each record. `parallelCount`: how many the server runs at the same time. Default: the server's, 10. */
  readonly start: (
    service: Name,
    records: ReadonlyArray<Values>,
    options?: Abortable & { readonly parallelCount?: number | undefined }
  ) => Promise<Batch>
  /** The ids of a service's batches that the server has. */
  readonly list: (service: Name, options?: Abortable) => Promise<ReadonlyArray<string>>
  /** How far it is. `partial`: with the outcomes that are there already. Default: false, which is a small answer. */
  readonly status: (batch: Batch, options?: Abortable & { readonly partial?: boolean | undefined }) => Promise<Status>
  /**
   * Waits until every record was run, and returns the outcomes in the order of the records. `every`: the time between two
   * looks, in milliseconds. Default: 1 second. Rejected with `ServiceFailed` (`BatchFailed`) if the server gives the batch up.
   */
  readonly results: (
    batch: Batch,
    options?: Abortable & { readonly every?: number | undefined }
  ) => Promise<ReadonlyArray<Outcome>>
  /** The names of the files that the run of a record made. Records count from 0. */
  readonly artifacts: (batch: Batch, record: number, options?: Abortable) => Promise<ReadonlyArray<string>>
  /** The bytes of such a file. */
  readonly artifact: (batch: Batch, record: number, fileName: string, options?: Abortable) => Promise<Uint8Array>
  /** Stops the batch, and deletes its results from the server. */
  readonly cancel: (batch: Batch, options?: Abortable) => Promise<void>
}

/** The published services of a client's server. */
export interface Services {
  /** Every version of every service, or of one; empty if there is none. */
  readonly list: (name?: Name, options?: Abortable) => Promise<ReadonlyArray<WebService>>
  /** Describes one version. Rejected with `ServiceRefused` (`NotFound`) if there is none. */
  readonly get: (name: Name, options?: Abortable) => Promise<WebService>
  /** The service's own description, a Swagger 2.0 document. */
  readonly swagger: (name: Name, options?: Abortable) => Promise<Values>
  /**
   * Runs a service. Rejected with `ServiceFailed` (`Failed`) if its code fails. Without a version the client asks for the
   * newest first, which is one more call each time: name the version in a program.
   */
  readonly consume: (name: Name, inputs?: Values, options?: Abortable) => Promise<Outcome>
  /**
   * A service as a function whose inputs and outputs are checked. Rejected with `ConfigurationInvalid` before anything is sent
   * if the inputs do not fit their schema, and with `ServiceFailed` (`AnswerUnreadable`) if the outputs do not fit theirs.
   */
  readonly typed: <I, O>(service: Typed<I, O>) => (inputs: I, options?: Abortable) => Promise<O>
  /** Publishes a version. Without a version the server makes one up. Rejected with `ServiceRefused` (`Conflict`) if it exists. */
  readonly publish: (name: Name, definition: Definition, options?: Abortable) => Promise<Version>
  /** Replaces the parts of a version that you give. */
  readonly update: (service: Version, change: Partial<Definition>, options?: Abortable) => Promise<Version>
  /** Deletes a version. */
  readonly remove: (service: Version, options?: Abortable) => Promise<void>
  /** Many runs, asked for at once. */
  readonly batch: Batches
}

/** The details of a refusal or a failure of a service. */
export interface ServiceFault {
  /** `ServiceRefused`: nothing ran. `ServiceFailed`: it ran and failed, or the answer cannot be used. */
  readonly code: "ServiceRefused" | "ServiceFailed"
  /** A finer word: `NotFound`, `Forbidden`, `Conflict`, `Failed`, `BatchFailed`, `AnswerUnreadable`, … */
  readonly reason: string
  /** What the server, or the service, said. */
  readonly says: string
  /** What to do next. */
  readonly fix: string
  /** Whether the same call may work later with nothing changed. */
  readonly retryable: boolean
  /** Of a refusal: the HTTP status. `undefined` of a failure. */
  readonly status?: number | undefined
  /** Of a 403: whose the service is, if it is another user's. */
  readonly owner?: string | undefined
  /** Of a 403: the lowest role that may. */
  readonly role?: "Owner" | "Contributor" | "Reader" | undefined
  /** Of a run that failed: everything it returned. Otherwise `undefined`. */
  readonly outcome?: Outcome | undefined
}

/**
 * The server refused a call (`ServiceRefused`), or the service failed (`ServiceFailed`). What concerns the session is an
 * `MlServerAuthError`, as of every call.
 *
 * @example
 * import { connect } from "@mlserver-auth/client"
 * import { MlServerServiceError, services } from "@mlserver-auth/client/services"
 *
 * const { remove } = services(await connect({ server: "https://mlserver.contoso.com:12800" }))
 * await remove({ name: "add", version: "1.0.0" }).catch((error: unknown) => {
 *   if (error instanceof MlServerServiceError && error.reason === "NotFound") return // It is gone already.
 *   throw error // DELETE …/services/add/1.0.0 was answered 403: … It belongs to ada, who may do this, …
 * })
 */
export class MlServerServiceError extends Error implements ServiceFault {
  override readonly name = "MlServerServiceError"
  readonly code: ServiceFault["code"]
  readonly reason: string
  readonly says: string
  readonly fix: string
  readonly retryable: boolean
  readonly status: number | undefined
  readonly owner: string | undefined
  readonly role: ServiceFault["role"]
  readonly outcome: Outcome | undefined
  constructor(message: string, fault: ServiceFault) {
    super(message)
    this.code = fault.code
    this.reason = fault.reason
    this.says = fault.says
    this.fix = fault.fix
    this.retryable = fault.retryable
    this.status = fault.status
    this.owner = fault.owner
    this.role = fault.role
    this.outcome = fault.outcome
  }
}
