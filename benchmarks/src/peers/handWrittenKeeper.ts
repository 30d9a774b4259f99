/** What a careful program without Effect would write by hand: one token pair, one renewal at a time. */

export interface Pair {
  readonly accessToken: string
  readonly refreshToken: string
  readonly expiresAt: number
}

export class HandWrittenKeeper {
  #pair: Pair
  #header: string
  #quietUntil: number
  #renewing: Promise<string> | undefined
  readonly #renew: (refreshToken: string) => Promise<Pair>

  constructor(pair: Pair, renew: (refreshToken: string) => Promise<Pair>) {
    this.#pair = pair
    this.#renew = renew
    this.#header = `Bearer ${pair.accessToken}`
    this.#quietUntil = pair.expiresAt - 300_000
  }

  headerIfFresh(): string | undefined {
    return Date.now() < this.#quietUntil ? this.#header : undefined
  }

  async header(): Promise<string> {
    return this.headerIfFresh() ?? (this.#renewing ??= this.#renewed())
  }

  async #renewed(): Promise<string> {
    try {
      this.#pair = await this.#renew(this.#pair.refreshToken)
      this.#quietUntil = this.#pair.expiresAt - 300_000
      return (this.#header = `Bearer ${this.#pair.accessToken}`)
    } finally {
      this.#renewing = undefined
    }
  }
}
