/** The life of a service: published, used as a checked function, run over a file of records, taken down. */
import { NodeAuth } from "@mlserver-auth/node"
import { Services } from "@mlserver-auth/services"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

const Live = Services.layer.pipe(Layer.provide(NodeAuth.layerConfig({ server: Config.string("MLS_HOST") })))

/** What `mls services types manualTransmission` prints. */
const manualTransmission = {
  name: "manualTransmission",
  version: "1.0.0",
  inputs: Schema.Struct({ hp: Schema.Number, wt: Schema.Number }),
  outputs: Schema.Struct({ answer: Schema.Number })
}

const program = Effect.gen(function* () {
  const services = yield* Services.Services
  const score = services.typed(manualTransmission)
  const { answer } = yield* score({ hp: 120, wt: 2.8 })
  console.log(`one car: ${answer.toFixed(4)}`)

  const batch = yield* services.batch.start("manualTransmission", [
    { hp: 110, wt: 2.62 },
    { hp: 93, wt: 2.32 }
  ])
  const outcomes = yield* services.batch.results(batch, { every: "100 millis" })
  console.log(`a batch: ${outcomes.map(({ outputParameters }) => outputParameters?.["answer"]).join(", ")}`)

  const mine = yield* services.publish("mine", {
    code: "y <- 2 * x",
    inputs: { x: "numeric" },
    outputs: { y: "numeric" }
  })
  yield* services.remove(mine)
  const refused = yield* Effect.flip(services.remove({ name: "add", version: "1.0.0" }))
  console.log(refused.message)
})

await Effect.runPromise(program.pipe(Effect.provide(Live)))
