/**
 * The main job, shown against the dev server on real sockets: every line tells what really happened, and the demo ends
 * with an error if anything differs from what it says.
 */
import * as Effect from "effect/Effect"
import { inTheCloud } from "./demo-cloud.js"
import { onPremises } from "./demo-on-premises.js"

Effect.runPromise(Effect.zipRight(onPremises, inTheCloud)).catch(() => {
  process.exitCode = 1
})
