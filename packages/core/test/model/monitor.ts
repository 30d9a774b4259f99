/** What must hold. Watches every step, and keeps the first thing that must not be. */
import type { AuthError } from "@mlserver-auth/core"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type { Action, Scenario } from "./scenario.js"
import { type Pair, partsOf, type Server } from "./server.js"

/** How a session's work ends, or that of its signed client. */
export type Failure = AuthError.AuthError | HttpClientError.HttpClientError

/** What one process did and met. */
interface Facts {
  /** From the moment it wished to end the session. */
  leaving: boolean
  left: boolean
  /** The log-ins there had been when it wished that. */
  leftUpTo: number
  /** A sign-in that no sign-out has come after is under way. */
  entering: boolean
  as: string | undefined
  isCrashed: boolean
  /** It has begun to end in good order. */
  closing: boolean
  /** The pair that its renewal replaced, until the new one is saved. */
  unsaved: Pair | undefined
  /** Pairs whose renewal it sent, or may have sent, and whose successor never came to rest. */
  readonly lost: Array<Pair>
  /** Pairs that the server refused to it. */
  readonly refused: Array<Pair>
  metOutage: boolean
  /** By chain, the newest pair that it handed out. */
  readonly handedOut: Record<number, number>
}

/** How an action ended: the pair, or the tag and the reason of the error. */
export type Ending = { readonly pair: Pair | undefined } | { readonly error: Failure } | "defect"

export class Monitor {
  violation: string | undefined
  readonly facts: ReadonlyArray<Facts>
  /** Anything went wrong that nobody of ours did. */
  #faults = 0
  #ended = new Set<number>()
  #takenOver: number | undefined
  #buried = false
  /** By process, the chain that its sign-out is about. */
  readonly #leaving = new Map<number, number>()
  /** Saved while the same process signs out without the lock: its renewal notices, and takes it away again. */
  #passing: Pair | undefined
  /** What the store was put back to. */
  #restored: Pair | undefined
  /** Each declaration that access tokens are dead is a reason for one more renewal, and so is each wish for another one. */
  #reasons = 1
  /** Those declarations, since the beginning. */
  #declared = 0
  readonly #watching: boolean
  readonly #server: Server
  readonly #actions: ReadonlyArray<Action>

  constructor(scenario: Scenario, server: Server) {
    this.#server = server
    this.#watching = scenario.watching === true
    this.#actions = scenario.programs.flat(2)
    this.facts = scenario.programs.map(() => ({
      leaving: false,
      left: false,
      leftUpTo: 0,
      entering: false,
      as: undefined,
      isCrashed: false,
      closing: false,
      unsaved: undefined,
      lost: [],
      refused: [],
      metOutage: false,
      handedOut: {}
    }))
  }

  state(): string {
    const remembered = [
      [...this.#leaving],
      [...this.#ended],
      this.#faults,
      this.#takenOver,
      this.#buried,
      this.#passing,
      this.#restored,
      this.#reasons,
      this.#declared
    ]
    return JSON.stringify([this.facts, remembered])
  }

  crashed(process: number): void {
    this.#faults++
    const facts = this.#of(process)
    facts.isCrashed = true
    if (facts.unsaved !== undefined) facts.lost.push(facts.unsaved)
  }

  /** A renewal was answered with a new pair, which is in memory only as yet. */
  renewed(process: number, pair: Pair): void {
    this.#of(process).unsaved = pair
  }

  /** A renewal that was sent, or may have been, gets no answer. */
  lost(process: number, pair: Pair): void {
    this.#faults++
    this.#of(process).lost.push(pair)
  }

  restored(pair: Pair | undefined): void {
    this.#restored = pair
  }

  revoked(): void {
    this.#reasons++
    this.#declared++
  }

  outage(process: number): void {
    this.#faults++
    this.#of(process).metOutage = true
  }

  /** A used refresh token was sent: nobody could know better only if its successor was lost on the way. */
  reused(process: number, pair: Pair): void {
    if (!this.#isLost(pair)) this.#fail(`P${process + 1} sent the used ${pair} again`)
  }

  refused(process: number, pair: Pair): void {
    this.#of(process).refused.push(pair)
  }

  saved(process: number, pair: Pair): void {
    this.#of(process).unsaved = undefined
    if (this.#of(process).leaving) this.#passing = pair
  }

  removed(process: number, pair: Pair): void {
    const { leaving, refused } = this.#of(process)
    const { chain, generation } = partsOf(pair)
    const isOlder = refused.some((each) => partsOf(each).chain === chain && partsOf(each).generation >= generation)
    if (isOlder) this.#buried = true
    else if (!leaving) this.#fail(`P${process + 1} removed ${pair} without proof that it is dead`)
  }

  /** A session gave a token to its caller, who had met a 401 with another one, or with none. */
  returned(process: number, pair: Pair, rejected: Pair | undefined, hasEnded: boolean): void {
    if (pair === rejected) this.#fail(`P${process + 1} handed out ${pair} to who had it rejected`)
    if (hasEnded) this.#fail(`P${process + 1} handed out ${pair}, which has ended`)
    const { as, entering, handedOut, leaving, leftUpTo, refused } = this.#of(process)
    const { chain, generation } = partsOf(pair)
    const newest = handedOut[chain] ?? 0
    if (generation < newest) this.#fail(`P${process + 1} handed out ${pair} after a newer one`)
    handedOut[chain] = Math.max(newest, generation)
    const isLater = entering && partsOf(pair).chain > leftUpTo
    if (leaving && !isLater) this.#fail(`P${process + 1} handed out ${pair} after its sign-out`)
    if (refused.includes(pair)) this.#fail(`P${process + 1} handed out ${pair}, which it knows to be dead`)
    if (as !== undefined && !pair.startsWith(as))
      this.#fail(`P${process + 1} handed out ${pair} after signing in as ${as}`)
  }

  began(process: number, action: Action, stored: Pair | undefined): void {
    const facts = this.#of(process)
    if (action === "close") facts.closing = true
    if (action === "refresh") this.#reasons++
    if (action === "signInAsOlga") facts.entering = true
    if (action !== "signOut") return
    Object.assign(facts, { leaving: true, leftUpTo: this.#server.chains.length, entering: false, as: undefined })
    if (stored !== undefined) this.#leaving.set(process, partsOf(stored).chain)
  }

  ended(process: number, action: Action, ending: Ending): void {
    const facts = this.#of(process)
    if (ending === "defect") return this.#fail(`${action} of P${process + 1} ended with a defect`)
    if ("error" in ending) return this.#judge(process, action, ending.error)
    if (action === "signOut") {
      facts.left = true
      const chain = this.#leaving.get(process)
      if (chain !== undefined) this.#ended.add(chain)
    }
    if (action === "signInAsOlga" && ending.pair !== undefined && facts.entering) {
      Object.assign(facts, { leaving: false, entering: false, as: "olga" })
      this.#takenOver = partsOf(ending.pair).chain
    }
  }

  /** Nobody is told that the session is over, or that anything failed, without a reason that happened. */
  #judge(process: number, action: Action, error: Failure): void {
    const facts = this.#of(process)
    const reason = "reason" in error ? error.reason : ""
    const others = this.#actions.includes("signOut") || this.#actions.includes("signInAsOlga")
    const told = {
      RenewalUncertain: facts.lost.length > 0 || facts.closing,
      // The end of the program came before anything was sent.
      ConfigurationInvalid: facts.closing,
      ServerUnavailable: facts.metOutage,
      // Which of the two it is depends on whether this process lost the answer itself.
      SessionExpired: facts.refused.some((pair) => (reason === "LostAnswer") === facts.lost.includes(pair)),
      CredentialRequired: reason === "SignedOut" ? facts.leaving || facts.left || others : others || this.#buried,
      // The 401 loop's own end: what it was let in with was ended meanwhile.
      RequestUnauthorized: others || this.#faults > 0 || this.#declared > 0
    }
    const isTrue = Object.entries(told).some(([tag, holds]) => tag === error._tag && holds)
    if (!isTrue)
      this.#fail(`${action} of P${process + 1} ended with ${error._tag} ${reason}, and nothing happened for that`)
  }

  /** Of every state. */
  check(stored: Pair | undefined): void {
    if (this.#server.renewals > this.#reasons) this.#fail("there was more than one renewal")
    if (stored === undefined) {
      const signedOut = this.facts.some((each) => each.leaving || each.left)
      if (!signedOut && !this.#buried) this.#fail("the store lost the pair")
      return
    }
    const { chain, generation } = partsOf(stored)
    const live = this.#server.chains[chain - 1]?.live ?? 0
    if (live - generation > 1 && stored !== this.#restored)
      this.#fail(`the store holds ${stored}, which is neither the old pair nor the new one`)
    if (this.#ended.has(chain) && stored !== this.#passing)
      this.#fail(`the store holds ${stored}, whose session was ended`)
    if (this.#takenOver !== undefined && chain < this.#takenOver) {
      this.#fail(`the store holds ${stored}, though somebody else has signed in`)
    }
  }

  /** Of a state in which nothing is left to happen. */
  checkEnd(stored: Pair | undefined, waiting: ReadonlyArray<number>): void {
    for (const process of waiting) this.#fail(`P${process + 1} waits for ever`)
    const isLeft = stored !== undefined && this.#ended.has(partsOf(stored).chain)
    if (isLeft) this.#fail(`the store holds ${stored}, whose session was ended`)
    const isDead = stored !== undefined && !this.#server.isLive(stored)
    // Who does not follow the store learns of it with the next renewal.
    const isUnseen = stored === this.#restored && !this.#watching
    if (isDead && !isUnseen && !this.#isLost(stored)) this.#fail(`the store is left with the dead ${stored}`)
    // A server that was not reached could not be told.
    if (this.#faults > 0) return
    for (const [at, chain] of this.#server.chains.entries()) {
      const isOver = this.#ended.has(at + 1) || (this.#takenOver !== undefined && at + 1 < this.#takenOver)
      if (isOver && !chain.isRevoked) this.#fail(`${chain.principal}'s session lives on at the server`)
    }
  }

  /** In the end, of a program that follows the store. */
  holds(process: number, held: Pair | undefined, stored: Pair | undefined): void {
    if (held !== undefined && held !== stored)
      this.#fail(`P${process + 1} goes on with ${held}, where ${stored} is stored`)
  }

  #isLost(pair: Pair): boolean {
    return this.facts.some(({ lost }) => lost.includes(pair))
  }

  #of(process: number): Facts {
    const facts = this.facts[process]
    if (facts === undefined) throw new Error(`there is no P${process + 1}`)
    return facts
  }

  #fail(what: string): void {
    this.violation ??= what
  }
}
