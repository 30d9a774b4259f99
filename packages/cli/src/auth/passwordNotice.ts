/**
 * A password in the environment is for programs that run without a person. A person at a terminal is told once what that
 * means; the next time they know.
 */
import * as PrivateFile from "@mlserver-auth/node/PrivateFile"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as ConfigFile from "../config/files/file.js"
import { Invocation } from "../cli/invocation.js"
import { Output } from "../cli/output.js"
import * as ReaderShell from "../text/shellQuote.js"

const NOTICE =
  "The password comes from MLS_PASSWORD, which every program that you start from here can read. Use `mls login` once, or " +
  "--password-stdin, to avoid that. mls says this only once."

/** Beside the tokens. That it is there is all that it says. */
const marker = Effect.map(ConfigFile.stateDirectory, (directory) => Path.join(directory, "password-notice"))

const wasTold = (path: string) =>
  Effect.promise(() =>
    Fs.access(path).then(
      () => true,
      () => false
    )
  )

/** Tells it, unless there is no person (no terminal, `CI`, `MLS_NO_INPUT`, `--no-input`), or it was told before. */
export const tell = Effect.gen(function* () {
  if (!(yield* Invocation).interactive) return
  const path = yield* Effect.orElseSucceed(marker, () => undefined)
  // What cannot be remembered would be said every time.
  if (path === undefined || (yield* wasTold(path))) return
  yield* Effect.ignore(PrivateFile.replace(path, ""))
  yield* (yield* Output).marked("!", NOTICE)
})

const LINE_BREAK =
  "MLS_PASSWORD ends with a line break, and mls sends it as part of the password. Is it from a file? " +
  `\`${ReaderShell.fromFile("MLS_PASSWORD")}\` leaves it out.`

/** Told each time and to programs too, before it is sent: a password that is refused a few times locks the account. */
export const warnOfLineBreak = (password: string) =>
  /[\r\n]$/.test(password) ? Effect.flatMap(Output, ({ marked }) => marked("!", LINE_BREAK)) : Effect.void
