/**
 * A time limit of the wire. After sleep, Ctrl-Z or a busy thread a timer runs before what has arrived meanwhile is read. So
 * each lets the sockets be read once before it passes, and one that is noticed late lets them be read for a while.
 */
import { graceAfter } from "@mlserver-auth/core/Lateness"

/** How late a timer may be that says nothing about this program, in milliseconds. */
const PUNCTUAL = 50

/** How often a program that was away again may look once more. */
const TURNS = 3

export interface Limit {
  readonly clear: () => void
}

/**
 * One timer for many limits, which wakes at the earliest: a timer for each request costs more than what it guards. Keeps no
 * program alive: where something is waited for there is a connection that does.
 */
export class Alarm {
  private readonly look: (now: number) => number
  private timer: NodeJS.Timeout | undefined = undefined
  private at = Number.POSITIVE_INFINITY

  /** `look` does what is due and says when it wants to look again, by `performance.now()`. */
  constructor(look: (now: number) => number) {
    this.look = look
  }

  /** Looks at that time at the latest. */
  by(due: number): void {
    if (due >= this.at) return
    clearTimeout(this.timer)
    this.at = due
    this.timer = setTimeout(() => this.wake(), Math.max(Math.ceil(due - performance.now()), 1)).unref()
  }

  private wake(): void {
    this.at = Number.POSITIVE_INFINITY
    this.by(this.look(performance.now()))
  }
}

/** The limits of all requests of a client. */
export class Watch<What> {
  readonly running = new Set<Timer<What>>()
  readonly alarm = new Alarm((now) => this.look(now))

  closed = false

  /** Ends all of them, for this reason. */
  close(what: What): void {
    this.closed = true
    for (const timer of this.running) timer.pass(what)
  }

  private look(now: number): number {
    let next = Number.POSITIVE_INFINITY
    for (const timer of this.running) next = Math.min(next, timer.look(now))
    return next
  }
}

/** What one request waits for, one thing at a time; `What` names it for the one who is called back. */
export class Timer<What> {
  private readonly watch: Watch<What>
  private readonly onPassed: (what: What) => void
  private due = Number.POSITIVE_INFINITY
  private millis = 0
  private turns = 0
  private what: What | undefined = undefined

  constructor(watch: Watch<What>, onPassed: (what: What) => void) {
    this.watch = watch
    this.onPassed = onPassed
  }

  begin(): void {
    this.watch.running.add(this)
  }

  /** In place of what was waited for; 0 milliseconds are no limit. */
  start(what: What, millis: number): void {
    this.what = what
    this.millis = millis
    if (millis === 0) return this.clear()
    this.due = performance.now() + millis
    this.turns = 0
    return this.watch.alarm.by(this.due)
  }

  /** Starts the limit anew, where the caller waits for something. */
  refresh(): void {
    if (this.what !== undefined) this.start(this.what, this.millis)
  }

  clear(): void {
    this.what = undefined
    this.due = Number.POSITIVE_INFINITY
  }

  /** Nothing will be waited for. */
  end(): void {
    this.clear()
    this.watch.running.delete(this)
  }

  /** Whether it is due; says when to look again. */
  look(now: number): number {
    const { due, what } = this
    if (what === undefined || due > now) return due
    const grace = graceOf(this.turns++, now - due)
    if (grace > 0) return (this.due = now + grace)
    setImmediate(() => this.passAt(what, due))
    return Number.POSITIVE_INFINITY
  }

  /** Passes, unless what was read meanwhile has put it off or called it off. */
  private passAt(what: What, due: number): void {
    if (this.what === what && this.due === due) this.pass(what)
  }

  pass(what: What): void {
    this.clear()
    this.onPassed(what)
  }
}

const graceOf = (turn: number, late: number): number => (turn < TURNS ? graceAfter(late - PUNCTUAL) : 0)

/** Calls back once, after so many milliseconds; 0 is no limit. */
export const start = (millis: number, onPassed: () => void): Limit | undefined => {
  if (millis === 0) return undefined
  let due = performance.now() + millis
  let turns = 0
  let looking: NodeJS.Timeout | undefined
  let passing: NodeJS.Immediate | undefined
  const wake = (): void => {
    const grace = graceOf(turns++, performance.now() - due)
    if (grace === 0) return void (passing = setImmediate(onPassed))
    due = performance.now() + grace
    looking = setTimeout(wake, grace)
    return undefined
  }
  const timer = setTimeout(wake, millis)
  return {
    clear: () => {
      clearTimeout(timer)
      clearTimeout(looking)
      clearImmediate(passing)
    }
  }
}
