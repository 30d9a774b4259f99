/** The answers of `mls doctor`, read. */
import { assert } from "vitest"
import * as Sandbox from "./Sandbox.js"

/** One look. */
export interface Check {
  readonly id: string
  readonly verdict: "ok" | "FAIL" | "skip"
  readonly message: string
  readonly fix?: string
}

const all = ({ stdout }: Sandbox.Ended) => (Sandbox.jsonOf(stdout) as { readonly checks: ReadonlyArray<Check> }).checks

/** The look of this name, of a run with --json. */
export const check = (ended: Sandbox.Ended, id: string): Check => {
  const found = all(ended).find((one) => one.id === id)
  assert(found !== undefined, `no look at ${id}`)
  return found
}

/** The names of the looks that came out so. */
export const those = (ended: Sandbox.Ended, verdict: Check["verdict"]): ReadonlyArray<string> =>
  all(ended).flatMap((one) => (one.verdict === verdict ? [one.id] : []))

/** That it failed, with what was seen and what to do. */
export const assertFailed = (ended: Sandbox.Ended, id: string, message: RegExp, fix: RegExp): void => {
  const found = check(ended, id)
  assert.strictEqual(found.verdict, "FAIL", found.message)
  assert.match(found.message, message)
  assert.match(found.fix ?? "", fix)
}
