/** Contenders for a lock, run through every order of their file operations, with crashes wherever one can be. */
import * as Protocol from "../src/internal/lockProtocol.js"
import type { Found } from "../src/internal/lockRecord.js"

export type Take = typeof Protocol.take
export type Sweep = typeof Protocol.sweep

export interface Scope {
  readonly contenders: number
  /** How often each tries before it gives up. */
  readonly tries: number
  /** Of all contenders together. */
  readonly crashes: number
  /** The files of dead programs that are there at the start: the lock, the claim on it, the claim on that, … */
  readonly abandoned: number
  readonly take?: Take
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

type Choice = { readonly kind: "step" | "crash"; readonly who: number }

/** A lock as far as the protocol looks at it. */
export const found = (token: string): Found => ({ token, holder: undefined, newer: false, since: 0, modifiedAt: 0 })

const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : 1)

class Contender {
  /** What it saw. A contender is a function of that, so equal histories mean equal contenders. */
  readonly history: Array<string> = []
  next: { readonly name: string; readonly go: () => void } | undefined
  state: "running" | "ended" | "crashed" = "running"
  inside: string | undefined
  parked: () => void = () => {}
  #tokens = 0
  readonly name: string
  readonly #files: Map<string, string>

  constructor(name: string, files: Map<string, string>) {
    this.name = name
    this.#files = files
  }

  freshToken = (): string => `${this.name}.${this.#tokens++}`

  step<A>(name: string, run: () => A): Promise<A> {
    return new Promise((resolve) => {
      const go = () => {
        const answer = run()
        this.history.push(`${name}: ${JSON.stringify(answer) ?? "nothing"}`)
        resolve(answer)
      }
      this.next = { name: `${this.name} ${name}`, go }
      this.parked()
    })
  }

  /** Until it stands before its next operation, or has ended. */
  advance(): Promise<void> {
    return new Promise((resolve) => {
      this.parked = resolve
      const { next } = this
      this.next = undefined
      next?.go()
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
      remove: (name) => this.step(`removes ${name}`, () => void files.delete(name)),
      list: () => this.step("lists", () => [...files.keys()]),
      isDead: ({ token }) => this.step(`looks for ${token}`, () => isDead(token))
    }
  }

  async run(files: Protocol.LockFiles, { sweep, take = Protocol.take }: Scope, tries: number): Promise<void> {
    await sweep?.(files, LOCK)
    for (let i = 0; i < tries; i++) {
      const token = this.freshToken()
      if (!(await take(files, LOCK, token)).taken) continue
      this.inside = token
      await this.step("works", () => {})
      this.inside = undefined
      await Protocol.release(files, LOCK, token)
      break
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

  constructor(scope: Scope) {
    this.#scope = scope
    const names = [
      LOCK,
      ...Array.from({ length: scope.abandoned - 1 }, (_, i) => Protocol.claimOn(LOCK, `${DEAD}.${i}`))
    ]
    this.files = new Map(scope.abandoned === 0 ? [] : names.map((name, i) => [name, `${DEAD}.${i}`]))
    this.contenders = Array.from({ length: scope.contenders }, (_, i) => new Contender(String(i), this.files))
  }

  start = (contender: Contender, tries: number): Promise<void> =>
    new Promise((resolve) => {
      contender.parked = resolve
      void contender.run(contender.files(this.#isDead), this.#scope, tries)
    })

  #isDead = (token: string): boolean => {
    const name = token.slice(0, token.indexOf("."))
    return name === DEAD || this.contenders.some((each) => each.name === name && each.state === "crashed")
  }

  async apply({ kind, who }: Choice): Promise<void> {
    const contender = this.contenders[who]
    if (contender === undefined) return
    this.steps.push(kind === "crash" ? `${who} crashes` : (contender.next?.name ?? ""))
    if (kind === "step") return await contender.advance()
    contender.state = "crashed"
    this.#crashes++
  }

  get choices(): ReadonlyArray<Choice> {
    const mayCrash = this.#crashes < this.#scope.crashes
    return this.contenders.flatMap(({ state }, who) => {
      if (state !== "running") return []
      const step = { kind: "step", who } as const
      return mayCrash ? [step, { kind: "crash", who } as const] : [step]
    })
  }

  get key(): string {
    return JSON.stringify([[...this.files].sort(byName), this.contenders.map(({ history, state }) => [state, history])])
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

/** Depth first; a state that was seen in another order is not gone through again. */
export const explore = async (scope: Scope): Promise<Seen> => {
  const seen = new Set<string>()
  const open: Array<ReadonlyArray<Choice>> = [[]]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const world = new World(scope)
    for (const contender of world.contenders) await world.start(contender, scope.tries)
    for (const choice of path) await world.apply(choice)
    const { choices, key } = world
    if (seen.has(key)) continue
    seen.add(key)
    const what = world.wrong ?? (choices.length > 0 || (await world.isOpen()) ? undefined : "nobody gets in any more")
    if (what !== undefined) return { states: seen.size, wrong: { what, steps: world.steps } }
    for (const choice of choices) open.push([...path, choice])
  }
  return { states: seen.size, wrong: undefined }
}
