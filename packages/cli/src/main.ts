/** The program `mls`: what it takes to start it, which is not much, so that its version is told at once. */
import * as Fs from "node:fs"
import * as V8 from "node:v8"
import { VERSION } from "./Version.js"

const [first, ...others] = process.argv.slice(2)

/** Where it cannot be written, the program itself says why, or that it does not matter. */
const isTold = (): boolean => {
  try {
    return Fs.writeSync(1, `${VERSION}\n`) > 0
  } catch {
    return false
  }
}

if (first !== "--version" || others.length > 0 || !isTold()) {
  // Before anything is compiled: what V8 makes of undici's WebAssembly stays as it is first compiled. A program of one
  // request ends before the optimizing compiler has done, and waits for it.
  V8.setFlagsFromString("--wasm-tiering-budget=1000000000")
  void import("./Program.js")
}
