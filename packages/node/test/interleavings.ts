/** Contenders for a lock, run through every order of their file operations, with crashes wherever one can be. */
import * as Protocol from "../src/internal/lock/protocol.js"
import type { Found } from "../src/internal/lock/holder.js"

export type Take = typeof Protocol.take
export type Reclaim = typeof Protocol.reclaim
export type Sweep = typeof Protocol.sweep

export interface Scope {
  readonly contenders: number
  /** How often each tries before it gives up. */
  readonly tries: number
  /** Of all contenders together. */
  readonly crashes: number
  /** How many removals fail, of all contenders together, as where another program has the file open. Default: none. */
  readonly failures?: number
  /** Whether all are parts of one process, to which is dead what any of them could not remove. Default: of one each. */
  readonly together?: boolean
  /** The files of dead programs that are there at the start: the lock, the claim on it, the claim on that, … */
  readonly abandoned: number
  readonly take?: Take
  readonly reclaim?: Reclaim
  /** What each does first, if anything. */
  readonly sweep?: Sweep
}

/** What was seen: how many different states, and the steps that led to a state that must not be. */
export interface Seen {
  readonly states: number
  readonly wrong: { readonly what: string; readonly steps: ReadonlyArray<string> } | undefined
}

const LOCK = "lock"
const DEAD = "dead"

type Choice = { readonly kind: "step" | "crash" | "failure"; readonly who: number }

/** A lock as far as the protocol looks at it. */
export const found = (token: string): Found => ({ token, holder: undefined, newer: false, since: 0, modifiedAt: 0 })

const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : 1)

class Contender {
  /** What it saw. A contender is a function of that, so equal histories mean equal contenders. */
  readonly history: Array<string> = []
  next: { readonly name: string; readonly go: () => void; readonly fail?: () => void } | undefined
  state: "running" | "ended" | "crashed" = "running"
  inside: string | undefined
  parked: () => void = () => {}
  #tokens = 0
  /** What it could not remove. */
  readonly left: Array<Protocol.Left> = []
  readonly name: string
  readonly #files: Map<string, string>
  readonly #process: Set<string>

  constructor(name: string, files: Map<string, string>, dead: Set<string> = new Set()) {
    this.name = name
    this.#files = files
    this.#process = dead
  }

  freshToken = (): string => `${this.name}.${this.#tokens++}`

  step<A>(name: string, run: () => A, mayFail = false): Promise<A> {
    return new Promise((resolve, reject) => {
      const go = () => {
        const answer = run()
        this.history.push(`${name}: ${JSON.stringify(answer) ?? "nothing"}`)
        resolve(answer)
      }
      const fail = () => {
        this.history.push(`${name}: fails`)
        reject(new Error("held"))
      }
      this.next = { name: `${this.name} ${name}`, go, ...(mayFail ? { fail } : {}) }
      this.parked()
    })
  }

  /** Until it stands before its next operation, or has ended. */
  advance(fails = false): Promise<void> {
    return new Promise((resolve) => {
      this.parked = resolve
      const { next } = this
      this.next = undefined
      if (fails) next?.fail?.()
      else next?.go()
    })
  }

  files(isDead: (token: string) => boolean): Protocol.LockFiles {
    const files = this.#files
    return {
      freshToken: this.freshToken,
      read: (name) =>
        this.step(`reads ${name}`, () => {
          const token = files.get(name)
          return token === undefined ? undefined : found(token)
        }),
      create: (name, token) => this.step(`creates ${name}`, () => !files.has(name) && !!files.set(name, token)),
      remove: (name) => this.step(`removes ${name}`, () => void files.delete(name), true),
      list: () => this.step("lists", () => [...files.keys()]),
      leave: (left) => {
        this.left.push(left)
        this.#process.add(left.token)
      },
      isDead: ({ token }) => this.step(`looks for ${token}`, () => isDead(token) || this.#process.has(token))
    }
  }

  async run(
    files: Protocol.LockFiles,
    { failures = 0, reclaim = Protocol.reclaim, sweep, take = Protocol.take }: Scope,
    tries: number
  ): Promise<void> {
    await sweep?.(files, LOCK)
    for (let i = 0; i < tries; i++) {
      const token = this.freshToken()
      if (!(await take(files, LOCK, token).catch(() => ({ taken: false }))).taken) continue
      this.inside = token
      await this.step("works", () => {})
      this.inside = undefined
      await Protocol.release(files, LOCK, token).catch(() => files.leave({ lock: LOCK, name: LOCK, token }))
      break
    }
    // No more often than can matter: what is still there then is a dead process's, as at the end of every process.
    for (let looks = 0; looks <= failures; looks++) {
      for (const gone of this.left.splice(0)) {
        if (!(await reclaim(files, gone).catch(() => false))) this.left.push(gone)
      }
    }
    this.state = "ended"
    this.parked()
  }
}

class World {
  readonly files: Map<string, string>
  readonly contenders: ReadonlyArray<Contender>
  readonly steps: Array<string> = []
  readonly #scope: Scope
  #crashes = 0
  #failures = 0
  /** What is dead to the one process of all, if there is one. */
  readonly #dead = new Set<string>()

  constructor(scope: Scope) {
    this.#scope = scope
    const names = [
      LOCK,
      ...Array.from({ length: scope.abandoned - 1 }, (_, i) => Protocol.claimOn(LOCK, `${DEAD}.${i}`))
    ]
    this.files = new Map(scope.abandoned === 0 ? [] : names.map((name, i) => [name, `${DEAD}.${i}`]))
    this.contenders = Array.from(
      { length: scope.contenders },
      (_, i) => new Contender(String(i), this.files, scope.together === true ? this.#dead : new Set())
    )
  }

  start = (contender: Contender, tries: number): Promise<void> =>
    new Promise((resolve) => {
      contender.parked = resolve
      void contender.run(contender.files(this.#isDead), this.#scope, tries)
    })

  #isDead = (token: string): boolean => {
    const name = token.slice(0, token.indexOf("."))
    const ended = this.#scope.failures === undefined ? ["crashed"] : ["crashed", "ended"]
    const together = this.#scope.together === true && this.contenders.some(({ state }) => state === "running")
    return (
      name === DEAD || (!together && this.contenders.some((each) => each.name === name && ended.includes(each.state)))
    )
  }

  async apply({ kind, who }: Choice): Promise<void> {
    const contender = this.contenders[who]
    if (contender === undefined) return
    this.steps.push(
      kind === "crash" ? `${who} crashes` : `${contender.next?.name}${kind === "step" ? "" : ", in vain"}`
    )
    if (kind === "step") return await contender.advance()
    if (kind === "failure") {
      this.#failures++
      return await contender.advance(true)
    }
    contender.state = "crashed"
    this.#crashes++
  }

  get choices(): ReadonlyArray<Choice> {
    const mayCrash = this.#crashes < this.#scope.crashes
    const mayFail = this.#failures < (this.#scope.failures ?? 0)
    return this.contenders.flatMap(({ next, state }, who): ReadonlyArray<Choice> => {
      if (state !== "running") return []
      return [
        { kind: "step", who },
        ...(mayCrash ? [{ kind: "crash", who } as const] : []),
        ...(mayFail && next?.fail !== undefined ? [{ kind: "failure", who } as const] : [])
      ]
    })
  }

  get key(): string {
    return JSON.stringify([
      [...this.files].sort(byName),
      [...this.#dead].sort(),
      this.contenders.map(({ history, state }) => [state, history])
    ])
  }

  get wrong(): string | undefined {
    const inside = this.contenders.filter((each) => each.state !== "crashed" && each.inside !== undefined)
    if (inside.length > 1) return "two are inside"
    const robbed = inside.some((each) => this.files.get(LOCK) !== each.inside)
    return robbed ? "a living holder's lock is gone" : undefined
  }

  /** Afterwards a newcomer gets in, whatever the dead left. */
  async isOpen(): Promise<boolean> {
    const late = new Contender("late", this.files)
    await this.start(late, this.#scope.crashes + this.#scope.abandoned + 1)
    while (late.inside === undefined && late.state === "running") await late.advance()
    return late.inside !== undefined
  }
}

/** A world after these choices. */
const replay = async (scope: Scope, path: ReadonlyArray<Choice>): Promise<World> => {
  const world = new World(scope)
  for (const contender of world.contenders) await world.start(contender, scope.tries)
  for (const choice of path) await world.apply(choice)
  return world
}

/** What must not be in a state, where it is. */
const wrongIn = async (world: World, isEnd: boolean): Promise<string | undefined> =>
  world.wrong ?? (!isEnd || (await world.isOpen()) ? undefined : "nobody gets in any more")

/**
 * Depth first; a state that was seen in another order is not gone through again. A run goes on to its end by the first choice
 * each time, and leaves the others open: each of those begins again from the start.
 */
export const explore = async (scope: Scope): Promise<Seen> => {
  const seen = new Set<string>()
  const open: Array<ReadonlyArray<Choice>> = [[]]
  for (let start = open.pop(), runs = 1; start !== undefined; start = open.pop(), runs++) {
    // The test runner speaks with its workers meanwhile, and takes one that is silent for a minute to be lost: what is here
    // are promises of this thread, after which no message and no timer gets its turn.
    if (runs % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
    const world = await replay(scope, start)
    for (let path = start; ;) {
      const { choices, key } = world
      if (seen.has(key)) break
      seen.add(key)
      const what = await wrongIn(world, choices.length === 0)
      if (what !== undefined) return { states: seen.size, wrong: { what, steps: world.steps } }
      const [first, ...others] = choices
      for (const choice of others) open.push([...path, choice])
      if (first === undefined) break
      path = [...path, first]
      await world.apply(first)
    }
  }
  return { states: seen.size, wrong: undefined }
}
