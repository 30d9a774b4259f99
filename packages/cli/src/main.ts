/** The program `mls`: what it takes to start it, which is not much, so that it answers at once where it can. */
import { VERSION } from "./cli/version.js"

const [first, ...others] = process.argv.slice(2)

/** Where it cannot be written, the program itself says why, or that it does not matter. */
const isTold = (): boolean => {
  try {
    return process.getBuiltinModule("node:fs").writeSync(1, `${VERSION}\n`) > 0
  } catch {
    return false
  }
}

const isDone = async (): Promise<boolean> => {
  if (first === "--version") return others.length === 0 && isTold()
  if (first === "__complete") return (await import("./direct/complete.js")).print(others)
  if (first === "token") return await (await import("./direct/token.js")).print(others)
  return first === "api" && (await (await import("./direct/api.js")).print(others))
}

void isDone().then((done) => (done ? undefined : import("./program.js")))
