/**
 * The direct path of `mls api PATH`, and of `mls api GET PATH`: a call with a good stored token is made without the program. It
 * knows `--profile`. Everything else, a proxy, an authority of one's own and a terminal to show the answer at are for the whole
 * program, before anything is sent; what is answered with anything but a success is handed over to it.
 */
import * as TokenFields from "@mlserver-auth/core/TokenFields"
import * as Line from "./line.js"
import * as Stored from "./stored.js"

/** A path, perhaps with a query, that cannot be read in two ways: no other address, no file of Windows, nothing to encode. */
const PATH = /^\/?\w[\w.~%/-]*(?:\?[\w.~%/=&+,-]*)?$/

const isProxied = (): boolean => Object.keys(process.env).some((name) => /^https?_proxy$/i.test(name))

/** Prints the answer; false where the whole program must go on. */
export const print = async (args: ReadonlyArray<string>): Promise<boolean> => {
  const line = Line.read(args, [])
  const words = line?.words ?? []
  const path = words.at(-1) ?? ""
  const isGet = words.length === 1 || (words.length === 2 && /^get$/i.test(words[0] ?? ""))
  if (line === undefined || !isGet || !PATH.test(path)) return false
  try {
    if (isProxied() || process.getBuiltinModule("node:tty").isatty(1)) return false
    const stored = await Stored.find(line.profile)
    if (stored === undefined || stored.settings.caFile) return false
    const url = new URL(`${stored.settings.base}/${path.replace(/^\//, "")}`)
    const Call = await import("./call.js")
    return await Call.print(url, TokenFields.authorization(stored.token.accessToken))
  } catch {
    return false
  }
}
