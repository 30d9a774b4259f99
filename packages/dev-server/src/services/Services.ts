/**
 * The published web services, as a pure state machine: who may publish, update and delete, and what consuming answers.
 *
 * Shapes are those of the official API descriptions (`WebService`, `PublishWebServiceRequest`, `ParameterDefinition`).
 */
import * as Either from "effect/Either"
import * as Reply from "../http/Reply.js"
import * as Roles from "../Roles.js"

/** The type names a parameter can have. */
export const parameterTypes = ["logical", "numeric", "integer", "character", "vector", "matrix", "data.frame"] as const

/** One input or output of a service. */
export interface Parameter {
  readonly name: string
  readonly type: (typeof parameterTypes)[number]
}

/** What a publisher says about a service; the body of `POST` and `PATCH /services/{name}/{version}`. */
export interface Definition {
  readonly code: string
  readonly initCode?: string
  readonly description?: string
  readonly operationId?: string
  /** `Realtime` cannot be published here: its model is a binary upload, which this server has no door for. */
  readonly runtimeType?: "R" | "Python" | "Realtime"
  readonly snapshotId?: string
  readonly inputParameterDefinitions?: ReadonlyArray<Parameter>
  readonly outputParameterDefinitions?: ReadonlyArray<Parameter>
  readonly outputFileNames?: ReadonlyArray<string>
}

/** A published service. `run` is there for the samples only: this server runs neither R nor Python. */
export interface Service {
  readonly name: string
  readonly version: string
  readonly owner: string
  /** Epoch milliseconds of the server's clock. */
  readonly createdAt: number
  readonly definition: Definition
  readonly run?: (inputs: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>
  /** What the run writes, by file name, in base64. For the samples too. */
  readonly files?: Readonly<Record<string, string>>
}

/** Every version of every service, the oldest first. */
export type State = ReadonlyArray<Service>

/** Who is asking. */
export interface Caller {
  readonly username: string
  readonly role: Roles.Role
}

const owns = (caller: Caller, service: Service): boolean => service.owner === caller.username

/**
 * A service as the API shows it to this caller. "Did you publish the web service or do you have the Owner role?" Then its code
 * is in it, else never.
 */
export const view = (service: Service, caller: Caller) => {
  const it = service.definition
  const sees = owns(caller, service) || Roles.mayManage(caller.role, false)
  return {
    name: service.name,
    version: service.version,
    versionPublishedBy: service.owner,
    creationTime: new Date(service.createdAt).toISOString().replace("Z", ""),
    ...(it.snapshotId === undefined ? {} : { snapshotId: it.snapshotId }),
    runtimeType: it.runtimeType ?? "R",
    ...(sees ? { initCode: it.initCode ?? "", code: it.code } : {}),
    description: it.description ?? "",
    operationId: it.operationId ?? service.name,
    inputParameterDefinitions: it.inputParameterDefinitions ?? [],
    outputParameterDefinitions: it.outputParameterDefinitions ?? [],
    outputFileNames: it.outputFileNames ?? [],
    myPermissionOnService: Roles.mayManage(caller.role, owns(caller, service)) ? "read/write" : "read only"
  }
}

/** The services with this name, and this version if one is asked for. */
export const list = (state: State, name?: string, version?: string): State =>
  name === undefined
    ? state
    : state.filter((it) => it.name === name && (version === undefined || it.version === version))

/** The one service of this name and version. */
export const find = (state: State, name: string, version: string): Either.Either<Service, Reply.Refusal> => {
  const found = state.find((it) => it.name === name && it.version === version)
  return found === undefined ? Either.left(missing(name, version)) : Either.right(found)
}

const missing = (name: string, version: string) =>
  Reply.notFound(`Web service '${name}' version '${version}' was not found.`)

/**
 * A new version of a service. A name belongs to its first publisher: others cannot publish under it, unless they are
 * Owner. That the caller may publish at all is seen to at the door.
 */
export const publish = (
  state: State,
  caller: Caller,
  service: Omit<Service, "files" | "owner" | "run">
): readonly [Either.Either<Service, Reply.Refusal>, State] => {
  const { name, version } = service
  const namesake = state.find((it) => it.name === name)
  if (namesake !== undefined && !Roles.mayManage(caller.role, owns(caller, namesake))) {
    return [Either.left(Reply.forbidden(`Web service '${name}' belongs to another user.`)), state]
  }
  if (Either.isRight(find(state, name, version))) {
    const message = `Web service '${name}' version '${version}' exists. Use PATCH to update it.`
    return [Either.left(Reply.conflict(message)), state]
  }
  const published = { ...service, owner: caller.username }
  return [Either.right(published), [...state, published]]
}

const managed = (state: State, caller: Caller, name: string, version: string, verb: string) =>
  Either.filterOrLeft(
    find(state, name, version),
    (service) => Roles.mayManage(caller.role, owns(caller, service)),
    () => Reply.forbidden(`Web service '${name}' belongs to another user, who alone can ${verb} it.`)
  )

/** Parts of a definition replace those of a service. */
export const update = (
  state: State,
  caller: Caller,
  name: string,
  version: string,
  change: Partial<Definition>
): readonly [Either.Either<Service, Reply.Refusal>, State] => {
  const found = managed(state, caller, name, version, "update")
  if (Either.isLeft(found)) return [found, state]
  if (found.right.definition.runtimeType === "Realtime") {
    const message = `Web service '${name}' version '${version}' is a realtime service: update it at /realtime-services.`
    return [Either.left(Reply.badRequest(message)), state]
  }
  const next = { ...found.right, definition: { ...found.right.definition, ...change } }
  return [Either.right(next), state.map((it) => (it === found.right ? next : it))]
}

/** A version of a service is gone. */
export const remove = (
  state: State,
  caller: Caller,
  name: string,
  version: string
): readonly [Either.Either<Service, Reply.Refusal>, State] => {
  const found = managed(state, caller, name, version, "delete")
  return Either.isLeft(found) ? [found, state] : [found, state.filter((it) => it !== found.right)]
}

/** The body of an answer of `POST /api/{name}/{version}`. */
export interface Outcome {
  readonly success: boolean
  readonly errorMessage: string
  readonly consoleOutput: string
  readonly changedFiles: ReadonlyArray<string>
  readonly outputParameters: Readonly<Record<string, unknown>>
  readonly outputFiles: Readonly<Record<string, string>>
}

const outcome = (
  errorMessage: string,
  outputParameters: Outcome["outputParameters"],
  outputFiles: Outcome["outputFiles"] = {}
): Outcome => ({
  success: errorMessage === "",
  errorMessage,
  consoleOutput: "",
  changedFiles: Object.keys(outputFiles),
  outputParameters,
  outputFiles
})

/** A run that failed, with what is said of it. */
export const failure = (errorMessage: string): Outcome => outcome(errorMessage, {})

const fits = (type: Parameter["type"], value: unknown): boolean => {
  switch (type) {
    case "numeric":
      return typeof value === "number"
    case "integer":
      return Number.isInteger(value)
    case "logical":
      return typeof value === "boolean"
    case "character":
      return typeof value === "string"
    default:
      return typeof value === "object" && value !== null
  }
}

/**
 * Call a service. Inputs must be there and of their types; a published service answers honestly that nothing here can
 * run it.
 */
export const consume = (
  service: Service,
  inputs: Readonly<Record<string, unknown>>
): Either.Either<Outcome, Reply.Refusal> => {
  const wrong = (service.definition.inputParameterDefinitions ?? []).find(
    (it) => !Object.hasOwn(inputs, it.name) || !fits(it.type, inputs[it.name])
  )
  if (wrong !== undefined)
    return Either.left(Reply.badRequest(`Input parameter '${wrong.name}' must be ${wrong.type}.`))
  return Either.right(
    service.run === undefined
      ? failure("This development server runs neither R nor Python code.")
      : outcome("", service.run(inputs), service.files)
  )
}
