/**
 * A yes or no from a person. The terminal stays in its line mode: it echoes, and Ctrl-C is a signal as always.
 */
import { CredentialRequired } from "@mlserver-auth/core/AuthError"
import * as Effect from "effect/Effect"
import { plainLine } from "../text/sanitize.js"

/** Asks on stderr, on one line and without control characters; Enter alone is no. The end of the input is `CredentialRequired` with `Cancelled`. */
export const confirm = (question: string): Effect.Effect<boolean, CredentialRequired> =>
  Effect.async((resume) => {
    const { stderr, stdin } = process
    const stop = () => {
      stdin.off("data", onData).off("end", onEnd).off("error", onEnd)
      stdin.pause()
    }
    const onData = (line: Buffer) => {
      stop()
      resume(Effect.succeed(/^\s*y(es)?\s*$/i.test(line.toString("utf8"))))
    }
    const onEnd = () => {
      stop()
      stderr.write("\n")
      resume(new CredentialRequired({ reason: "Cancelled", detail: "" }))
    }
    stderr.write(`? ${plainLine(question)} [y/N] `)
    // A terminal that is hung up may end with an error.
    stdin.on("data", onData).on("end", onEnd).on("error", onEnd)
    stdin.resume()
    return Effect.sync(stop)
  })
