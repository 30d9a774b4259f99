/**
 * Runs fibers so that nothing happens by itself: whatever a fiber asks of the world outside parks here, as offers of how
 * it may go on, until somebody takes one. Between two of those steps everything is synchronous and in a fixed order, so
 * the same offers taken again lead to the same state.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import type * as Scheduler from "effect/Scheduler"

/** One way in which what is parked may go on: to its end, or to the next offers. */
export interface Offer<A, E> {
  /** What happens, with what the process sees of it: the labels taken so far are all that a process knows. */
  readonly label: string
  readonly take: () => Exit.Exit<A, E> | Offers<A, E>
}
/** Asked again in every state: a lock that is held offers nothing. */
export type Offers<A, E> = () => ReadonlyArray<Offer<A, E>>

/** Something that may happen next. */
export interface Step {
  readonly label: string
  readonly take: () => void
}

export interface ParkOptions {
  /** Passes only with time, which moves to this instant. */
  readonly due?: number
  readonly isMoment?: boolean
  /** The fiber was interrupted, or its process died, before it got an answer. */
  readonly onCut?: () => void
}

interface Parked {
  readonly process: number
  readonly due: number | undefined
  readonly isMoment: boolean
  readonly steps: () => ReadonlyArray<Step>
  readonly cut: () => void
  readonly kill: () => void
}

/** Milliseconds: a wait so short that anything may come before its end or after it, and no clock tells. */
const MOMENT = 50

const noSpans = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> => Effect.withTracerEnabled(effect, false)

export class Machine implements Scheduler.Scheduler {
  now = Date.UTC(2026, 0, 1)
  /** All that happened in each process, in order. */
  readonly history: Array<Array<string>>
  readonly #tasks: Array<Scheduler.Task> = []
  readonly #parked = new Set<Parked>()
  readonly #dead = new Set<Parked>()
  readonly #parkedSoFar: Array<number> = []
  readonly #moments: boolean
  #isOver = false

  /** `moments`: the shortest waits end at any time, and not only when nothing else can happen. */
  constructor(processes: number, moments: boolean) {
    this.#moments = moments
    this.history = Array.from({ length: processes }, () => [])
  }

  scheduleTask(task: Scheduler.Task): void {
    this.#tasks.push(task)
  }

  /** Fibers give way only where they park. */
  shouldYield(): false {
    return false
  }

  /** Starts an effect in a process and runs it up to where it parks. */
  start<A, E>(process: number, effect: Effect.Effect<A, E>, onEnd: (exit: Exit.Exit<A, E>) => void): void {
    const quiet = Logger.withMinimumLogLevel(noSpans(effect), LogLevel.None)
    const fiber = Effect.runFork(Effect.withClock(quiet, this.#clockOf(process)), { scheduler: this })
    fiber.addObserver(onEnd)
    this.#drain()
  }

  park<A, E>(process: number, offers: Offers<A, E>, options: ParkOptions = {}): Effect.Effect<A, E> {
    return Effect.async<A, E>((resume) => {
      if (this.#isOver) return resume(Exit.die("over"))
      const serial = (this.#parkedSoFar[process] ?? 0) + 1
      this.#parkedSoFar[process] = serial
      let current = offers
      const finish = (exit: Exit.Exit<A, E>) => {
        this.#parked.delete(parked)
        resume(exit)
        this.#drain()
      }
      const take = (offer: Offer<A, E>) => {
        // Two fibers of one process may wait for the same: which of them went on is part of what happened.
        this.history[process]?.push(`${serial} ${offer.label}`)
        if (options.due !== undefined) this.now = Math.max(this.now, options.due)
        const next = offer.take()
        if (typeof next === "function") current = next
        else finish(next)
      }
      const name = `P${process + 1} `
      const parked: Parked = {
        process,
        due: options.due,
        isMoment: options.isMoment === true,
        steps: () => current().map((offer) => ({ label: name + offer.label, take: () => take(offer) })),
        cut: () => options.onCut?.(),
        kill: () => finish(Exit.die("over"))
      }
      this.#parked.add(parked)
      return Effect.sync(() => {
        if (this.#parked.delete(parked)) parked.cut()
      })
    })
  }

  /** What may happen to what is parked: without time passing, when it passes, or when more than a moment of it does. */
  steps(when: "now" | "later" | "much later"): ReadonlyArray<Step> {
    const may = ({ due, isMoment }: Parked) =>
      when === "now" ? due === undefined : due !== undefined && (when === "later" || !isMoment)
    return [...this.#parked].filter(may).flatMap((each) => each.steps())
  }

  /** Whether a process waits for anything. */
  isWaiting(process: number): boolean {
    for (const each of this.#parked) if (each.process === process) return true
    return false
  }

  /** Ends a process between two of its steps: none of its fibers ever goes on, so none of its finalizers runs. */
  crash(process: number): void {
    for (const each of [...this.#parked].filter((parked) => parked.process === process)) {
      this.#parked.delete(each)
      this.#dead.add(each)
      each.cut()
    }
  }

  /** Lets every fiber end, since the runtime remembers those that did not. What they do then is of no account. */
  dispose(): void {
    this.#isOver = true
    for (const each of [...this.#dead, ...this.#parked]) each.kill()
  }

  /** Lets whoever was told something begin with it. */
  settle(): void {
    this.#drain()
  }

  #drain(): void {
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) task()
  }

  /** Time passes when somebody who sleeps is woken, and by nothing else. */
  #clockOf(process: number): Clock.Clock {
    const millis = () => this.now
    return {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      unsafeCurrentTimeMillis: millis,
      unsafeCurrentTimeNanos: () => BigInt(this.now) * 1_000_000n,
      currentTimeMillis: Effect.sync(millis),
      currentTimeNanos: Effect.sync(() => BigInt(this.now) * 1_000_000n),
      sleep: (duration) =>
        Effect.suspend(() => {
          const label = `has waited for ${Duration.format(duration)}`
          const millis = Duration.toMillis(duration)
          const isMoment = millis < MOMENT
          const passes = this.#moments && isMoment ? {} : { due: this.now + millis, isMoment }
          return this.park(process, () => [{ label, take: () => Exit.void }], passes)
        })
    }
  }
}
