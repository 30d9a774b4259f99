/**
 * Addresses that a renewal did not help. One that answers 401 whatever it is sent would have the token renewed for each of
 * its callers, and each renewal is a 401 for all other callers whose request is under way.
 */

/** How long it is remembered, in milliseconds: what was wrong may have been mended since. */
const REMEMBERED = 60_000

/** More addresses than that are not told apart by their callers. */
const MOST = 256

/** Instants are of the monotonic clock, in milliseconds. */
export class RenewedInVain {
  readonly #until = new Map<string, number>()

  get isEmpty(): boolean {
    return this.#until.size === 0
  }

  note(address: string, now: number): void {
    this.#until.delete(address)
    this.#until.set(address, now + REMEMBERED)
    if (this.#until.size <= MOST) return
    for (const [oldest] of this.#until) return void this.#until.delete(oldest)
  }

  /** It answered something else. */
  forget(address: string): void {
    this.#until.delete(address)
  }

  holds(address: string, now: number): boolean {
    const until = this.#until.get(address)
    if (until === undefined) return false
    if (now < until) return true
    this.#until.delete(address)
    return false
  }
}
