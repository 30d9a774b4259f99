/** What goes wrong with a browser's storage, as the failure of a store with what to do about it. */
import { StoreUnavailable } from "@mlserver-auth/core/AuthError"
import * as Effect from "effect/Effect"

export type Operation = StoreUnavailable["operation"]

/** Something of ours that no `DOMException` names. */
export class Obstacle extends Error {
  readonly fix: string
  constructor(problem: string, fix: string) {
    super(problem)
    this.fix = fix
  }
}

/** An action of the browser, synchronous or not, with its errors typed. */
export const attempt = <A>(
  place: string,
  operation: Operation,
  action: () => A | PromiseLike<A>
): Effect.Effect<A, StoreUnavailable> =>
  Effect.tryPromise({ try: async () => action(), catch: (cause) => unavailable(place, operation, cause) })

export const unavailable = (place: string, operation: Operation, cause: unknown): StoreUnavailable => {
  if (cause instanceof Obstacle) {
    return new StoreUnavailable({ operation, problem: cause.message, fix: cause.fix, retryable: false })
  }
  const name = nameOf(cause)
  const { fix, problem, retryable } = (Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined) ?? {
    ...UNKNOWN,
    problem: `${name} was reported`
  }
  return new StoreUnavailable({ operation, problem: `${place}: ${problem}`, fix, retryable })
}

/** `DOMException.name`; its message may quote what was to be stored. */
const nameOf = (cause: unknown): string =>
  cause instanceof Error || cause instanceof DOMException ? cause.name : "an error"

interface Words {
  readonly problem: string
  readonly fix: string
  readonly retryable: boolean
}

const UNKNOWN: Words = { problem: "", fix: "Try again; if it stays so, reload the page.", retryable: true }

const KNOWN: Readonly<Record<string, Words>> = {
  QuotaExceededError: {
    problem: "the storage that the browser gives to this site is full",
    fix: "Free some of it (what else does this site store?) and try again.",
    retryable: true
  },
  SecurityError: {
    problem: "the browser does not let this page store anything",
    fix: "Allow site data (cookies) for this site, leave the sandboxed frame, or keep tokens in memory.",
    retryable: false
  },
  VersionError: {
    problem: "it was written by a newer version of this program",
    fix: "Reload the page to get the newer version.",
    retryable: false
  }
}

/** What this program must leave alone. */
export const newer = (place: string, operation: Operation): StoreUnavailable =>
  unavailable(place, operation, new DOMException("", "VersionError"))
