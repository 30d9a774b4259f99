/**
 * A file that only its owner can read, replaced as a whole: for what a program remembers beside its tokens.
 */
import * as Effect from "effect/Effect"
import * as Files from "./internal/privateFiles.js"

/**
 * Puts a text in the place of a file: a reader sees the old one or the new one, also after a power failure. Mode 0600
 * from its creation; a directory that is missing is made with 0700. Fails with Node's code (`EACCES`, `ENOSPC`, …), and
 * then leaves what was there. A symbolic link is replaced, not followed.
 *
 * @example
 * import { PrivateFile } from "@mlserver-auth/node"
 *
 * const saved = PrivateFile.replace("/home/ada/.config/report/settings.json", "{}")
 */
export const replace = (path: string, text: string): Effect.Effect<void, string> =>
  Effect.tryPromise({ try: () => Files.create(path, text), catch: Files.codeOf }).pipe(Effect.uninterruptible)
