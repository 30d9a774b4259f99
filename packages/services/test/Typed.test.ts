import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { ServiceFailed } from "../src/ServiceError.js"
import * as ServiceTypes from "../src/ServiceTypes.js"
import { answering, server, servicesOf } from "./Servers.js"

const inputs = Schema.Struct({ hp: Schema.Positive, wt: Schema.Number })
const outputs = Schema.Struct({ answer: Schema.Number })
const manualTransmission = { name: "manualTransmission", version: "1.0.0", inputs, outputs }

describe("a typed service", () => {
  it.scoped("is a function from its inputs to its outputs", () =>
    Effect.gen(function* () {
      const { services } = yield* servicesOf(yield* server())
      const score = services.typed(manualTransmission)
      const { answer } = yield* score({ hp: 120, wt: 2.8 })
      expect(answer).toBeCloseTo(0.6418125, 5)
      // The newest version, where none is named.
      const newest = services.typed({ name: "manualTransmission", inputs, outputs })
      expect(yield* newest({ hp: 120, wt: 2.8 })).toEqual({ answer })
    })
  )

  it.scoped("takes and gives what its schemas make of the wire", () =>
    Effect.gen(function* () {
      const { services } = yield* servicesOf(yield* server())
      const add = services.typed({
        name: "add",
        version: "1.0.0",
        inputs: Schema.Struct({
          x: Schema.Number,
          other: Schema.Number.pipe(Schema.propertySignature, Schema.fromKey("y"))
        }),
        outputs: Schema.Struct({ sum: Schema.Number.pipe(Schema.propertySignature, Schema.fromKey("result")) })
      })
      expect(yield* add({ x: 2, other: 40 })).toEqual({ sum: 42 })
    })
  )

  it.scoped("sends nothing that its schema does not take, and says where it is, not what", () =>
    Effect.gen(function* () {
      const peer = yield* server()
      const { services } = yield* servicesOf(peer)
      const error = yield* Effect.flip(services.typed(manualTransmission)({ hp: -271828, wt: 2 }))
      expect(error._tag).toBe("ConfigurationInvalid")
      expect(error.message).toContain("inputs: `hp` does not fit the schema")
      expect(error.message).not.toContain("271828")
      expect((yield* peer.control.counts).api).toBe(0)
    })
  )

  it.effect("does not give outputs that its schema does not take", () =>
    Effect.gen(function* () {
      const services = answering(() => ({ body: '{"success":true,"outputParameters":{"answer":"secret"}}' }))
      const error = yield* Effect.flip(services.typed(manualTransmission)({ hp: 1, wt: 1 }))
      expect(error).toBeInstanceOf(ServiceFailed)
      expect(error.message).toContain("of the outputs, `answer` does not fit the schema")
      expect(error.message).not.toContain("secret")
    })
  )
})

describe("the types of a service", () => {
  it.scoped("are the schemas for `typed`, from its own description", () =>
    Effect.gen(function* () {
      const { services } = yield* servicesOf(yield* server())
      const of = (name: string, version: string) =>
        Effect.map(services.swagger({ name, version }), (swagger) =>
          Option.getOrThrow(ServiceTypes.typeScript({ name, version }, swagger))
        )
      expect(yield* of("manualTransmission", "1.0.0")).toBe(`import * as Schema from "effect/Schema"

/** manualTransmission 1.0.0: The probability that a car has a manual transmission. */
export const manualTransmission = {
  name: "manualTransmission",
  version: "1.0.0",
  inputs: Schema.Struct({ hp: Schema.Number, wt: Schema.Number }),
  outputs: Schema.Struct({ answer: Schema.Number })
}
`)
      expect(yield* of("kyphosis", "v1.0")).toContain(
        "inputs: Schema.Struct({ inputData: Schema.Unknown /* data.frame */ })"
      )
      const types = { a: "integer", b: "logical", c: "character", d: "vector", e: "matrix" } as const
      yield* services.publish({ name: "every-kind", version: "1" }, { code: "x", inputs: types })
      const every = yield* of("every-kind", "1")
      expect(every).toContain("export const everyKind = {")
      expect(every).toContain(
        "inputs: Schema.Struct({ a: Schema.Int, b: Schema.Boolean, c: Schema.String, d: Schema.Unknown /* vector */, e: Schema.Unknown /* matrix */ })"
      )
      expect(every).toContain("outputs: Schema.Struct({})")
    })
  )

  it("are no program of the server's: names and words stay names and words", () => {
    const hostile = {
      info: { description: 'x */ process.exit(1) /*\n"' },
      definitions: {
        InputParameters: {
          properties: { 'a": 1, b': { type: "constructor", description: "*/ b" }, "2x": { type: "number" } }
        }
      }
    }
    expect(Option.getOrThrow(ServiceTypes.typeScript({ name: '9 "lives"', version: "new" }, hostile))).toBe(
      `import * as Schema from "effect/Schema"

/** 9 "lives" new: x * / process.exit(1) /* " */
export const _9Lives = {
  name: "9 \\"lives\\"",
  version: "new",
  inputs: Schema.Struct({ "a\\": 1, b": Schema.Unknown /* * / b */, "2x": Schema.Number }),
  outputs: Schema.Struct({})
}
`
    )
    expect(Option.getOrThrow(ServiceTypes.typeScript({ name: "new", version: "1" }, hostile))).toContain("const _new =")
  })

  it.each([[undefined], ["text"], [{}], [{ definitions: [] }], [{ definitions: 5 }]])("of %j are none", (swagger) => {
    expect(ServiceTypes.typeScript({ name: "x", version: "1" }, swagger)).toEqual(Option.none())
  })
})
