/** A call of the direct path: the wire of the whole program, which goes on with it where its answer is not a plain success. */
import * as DirectCall from "@mlserver-auth/node/DirectCall"
import * as Kind from "../api/kind.js"
import { signals } from "../cli/exitCode.js"
import { broken } from "../cli/unwritten.js"

/** Ends when the reader has taken it; what went wrong, else. */
const write = (piece: Uint8Array): Promise<unknown> =>
  new Promise((resolve) => process.stdout.write(piece, (error) => resolve(error ?? undefined)))

const isSuccess = (call: DirectCall.Call): boolean => call.status >= 200 && call.status < 300 && !Kind.isPage(call)

/** Makes the call and prints the body as it comes; false where the whole program must go on with it. */
export const print = async (url: URL, authorization: string): Promise<boolean> => {
  const ended = Object.entries(signals).map(([name, code]) => [name, () => process.exit(code)] as const)
  for (const [name, end] of ended) process.once(name, end)
  const call = await DirectCall.get(url, authorization)
  let fault: unknown
  // Told by the callback; the event would end the process.
  if (isSuccess(call)) process.stdout.on("error", () => undefined)
  const isWhole = isSuccess(call) && (await call.each(async (piece) => (fault = await write(piece)) === undefined))
  for (const [name, end] of ended) process.off(name, end)
  if (isWhole) {
    call.end()
    if (fault !== undefined) broken(fault)
  } else call.handOver()
  return isWhole
}
