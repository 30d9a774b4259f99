/**
 * Loaded into the program before it starts: writes down what is about to be sealed, since nobody outside can read it
 * afterwards, and a watch that does not know the tokens would see none of them. CommonJS: Node's loader of ES modules takes
 * longer to start than all the rest of this.
 */
"use strict"
const Crypto = require("node:crypto")
const Fs = require("node:fs")

const { createCipheriv } = Crypto
Crypto.createCipheriv = (...args) => {
  const cipher = createCipheriv(...args)
  const update = cipher.update.bind(cipher)
  cipher.update = (text, ...more) => {
    // What is sealed is text; anything else would be a change of what the tap is for.
    if (typeof text !== "string") throw new Error("something else than text is sealed")
    Fs.appendFileSync(process.env.MLS_TEST_TAP, `${text}\n`)
    return update(text, ...more)
  }
  return cipher
}
