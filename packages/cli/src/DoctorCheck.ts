/**
 * What one look of `mls doctor` came to, and what all of them together do.
 */
import * as Data from "effect/Data"
import { ExitCode } from "./ExitCode.js"
import { plainLine } from "./Plain.js"

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

/** One look. */
export interface Check {
  readonly id: Id
  readonly verdict: "ok" | "FAIL" | "skip"
  /** What was seen. No secret. */
  readonly message: string
  /** What to type or to do, where something failed. */
  readonly fix?: string | undefined
  /** The exit code of a failure. */
  readonly exit?: number | undefined
}

/** Longer than any message of ours; what servers say is cut there. */
const LONGEST = 400

const tidy = (text: string): string => plainLine(text).slice(0, LONGEST)

/** Nothing to be done. */
export const ok = (id: Id, message: string): Check => ({ id, verdict: "ok", message: tidy(message) })

/** Not looked at, and why. */
export const skip = (id: Id, message: string): Check => ({ id, verdict: "skip", message: tidy(message) })

/** Something to be done. */
export const fail = (id: Id, exit: number, message: string, fix: string): Check => ({
  id,
  verdict: "FAIL",
  message: tidy(message),
  fix: plainLine(fix),
  exit
})

/** Each of them not looked at, for one reason. */
export const skipAll = (ids: ReadonlyArray<Id>, message: string): ReadonlyArray<Check> =>
  ids.map((id) => skip(id, message))

/** In the order of `IDS`. */
export const ordered = (checks: ReadonlyArray<Check>): ReadonlyArray<Check> =>
  IDS.flatMap((id) => checks.filter((check) => check.id === id))

/** What has to be put right before the next can be: settings, then the way to the server, then the sign-in. */
const WORST = [ExitCode.configuration, ExitCode.unreachable, ExitCode.locked] as const

/** Something failed. Everything of it was told already. */
export class ChecksFailed extends Data.TaggedError("ChecksFailed")<{
  readonly exit: number
  readonly failed: ReadonlyArray<Id>
}> {
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
