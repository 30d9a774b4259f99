/** The program `mls`: what it takes to start it, which is not much, so that its version is told at once. */
import * as Fs from "node:fs"
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
  void import("./Program.js")
}
