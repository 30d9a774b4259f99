/** The program `mls`: what it takes to start it, which is not much, so that its version is told at once. */
import * as CodeCache from "./CodeCache.js"
import { VERSION } from "./Version.js"

const [first, ...others] = process.argv.slice(2)

if (first === "--version" && others.length === 0) {
  process.stdout.write(`${VERSION}\n`)
} else {
  CodeCache.enable()
  void import("./Program.js")
}
