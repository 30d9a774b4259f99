/** In the place of Effect's metrics. */
import * as Effect from "effect/Effect"

const metric = { unsafeUpdate: () => {} }

export const counter = () => metric
export const histogram = () => metric
export const tagged = () => metric
export const update = () => Effect.void
