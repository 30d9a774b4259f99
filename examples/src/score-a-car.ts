import { NodeAuth } from "@mlserver-auth/node"
import { Services } from "@mlserver-auth/services"
import * as Effect from "effect/Effect"

const server = process.env["MLS_HOST"] ?? "https://mlserver.contoso.com:12800" // and MLS_USERNAME, MLS_PASSWORD
const score = Effect.gen(function* () {
  const { consume } = yield* Services.Services
  return yield* consume("manualTransmission", { hp: 120, wt: 2.8 })
}).pipe(Effect.provide(Services.layer), Effect.provide(NodeAuth.layer({ server })))
console.log((await Effect.runPromise(score)).outputParameters)
