/**
 * What one look of `mls doctor` came to, and what all of them together do.
 */
import * as Data from "effect/Data"
import { ExitCode } from "../cli/exitCode.js"
import { plainLine } from "../text/sanitize.js"

/** What is looked at, in this order. */
export const IDS = [
  "config",
  "profile",
  "store",
  "lock",
  "token",
  "proxy",
  "dns",
  "tcp",
  "tls",
  "server",
  "clock",
  "login",
  "authority",
  "call",
  "cors"
] as const
/** What is looked at. */
export type Id = (typeof IDS)[number]

/** What one look came to. */
export interface Finding {
  readonly verdict: "ok" | "FAIL" | "skip"
  /** What was seen. No secret. */
  readonly message: string
  /** What to type or to do, where something failed. */
  readonly fix?: string | undefined
  /** The exit code of a failure. */
  readonly exit?: number | undefined
}

/** The same of a look that has a name. */
export interface Check extends Finding {
  readonly id: Id
}

/** Longer than any message of ours; what servers say is cut there. */
const LONGEST = 400

const tidy = (text: string): string => plainLine(text).slice(0, LONGEST)

/** Nothing to be done. */
export const ok = (message: string): Finding => ({ verdict: "ok", message: tidy(message) })

/** Not looked at, and why. */
export const skip = (message: string): Finding => ({ verdict: "skip", message: tidy(message) })

/** Something to be done, with the exit code of such a failure. */
export const failed =
  (exit: number) =>
  (message: string, fix: string): Finding => ({ verdict: "FAIL", message: tidy(message), fix: plainLine(fix), exit })

/** A setting is to be put right. */
export const wrong = failed(ExitCode.configuration)
/** Something is not reached. */
export const unreachable = failed(ExitCode.unreachable)
/** A person must sign in. */
export const signedOut = failed(ExitCode.signInRequired)
/** Another program holds the lock. */
export const locked = failed(ExitCode.locked)

/** What has to be put right before the next can be: settings, then the way to the server, then the sign-in. */
const WORST = [ExitCode.configuration, ExitCode.unreachable, ExitCode.locked] as const

/** Something failed. Everything of it was told already. */
export class ChecksFailed extends Data.TaggedError("ChecksFailed")<{
  readonly exit: number
  readonly failed: ReadonlyArray<Id>
}> {
  /** What to do was said beside each of them. */
  readonly fix: ReadonlyArray<string> = []
  get transient(): boolean {
    return this.exit === ExitCode.unreachable
  }
  override get message(): string {
    const { length } = this.failed
    return `${length === 1 ? "One check" : `${length} checks`} failed: ${this.failed.join(", ")}`
  }
}

/** What the checks come to, where one of them failed. */
export const failureOf = (checks: ReadonlyArray<Check>): ChecksFailed | undefined => {
  const failed = checks.filter(({ verdict }) => verdict === "FAIL")
  if (failed.length === 0) return undefined
  const exit = WORST.find((code) => failed.some((check) => check.exit === code)) ?? ExitCode.signInRequired
  return new ChecksFailed({ exit, failed: failed.map(({ id }) => id) })
}
