/** A service as a function whose inputs and outputs are checked. */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type { CallError, ServiceFailed } from "../ServiceError.js"
import type { Outcome } from "../WebService.js"

/** A service with the schemas of its inputs and outputs. */
export interface Typed<I, IEncoded, O, OEncoded> {
  readonly name: string
  readonly version?: string | undefined
  readonly inputs: Schema.Schema<I, IEncoded>
  readonly outputs: Schema.Schema<O, OEncoded>
}

/** The result of a run, and how an answer that does not fit becomes an error. */
export interface Ran {
  readonly outcome: Outcome
  readonly unreadable: (says: string) => ServiceFailed
}

/** Where it does not fit. The value is not repeated: it may be a user's data. */
const placeOf = (error: ParseResult.ParseError): string => {
  const path = ParseResult.ArrayFormatter.formatErrorSync(error)[0]?.path ?? []
  return path.length === 0 ? "they do" : `\`${path.map(String).join(".")}\` does`
}

/** A service as a function. */
export const make =
  <I, IEncoded, O, OEncoded>(
    service: Typed<I, IEncoded, O, OEncoded>,
    run: (
      name: { readonly name: string; readonly version?: string | undefined },
      inputs: unknown
    ) => Effect.Effect<Ran, CallError>
  ) =>
  (inputs: I): Effect.Effect<O, CallError> =>
    Effect.gen(function* () {
      const encoded = yield* Effect.mapError(
        Schema.encode(service.inputs)(inputs),
        (error) =>
          new ConfigurationInvalid({
            setting: "inputs",
            problem: `${placeOf(error)} not fit the schema`,
            fix: "Pass what the schema of the inputs takes. Nothing was sent."
          })
      )
      const { outcome, unreadable } = yield* run(service, encoded)
      return yield* Effect.mapError(Schema.decodeUnknown(service.outputs)(outcome.outputParameters ?? {}), (error) =>
        unreadable(`of the outputs, ${placeOf(error)} not fit the schema`)
      )
    })
