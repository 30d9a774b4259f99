/**
 * A time limit of the wire. After sleep, Ctrl-Z or a busy thread a timer runs before what has arrived meanwhile is read: one
 * that is noticed late lets it be read first.
 */
import * as TimeLimit from "@mlserver-auth/core/TimeLimit"

/** How late a timer may be that says nothing about this program, in milliseconds. */
const PUNCTUAL = 50

/** How often a program that was away again may look once more. */
const TURNS = 3

export interface Limit {
  /** Begins anew. */
  readonly refresh: () => void
  readonly clear: () => void
}

/** Calls back once, after so many milliseconds; 0 is no limit. */
export const start = (millis: number, onPassed: () => void): Limit | undefined => {
  if (millis === 0) return undefined
  let due = performance.now() + millis
  let turns = 0
  let looking: NodeJS.Timeout | undefined
  const wake = (): void => {
    const grace = turns++ < TURNS ? TimeLimit.graceAfter(performance.now() - due - PUNCTUAL) : 0
    if (grace === 0) return onPassed()
    due = performance.now() + grace
    looking = setTimeout(wake, grace)
    return undefined
  }
  const timer = setTimeout(wake, millis)
  return {
    refresh: () => {
      clearTimeout(looking)
      turns = 0
      due = performance.now() + millis
      timer.refresh()
    },
    clear: () => {
      clearTimeout(timer)
      clearTimeout(looking)
    }
  }
}
