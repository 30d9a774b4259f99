/** Loaded into the program before it starts: a fault of its own, as a wrong line of it would make one, at each request. */
"use strict"
const Http = require("node:http")

const { request } = Http
Http.request = (...args) => {
  if (process.env.MLS_TEST_FAULT === "thrown") throw new TypeError("planted-text is not a function")
  const made = request(...args)
  process.nextTick(() => made.destroy(new TypeError("planted-text is not a function")))
  return made
}
