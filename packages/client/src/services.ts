/**
 * Published services as promises, over the `fetch` of a client: list, run, publish, and batches. For Node.js and for pages.
 *
 * @example
 * import { connect } from "@mlserver-auth/client"
 * import { services } from "@mlserver-auth/client/services"
 *
 * const client = await connect({ server: "https://mlserver.contoso.com:12800" })
 * const { consume } = services(client)
 * const { outputParameters } = await consume("manualTransmission", { hp: 120, wt: 2.8 })
 */
import type { Abortable, Fetch, State } from "@mlserver-auth/core/promises/PromiseClient"
import { settle, Thrown } from "@mlserver-auth/core/promises"
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as Library from "@mlserver-auth/services/Services"
import * as WebServices from "@mlserver-auth/services/WebService"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { clientOver, fetchFault } from "./internal/fetchClient.js"
import {
  MlServerServiceError,
  type Outcome,
  type Services,
  type StandardSchema,
  type Typed
} from "./servicesOptions.js"

export { MlServerServiceError } from "./servicesOptions.js"
export type {
  Batch,
  Batches,
  Definition,
  Name,
  Outcome,
  Parameter,
  ParameterType,
  ServiceFault,
  Services,
  StandardSchema,
  Status,
  Typed,
  Validated,
  Values,
  Version,
  WebService
} from "./servicesOptions.js"

/** The part of a client that services need. With `state`, a refusal knows whether the service is the caller's own. */
export interface Calling {
  readonly fetch: Fetch
  readonly state?: (() => Promise<State>) | undefined
}

const thrown = (error: unknown) => Effect.die(new Thrown(error))

/** The library's failures, each as what the promise is rejected with. */
const plainly = <A>(effect: Effect.Effect<A, Library.Error>) =>
  effect.pipe(
    Effect.catchTags({
      ServiceRefused: (error) => {
        const { fix, message, owner, reason, retryable, role, says, status } = error
        const fault = { code: error._tag, fix, reason, retryable, says, status, owner, role }
        return thrown(new MlServerServiceError(message, fault))
      },
      ServiceFailed: (error) => {
        const { fix, message, outcome, reason, retryable, says } = error
        return thrown(new MlServerServiceError(message, { code: error._tag, fix, reason, retryable, says, outcome }))
      },
      RequestError: (error) => {
        const fault = fetchFault(error)
        return fault === undefined ? Effect.fail(error) : thrown(fault)
      }
    })
  )

const run = <A>(effect: Effect.Effect<A, Library.Error>, options: Abortable | undefined): Promise<A> =>
  settle(plainly(effect), options)

/** What a schema makes of a value; `undefined` where it does not take it. */
const validated = async <O>(schema: StandardSchema<unknown, O> | StandardSchema<never, O>, value: unknown) => {
  const result = await schema["~standard"].validate(value)
  return result.issues === undefined ? { value: result.value } : undefined
}

const isValues = (value: unknown): value is Library.Values =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const typed =
  (services: Library.Service) =>
  <I, O>({ inputs, name, outputs, version }: Typed<I, O>) =>
  (given: I, options?: Abortable): Promise<O> =>
    run(
      Effect.gen(function* () {
        const sent = (yield* Effect.promise(() => validated(inputs as StandardSchema<never, unknown>, given)))?.value
        if (!isValues(sent)) {
          return yield* new ConfigurationInvalid({
            setting: "inputs",
            problem: "they do not fit the schema",
            fix: "Pass what the schema of the inputs takes. Nothing was sent."
          })
        }
        const { outputParameters } = yield* services.consume({ name, version }, sent)
        const got = yield* Effect.promise(() => validated(outputs, outputParameters ?? {}))
        if (got !== undefined) return got.value
        const fault = {
          code: "ServiceFailed",
          reason: "AnswerUnreadable",
          says: "the outputs do not fit the schema",
          fix: "Compare the schema with the outputs that the service's definition names.",
          retryable: false
        } as const
        return yield* thrown(new MlServerServiceError(`${name}: ${fault.says}. ${fault.fix}`, fault))
      }),
      options
    )

/**
 * The services of a client's server. Nothing is sent before you call one of them. Each promise is rejected with an
 * `MlServerServiceError` if the service refuses or fails, and with an `MlServerAuthError` as every call of the client.
 *
 * @example
 * import { connect } from "@mlserver-auth/client"
 * import { services } from "@mlserver-auth/client/services"
 *
 * const { list, publish } = services(await connect({ server: "https://mlserver.contoso.com:12800" }))
 * await publish(
 *   { name: "add", version: "1.0.0" },
 *   { code: "z <- x + y", inputs: { x: "numeric", y: "numeric" }, outputs: { z: "numeric" } }
 * )
 * const published = (await list()).map(({ name, version }) => `${name} ${version}`) // ["add 1.0.0", …]
 */
export const services = (client: Calling): Services => {
  const { state } = client
  const peek = state && Effect.promise(() => state().catch((): State => ({ _tag: "SignedOut" })))
  const library = Library.make(clientOver(client.fetch), peek && { peek })
  const { batch } = library
  return {
    list: (name, options) => run(library.list(name), options),
    get: (name, options) => run(library.get(name), options),
    swagger: (name, options) => run(library.swagger(name), options),
    consume: (name, inputs, options) => run(library.consume(name, inputs), options),
    typed: typed(library),
    publish: (name, definition, options) => run(library.publish(name, definition), options),
    update: (service, change, options) => run(library.update(service, change), options),
    remove: (service, options) => run(library.remove(service), options),
    batch: {
      start: (service, records, options) => run(batch.start(service, records, options), options),
      list: (service, options) => run(batch.list(service), options),
      status: (one, options) => run(batch.status(one, options), options),
      results: (one, options) => run(batch.results(one, options), options),
      artifacts: (one, record, options) => run(batch.artifacts(one, record), options),
      artifact: (one, record, fileName, options) => run(batch.artifact(one, record, fileName), options),
      cancel: (one, options) => run(batch.cancel(one), options)
    }
  }
}

/**
 * The bytes of a file that a run made. `undefined` if no file has that name.
 *
 * @example
 * import { connect } from "@mlserver-auth/client"
 * import { artifact, services } from "@mlserver-auth/client/services"
 * import { writeFile } from "node:fs/promises"
 *
 * const { consume } = services(await connect({ server: "https://mlserver.contoso.com:12800" }))
 * const plot = artifact(await consume({ name: "sales", version: "1.0.0" }, { year: 2026 }), "sales.png")
 * if (plot !== undefined) await writeFile("sales.png", plot)
 */
export const artifact = (outcome: Outcome, fileName: string): Uint8Array | undefined =>
  Option.getOrUndefined(WebServices.artifact(outcome, fileName))
