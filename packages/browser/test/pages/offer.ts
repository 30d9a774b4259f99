/** What a page's program offers to the test in Node.js. */
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"

type Offered = Readonly<Record<string, (argument: never) => unknown>>

/** Puts functions where the test finds them. */
export const offer = (functions: Offered): void => {
  Object.assign(globalThis, { offered: { ...(globalThis as { offered?: Offered }).offered, ...functions } })
}

/** How something ended, as a test can read it: errors by their tag, reason and words. */
export type Told<A> =
  | { readonly ok: true; readonly value: A }
  | {
      readonly ok: false
      readonly tag: string
      readonly reason: string
      readonly message: string
      readonly json: string
    }

export const told = <A, E>(exit: Exit.Exit<A, E>): Told<A> => {
  if (Exit.isSuccess(exit)) return { ok: true, value: exit.value }
  const error: unknown = Option.getOrElse(Cause.failureOption(exit.cause), () => Cause.squash(exit.cause))
  const { _tag = "Defect", message = "", operation, reason = operation ?? "" } = Object(error) as Record<string, string>
  return { ok: false, tag: _tag, reason, message, json: JSON.stringify(error) }
}

export type { Effect }
