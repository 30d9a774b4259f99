/** The two ports of a session, each of whose operations is a step that somebody else takes. */
import { AuthError, type TokenIssuer, TokenKey, type Token, TokenStore } from "@mlserver-auth/core"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import type { Machine, Offer, Offers } from "./machine.js"
import type { Monitor } from "./monitor.js"
import type { Faults, Scenario } from "./scenario.js"
import { firstToken, nextToken, type Pair, pairOf, type Server } from "./server.js"

export const SERVER = "https://mls.example"
const DAY = 86_400_000

/** What all processes share. */
export interface Shared {
  readonly scenario: Scenario
  readonly machine: Machine
  readonly server: Server
  readonly monitor: Monitor
  /** What may still go wrong. */
  readonly left: { -readonly [fault in keyof Faults]: number }
  record: Token.Token | undefined
  /** What the record was before the last write. */
  before: Token.Token | undefined
  holder: number | undefined
  /** Of each program that lives. */
  readonly watchers: Map<number, TokenStore.Watchers>
  /** How many of each program are told of changes. */
  readonly listening: Map<number, number>
  /** Renewals whose sender does not wait any more, and which may arrive yet. */
  readonly adrift: Array<{ readonly process: number; readonly pair: Pair }>
}

const storedPair = (shared: Shared): string => (shared.record === undefined ? "nothing" : pairOf(shared.record))

/** An operation of the store in one step, or, in the finest steps, in being done and being known to be. */
const operation = <A>(shared: Shared, process: number, label: () => string, run: () => A): Effect.Effect<A> =>
  shared.machine.park<A, never>(process, () => {
    const take = () => {
      const done = Exit.succeed(run())
      return shared.scenario.fine === true ? () => [{ label: "goes on", take: () => done }] : done
    }
    return [{ label: label(), take }]
  })

const full = new AuthError.StoreUnavailable({ operation: "write", problem: "full", fix: "", retryable: true })

/** A write that may fail, where the scope has that. */
const writing = (
  shared: Shared,
  process: number,
  label: string,
  write: () => boolean
): Effect.Effect<boolean, AuthError.StoreUnavailable> => {
  const { left, machine, scenario } = shared
  if (scenario.faults?.unsaved === undefined) return operation(shared, process, () => label, write)
  const fail = () => {
    left.unsaved--
    return Exit.fail(full)
  }
  return machine.park<boolean, AuthError.StoreUnavailable>(process, () => [
    { label, take: () => Exit.succeed(write()) },
    ...(left.unsaved > 0 ? [{ label: `cannot be saved: ${label}`, take: fail }] : [])
  ])
}

/** What a process is told is part of what it has seen. */
export const tellAll = (shared: Shared, key: TokenKey.TokenKey): void => {
  for (const [process, { signal }] of shared.watchers) {
    if ((shared.listening.get(process) ?? 0) === 0) continue
    shared.machine.history[process]?.push("is told of a change")
    signal(key)
  }
}

/** Who follows the record, and who waits for the lock, is told of changes. */
const watching = (shared: Shared, process: number, { watch }: TokenStore.Watchers): TokenStore.Service["watch"] => {
  const count = (more: number) => shared.listening.set(process, (shared.listening.get(process) ?? 0) + more)
  return (key) =>
    Effect.zipLeft(
      watch(key),
      Effect.acquireRelease(
        Effect.sync(() => count(1)),
        () => Effect.sync(() => count(-1))
      )
    )
}

/** The shared store as one process has it. */
export const storeOf = (shared: Shared, process: number, watchers: TokenStore.Watchers): TokenStore.Service => {
  const remove = (key: TokenKey.TokenKey, only: Token.Token | undefined) => {
    const { record } = shared
    if (record === undefined) return true
    if (only !== undefined && pairOf(only) !== pairOf(record)) return false
    shared.record = undefined
    shared.monitor.removed(process, pairOf(record))
    tellAll(shared, key)
    return true
  }
  const write = (key: TokenKey.TokenKey, token: Token.Token, over: Option.Option<Token.Token> | undefined) => {
    if (over !== undefined && !TokenStore.isStill(Option.fromNullable(shared.record), over)) return false
    shared.before = shared.record
    shared.record = token
    shared.monitor.saved(process, pairOf(token))
    tellAll(shared, key)
    return true
  }
  const reads = () => `reads ${storedPair(shared)}`
  const removes = (only: Token.Token | undefined) =>
    `removes ${only === undefined ? "what is there" : pairOf(only)}, where ${storedPair(shared)} is`
  const store: TokenStore.Service = {
    read: () => operation(shared, process, reads, () => Option.fromNullable(shared.record)),
    write: (key, token, over) => writing(shared, process, `writes ${pairOf(token)}`, () => write(key, token, over)),
    remove: (key, only) =>
      operation(
        shared,
        process,
        () => removes(only),
        () => remove(key, only)
      ),
    exclusive: () => (effect) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(restore(locked(shared, process)), () =>
          Effect.ensuring(restore(effect), unlocked(shared, process))
        )
      ),
    watch: watching(shared, process, watchers)
  }
  return broken(store, shared.scenario)
}

const locked = (shared: Shared, process: number): Effect.Effect<void> =>
  shared.machine.park<void, never>(process, () => {
    const take = () => {
      shared.holder = process
      return Exit.void
    }
    return shared.holder === undefined ? [{ label: "locks", take }] : []
  })

const unlocked = (shared: Shared, process: number): Effect.Effect<void> =>
  shared.machine.park<void, never>(process, () => {
    const take = () => {
      shared.holder = undefined
      return Exit.void
    }
    return [{ label: "unlocks", take }]
  })

/** Stores that break their contract, each in one way. */
const broken = (store: TokenStore.Service, scenario: Scenario): TokenStore.Service => {
  if (scenario.broken === "no lock") return { ...store, exclusive: () => (effect) => effect }
  if (scenario.broken === "interruptible save") {
    return { ...store, write: (key, token, over) => Effect.interruptible(store.write(key, token, over)) }
  }
  if (scenario.broken === "unconditional write") return { ...store, write: (key, token) => store.write(key, token) }
  if (scenario.broken === "stale read under the lock") {
    const isInside = FiberRef.unsafeMake(false)
    let seen: Option.Option<Token.Token> | undefined
    const read = (key: TokenKey.TokenKey) =>
      Effect.flatMap(FiberRef.get(isInside), (inside) =>
        inside && seen !== undefined
          ? Effect.succeed(seen)
          : Effect.tap(store.read(key), (found) => Effect.sync(() => (seen = found)))
      )
    return {
      ...store,
      read,
      exclusive: (key) => (effect) => store.exclusive(key)(Effect.locally(effect, isInside, true))
    }
  }
  return store
}

const unavailable = new AuthError.ServerUnavailable({
  operation: "renewal",
  server: SERVER,
  reason: "Status",
  status: 503
})
const uncertain = new AuthError.RenewalUncertain({ server: SERVER, reason: "Transport" })
const refusal = new AuthError.SessionExpired({ reason: "Refused", server: SERVER })

/** A renewal arrives at the server. */
export const arrive = (shared: Shared, process: number, pair: Pair): Pair | undefined => {
  const answer = shared.server.renew(pair)
  if (answer === "used") shared.monitor.reused(process, pair)
  return typeof answer === "string" ? undefined : answer.next
}

type Step = Offer<Token.Token, AuthError.AuthError>

/** A renewal in two steps, arriving and being answered; each may go wrong. */
class Sending {
  #isSent = false
  readonly #pair: Pair
  readonly #shared: Shared
  readonly #process: number
  readonly #token: Token.Token

  constructor(shared: Shared, process: number, token: Token.Token) {
    this.#shared = shared
    this.#process = process
    this.#token = token
    this.#pair = pairOf(token)
  }

  offers: Offers<Token.Token, AuthError.AuthError> = () => {
    const { left, server } = this.#shared
    const send = () => {
      this.#isSent = true
      return this.#answered(arrive(this.#shared, this.#process, this.#pair))
    }
    // With what the server will say: it decides how this goes on, so two states that differ in it are not one.
    const label = `renews ${this.#pair} at the server${server.isLive(this.#pair) ? "" : ", which refuses"}`
    return [
      { label, take: send },
      ...(left.unavailable > 0 ? [this.#outage()] : []),
      ...(left.lost > 0 ? [this.#loss("loses the connection")] : [])
    ]
  }

  /** Nobody waits for the answer any more; what was not sent yet may have been. */
  cut = (): void => {
    this.#shared.monitor.lost(this.#process, this.#pair)
    if (!this.#isSent) this.#shared.adrift.push({ process: this.#process, pair: this.#pair })
  }

  #answered(next: Pair | undefined): Offers<Token.Token, AuthError.AuthError> {
    const { left, machine, monitor } = this.#shared
    const take = () => {
      if (next === undefined) {
        monitor.refused(this.#process, this.#pair)
        return Exit.fail(refusal)
      }
      monitor.renewed(this.#process, this.#pair)
      return Exit.succeed(nextToken(this.#token, next, machine.now))
    }
    const answer: Step = { label: next === undefined ? "gets the refusal" : `gets ${next}`, take }
    return () => [answer, ...(left.lost > 0 ? [this.#loss("loses the answer")] : [])]
  }

  #loss(label: string): Step {
    const take = () => {
      this.#shared.left.lost--
      this.cut()
      return Exit.fail(uncertain)
    }
    return { label, take }
  }

  #outage(): Step {
    const take = () => {
      this.#shared.left.unavailable--
      this.#shared.monitor.outage(this.#process)
      return Exit.fail(unavailable)
    }
    return { label: "is told that the server is unavailable", take }
  }
}

/** The issuer as one process has it. */
export const issuerOf = (shared: Shared, process: number): TokenIssuer.Service => {
  const { machine, server } = shared
  const granted = (principal: string): Offers<Token.Token, never> => {
    const pair = server.grant(principal)
    return () => [{ label: `gets ${pair}`, take: () => Exit.succeed(firstToken(pair, machine.now)) }]
  }
  const revoke = (pair: Pair) => {
    server.revoke(pair)
    return Exit.void
  }
  return {
    server: SERVER,
    lifetimes: { idle: 14 * DAY, chain: 90 * DAY },
    key: (principal) => TokenKey.make({ issuer: SERVER, principal }),
    canRevoke: true,
    grant: (credential) => {
      const name = credential._tag === "UsernamePassword" ? credential.username : ""
      return machine.park(process, () => [
        { label: `logs in as ${name}, number ${server.chains.length + 1}`, take: () => granted(name) }
      ])
    },
    renew: (token) =>
      Effect.suspend(() => {
        const sending = new Sending(shared, process, token)
        return machine.park(process, sending.offers, { onCut: sending.cut })
      }),
    revoke: (token) =>
      machine.park(process, () => [{ label: `revokes ${pairOf(token)}`, take: () => revoke(pairOf(token)) }])
  }
}
