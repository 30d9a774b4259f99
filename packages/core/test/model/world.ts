/** One run: real sessions over the two ports, and the steps that may be taken next. */
import {
  AuthHttpClient,
  Credential,
  CredentialSource,
  ServerEndpoint,
  Session,
  Token,
  TokenIssuer,
  TokenStore
} from "@mlserver-auth/core"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { accidents } from "./accidents.js"
import { Machine, type Step } from "./machine.js"
import { type Ending, type Failure, Monitor } from "./monitor.js"
import { arrive, issuerOf, SERVER, type Shared, storeOf } from "./ports.js"
import { clientOf } from "./requests.js"
import type { Action, Scenario } from "./scenario.js"
import { firstToken, type Pair, pairOf, Server } from "./server.js"

const asOlga = Credential.usernamePassword({ username: "olga", password: "not looked at" })

/** A thread of a program, and how far it is. */
interface Thread {
  readonly actions: ReadonlyArray<Action>
  begun: number
  isBusy: boolean
}

interface Process {
  readonly session: Session.Service
  readonly client: AuthHttpClient.Service
  readonly scope: Scope.CloseableScope
  readonly threads: ReadonlyArray<Thread>
  /** The token it had in memory when it met a 401. */
  held: Token.Token | undefined
}

export class World {
  readonly monitor: Monitor
  readonly #shared: Shared
  readonly #processes: ReadonlyArray<Process>
  #calls = 0

  constructor(scenario: Scenario) {
    const machine = new Machine(scenario.programs.length, scenario.hearing === true)
    const server = new Server()
    this.monitor = new Monitor(scenario, server)
    const first = firstToken(server.grant("ada"), machine.now)
    const left = { crash: 0, lost: 0, unavailable: 0, unsaved: 0, restored: 0, revoked: 0, ...scenario.faults }
    this.#shared = {
      scenario,
      machine,
      server,
      monitor: this.monitor,
      left,
      record: first,
      before: undefined,
      holder: undefined,
      watchers: new Map(),
      listening: new Map(),
      adrift: []
    }
    this.#processes = scenario.programs.map((program, at) => this.#boot(at, program))
    if (scenario.because === "expired") machine.now += 7_200_000
    else {
      for (const at of this.#processes.keys()) this.#warm(at)
      server.refuseAccess()
    }
  }

  #boot(at: number, program: Scenario["programs"][number]): Process {
    const parts = Effect.gen(this, function* () {
      const scope = yield* Scope.make()
      const watchers = yield* TokenStore.makeWatchers
      this.#shared.watchers.set(at, watchers)
      const session = yield* Session.make({ watchStore: this.#shared.scenario.watching === true }).pipe(
        Effect.provideService(TokenIssuer.TokenIssuer, issuerOf(this.#shared, at)),
        Effect.provideService(TokenStore.TokenStore, storeOf(this.#shared, at, watchers)),
        Effect.provideService(CredentialSource.CredentialSource, CredentialSource.none),
        Scope.extend(scope)
      )
      const endpoint = yield* ServerEndpoint.make(SERVER)
      const client = yield* AuthHttpClient.make(clientOf(this.#shared, at), this.#asCalled(session), endpoint)
      return { session, client, scope }
    })
    const made = this.#now(at, parts)
    const threads = program.map((actions) => ({ actions, begun: 0, isBusy: false }))
    return { ...made, threads, held: undefined }
  }

  #asCalled(session: Session.Service): Session.Service {
    return this.#shared.scenario.broken === "no look after the second 401"
      ? { ...session, isReplaced: () => Effect.succeed(false) }
      : session
  }

  /** What an effect gives that parks at nothing, or at what is taken at once. */
  #now<A, E>(at: number, effect: Effect.Effect<A, E>): A {
    const { machine } = this.#shared
    let result: Exit.Exit<A, E> | undefined
    machine.start(at, effect, (exit) => (result = exit))
    while (result === undefined) machine.steps("now")[0]?.take()
    if (Exit.isFailure(result)) throw new Error("a model that cannot begin")
    return result.value
  }

  #warm(at: number): void {
    const process = this.#process(at)
    process.held = this.#now(at, process.session.token)
    this.#shared.machine.history[at]?.splice(0)
  }

  /** Everything that may happen next, in a fixed order. */
  steps(): ReadonlyArray<Step> {
    const { adrift, left, machine, scenario } = this.#shared
    const steps = [...this.#starts(), ...machine.steps("now")]
    const timers =
      steps.length === 0 ? machine.steps("later") : scenario.impatient === true ? machine.steps("much later") : []
    const arrivals = adrift.map((each) => ({
      label: `P${each.process + 1}'s lost renewal of ${each.pair} reaches the server after all`,
      take: () => {
        adrift.splice(adrift.indexOf(each), 1)
        arrive(this.#shared, each.process, each.pair)
      }
    }))
    const alive = [...this.#processes.keys()].filter((at) => !this.#isOver(at))
    const crashes = alive.map((at) => ({ label: `P${at + 1} crashes`, take: () => this.#crash(at) }))
    return [
      ...steps,
      ...timers,
      ...arrivals,
      ...accidents(this.#shared, this.#process(0).session.key),
      ...(left.crash > 0 ? crashes : [])
    ].map((step) => ({
      label: step.label,
      take: () => {
        step.take()
        this.#check()
      }
    }))
  }

  /** Whether nothing must happen any more, though something may. */
  isQuiet(): boolean {
    const { machine } = this.#shared
    return this.#starts().length + machine.steps("now").length + machine.steps("later").length === 0
  }

  #check(): void {
    const stored = this.#stored()
    this.monitor.check(stored)
    if (!this.isQuiet()) return
    const waiting = [...this.#processes.keys()].filter((at) => !this.#isOver(at))
    this.monitor.checkEnd(stored, waiting)
    if (this.#shared.scenario.watching === true) this.#checkHeld(stored)
  }

  /** Whoever follows the store has what is there, or nothing that could be used. */
  #checkHeld(stored: Pair | undefined): void {
    for (const [at] of this.#shared.watchers) {
      const token = this.#process(at).session.tokenIfFresh()
      this.monitor.holds(at, token === undefined ? undefined : pairOf(token), stored)
    }
  }

  /**
   * Equal for states with equal futures: what is shared, and what each process has seen, since all it has in memory follows
   * from that. Of a process with nothing left to do, only what the properties remember of it.
   */
  fingerprint(): string {
    const { adrift, holder, left, machine, server } = this.#shared
    const processes = this.#processes.map((_, at) => (this.#isOver(at) ? "over" : machine.history[at]?.join("|")))
    const drifting = adrift.map(({ pair, process }) => process + pair).sort()
    const shared = [
      machine.now,
      this.#stored(),
      this.#before(),
      holder,
      server.state(),
      drifting,
      left,
      this.monitor.state()
    ]
    return JSON.stringify([shared, processes])
  }

  dispose(): void {
    this.#shared.machine.dispose()
  }

  #stored(): Pair | undefined {
    return this.#shared.record === undefined ? undefined : pairOf(this.#shared.record)
  }

  /** What the store may go back to; of no account where it does not. */
  #before(): Pair | undefined {
    const { before, left } = this.#shared
    return before === undefined || left.restored === 0 ? undefined : pairOf(before)
  }

  #process(at: number): Process {
    const process = this.#processes[at]
    if (process === undefined) throw new Error(`there is no P${at + 1}`)
    return process
  }

  #isOver(at: number): boolean {
    if (this.monitor.facts[at]?.isCrashed === true) return true
    const idle = this.#process(at).threads.every((thread) => !thread.isBusy && thread.begun === thread.actions.length)
    return idle && !this.#shared.machine.isWaiting(at)
  }

  #crash(at: number): void {
    const { left, machine } = this.#shared
    left.crash--
    machine.crash(at)
    this.#shared.watchers.delete(at)
    this.monitor.crashed(at)
    // The lock of a dead process is taken over; for the others that is as if it had been given back.
    if (this.#shared.holder === at) this.#shared.holder = undefined
  }

  #starts(): ReadonlyArray<Step> {
    return this.#processes.flatMap((process, at) =>
      this.monitor.facts[at]?.isCrashed === true
        ? []
        : process.threads.flatMap((thread, index) => this.#start(at, thread, index))
    )
  }

  #start(at: number, thread: Thread, index: number): ReadonlyArray<Step> {
    const action = thread.actions[thread.begun]
    if (thread.isBusy || action === undefined) return []
    const take = () => {
      this.#shared.machine.history[at]?.push(`thread ${index} starts ${action}`)
      thread.begun++
      thread.isBusy = true
      this.monitor.began(at, action, this.#stored())
      this.#shared.machine.start(at, this.#perform(at, action), (exit) => {
        thread.isBusy = false
        this.monitor.ended(at, action, endingOf(exit))
      })
    }
    return [{ label: `P${at + 1} starts ${action}`, take }]
  }

  #returned(at: number, token: Token.Token, rejected?: Token.Token): void {
    const hasEnded = !Token.isFresh(token, this.#shared.machine.now)
    this.monitor.returned(at, pairOf(token), rejected && pairOf(rejected), hasEnded)
  }

  #perform(at: number, action: Action): Effect.Effect<Token.Token | undefined, Failure> {
    const { client, held, scope, session } = this.#process(at)
    const returned = <E>(asked: Effect.Effect<Token.Token, E>) =>
      Effect.tap(asked, (token) => Effect.sync(() => this.#returned(at, token)))
    const renewed = (token: Token.Token) =>
      Effect.tap(session.renew(token), (other) => Effect.sync(() => this.#returned(at, other, token)))
    switch (action) {
      case "token":
        return returned(session.token)
      case "renew":
        return held === undefined ? returned(session.token) : renewed(held)
      case "refresh":
        return Effect.flatMap(session.token, renewed)
      case "call":
        return Effect.as(client.get(`/services/${this.#calls++}`), undefined)
      case "signOut":
        return Effect.as(session.signOut, undefined)
      case "signInAsOlga":
        return session.signIn(asOlga)
      case "close":
        return Effect.as(Scope.close(scope, Exit.void), undefined)
    }
  }
}

const endingOf = (exit: Exit.Exit<Token.Token | undefined, Failure>): Ending =>
  Exit.match(exit, {
    onSuccess: (token) => ({ pair: token === undefined ? undefined : pairOf(token) }),
    onFailure: (cause) =>
      Option.match(Cause.failureOption(cause), { onNone: () => "defect", onSome: (error) => ({ error }) })
  })
