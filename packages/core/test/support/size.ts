/** How much is tried of what has no natural size: enough at a desk to meet a fault, all of it in `.ci/run`. */

import * as Effect from "effect/Effect"

/** Set by `.ci/run`. */
export const all = process.env["MLS_TEST_ALL"] === "1"

/** As many at a desk, as many where everything is tried. */
export const sized = (desk: number, everything: number): number => (all ? everything : desk)

/**
 * A turn of the event loop, between the rounds of what is long. The test runner speaks with its workers there, and takes one
 * that is silent for a minute to be lost; a fiber that waits for nothing outside is promises only, after which no message
 * gets its turn.
 */
export const turn: Effect.Effect<void> = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
