/** What is said where an answer cannot be written. No Effect: the direct paths of `mls` say it too. */
import { ExitCode } from "./exitCode.js"

const GONE: ReadonlySet<string> = new Set(["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"])

/** Node's code of it; `unknown` where it has none. */
export const codeOf = (error: unknown): string =>
  (error instanceof Error && "code" in error && typeof error.code === "string" && error.code) || "unknown"

/** Whether the program that reads has left, which is no failure. */
export const isGone = (code: string): boolean => GONE.has(code)

/** What happened, without a full stop. */
export const messageOf = (code: string, to = "stdout"): string => `The answer could not be written to ${to} (${code})`

/** What to do, where the answer went to stdout. */
export const FIX = "Check where stdout goes."

/** The end of a direct path whose answer cannot be written, as the program would tell it: nothing of a reader who has left. */
export const broken = (error: unknown): void => {
  const code = codeOf(error)
  if (isGone(code)) return
  process.exitCode = ExitCode.configuration
  process.stderr.write(`✗ ${messageOf(code)}\n  Do: ${FIX}\n`)
}
