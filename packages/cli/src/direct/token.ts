/**
 * The direct path of `mls token`: a good stored token is printed without the program, which takes three times as long to load as
 * Node itself. It knows `--header` and `--profile`. Everything else, and everything that is not as usual, is for the whole
 * program, with the same arguments: it says the same where both can answer.
 */
import * as TokenFields from "@mlserver-auth/core/TokenFields"
import * as Unwritten from "../cli/unwritten.js"
import { plain } from "../text/sanitize.js"
import * as Line from "./line.js"
import * as Stored from "./stored.js"

const HEADER = "--header"

const lineOf = async ({ profile, switches }: Line.Line): Promise<string | undefined> => {
  const stored = await Stored.find(profile)
  if (stored === undefined) return undefined
  const { accessToken } = stored.token
  const line = switches.has(HEADER) ? `Authorization: ${TokenFields.authorization(accessToken)}` : accessToken
  // What a terminal must not get is left out by the whole program.
  return plain(line) === line ? `${line}\n` : undefined
}

/**
 * False where nothing was written. Where a part is out the program would print that part twice: it ends here, as the program
 * would.
 */
const write = (line: string): boolean => {
  const { writeSync } = process.getBuiltinModule("node:fs")
  const bytes = Buffer.from(line)
  let written = 0
  try {
    while (written < bytes.length) written += writeSync(1, bytes, written)
  } catch (error) {
    if (written === 0) return false
    if (Unwritten.codeOf(error) !== "EAGAIN") Unwritten.broken(error)
    // A pipe that nothing reads yet: Node's stream waits for it.
    else process.stdout.on("error", Unwritten.broken).write(bytes.subarray(written))
  }
  return true
}

/** Prints the token; false where the whole program must be asked. */
export const print = async (args: ReadonlyArray<string>): Promise<boolean> => {
  const line = Line.read(args, [HEADER])
  try {
    const text = line === undefined || line.words.length > 0 ? undefined : await lineOf(line)
    return text !== undefined && write(text)
  } catch {
    return false
  }
}
