/** How much is tried of what has no natural size: enough at a desk to meet a fault, all of it in `.ci/run`. */

/** Set by `.ci/run`. */
export const all = process.env["MLS_TEST_ALL"] === "1"

/** As many at a desk, as many where everything is tried. */
export const sized = (desk: number, everything: number): number => (all ? everything : desk)
