/**
 * How many requests are under way to one place. Not left to `maxSockets` of Node's agents: they do not count connections
 * that are being made through a proxy, and a request that waits in them is hard to tell from one that was sent.
 */
export interface Waiter {
  readonly begin: () => void
}

export class Gate {
  private readonly limit: number
  private readonly waiting = new Set<Waiter>()
  private active = 0

  constructor(limit: number) {
    this.limit = limit
  }

  /** Begins at once, or when those before have ended. */
  enter(waiter: Waiter): void {
    if (this.active >= this.limit) return void this.waiting.add(waiter)
    this.active++
    waiter.begin()
  }

  /** Whether it was still waiting. */
  leave(waiter: Waiter): boolean {
    return this.waiting.delete(waiter)
  }

  /** One that began has ended. Its connection is put back right after the event that says so, and is to be used again. */
  release(): void {
    if (this.waiting.size === 0) this.active--
    else process.nextTick(() => this.next())
  }

  get isIdle(): boolean {
    return this.active === 0 && this.waiting.size === 0
  }

  private next(): void {
    for (const waiter of this.waiting) {
      this.waiting.delete(waiter)
      return waiter.begin()
    }
    this.active--
  }
}
