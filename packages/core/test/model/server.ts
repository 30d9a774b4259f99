/**
 * The server's rule, and nothing else of it: a refresh token works once, and using it ends the pair it belongs to. Written
 * as data, since the explorer compares states.
 */
import { Token } from "@mlserver-auth/core"
import * as Redacted from "effect/Redacted"

/** A pair by name, `ada1.2`: whose it is, which log-in it came from, and how many renewals later. */
export type Pair = string

interface Chain {
  readonly principal: string
  live: number
  isRevoked: boolean
  /** Up to which generation access tokens have been declared dead. */
  refusedUpTo: number
}

const LIFE = 3_600_000

export const pairOf = (token: Token.Token): Pair => Redacted.value(token.accessToken)

export const partsOf = (pair: Pair): { readonly chain: number; readonly generation: number } => {
  const [, chain = "0", generation = "0"] = /^\D+(\d+)\.(\d+)$/.exec(pair) ?? []
  return { chain: Number(chain), generation: Number(generation) }
}

export class Server {
  readonly chains: Array<Chain> = []
  /** Renewals that worked. */
  renewals = 0

  grant(principal: string): Pair {
    this.chains.push({ principal, live: 1, isRevoked: false, refusedUpTo: 0 })
    return `${principal}${this.chains.length}.1`
  }

  /** The next pair; `used` where the refresh token had been used before, `revoked` where the chain was ended. */
  renew(pair: Pair): { readonly next: Pair } | "used" | "revoked" {
    const { chain, generation } = partsOf(pair)
    const found = this.chains[chain - 1]
    if (found === undefined || generation > found.live) throw new Error(`${pair} was never issued`)
    if (generation < found.live) return "used"
    if (found.isRevoked) return "revoked"
    found.live++
    this.renewals++
    return { next: `${found.principal}${chain}.${found.live}` }
  }

  /** A pair that is not the live one is unknown, and ends nothing. */
  revoke(pair: Pair): void {
    const { chain, generation } = partsOf(pair)
    const found = this.chains[chain - 1]
    if (found?.live === generation) found.isRevoked = true
  }

  /** Access tokens of today are refused from now on, as an administrator may want. */
  refuseAccess(): void {
    for (const chain of this.chains) chain.refusedUpTo = chain.live
  }

  isLive(pair: Pair): boolean {
    const { chain, generation } = partsOf(pair)
    const found = this.chains[chain - 1]
    return found !== undefined && found.live === generation && !found.isRevoked
  }

  /** Whether a request with this access token is let in. */
  accepts(pair: Pair): boolean {
    const { chain, generation } = partsOf(pair)
    return this.isLive(pair) && generation > (this.chains[chain - 1]?.refusedUpTo ?? 0)
  }

  state(): string {
    const each = this.chains.map((chain) => `${chain.principal}${chain.live}${chain.isRevoked ? "x" : ""}`)
    return `${each.join(",")}:${this.renewals}`
  }
}

const received = (pair: Pair, now: number): Token.Received => ({
  accessToken: Redacted.make(pair),
  refreshToken: Redacted.make(`refresh-${pair}`),
  obtainedAt: now,
  expiresAt: now + LIFE,
  clockDifference: undefined
})

/** The first token of a chain, as a client has it. */
export const firstToken = (pair: Pair, now: number): Token.Token =>
  Token.first(received(pair, now), pair.replace(/\d.*/, ""))

/** The next one. */
export const nextToken = (previous: Token.Token, pair: Pair, now: number): Token.Token =>
  Token.next(previous, received(pair, now))
