/** In the place of Effect's random numbers: their name, under which there is nothing. */
export const randomTag = { key: "effect/Random" }
export const make = () => undefined
