/** Takes every order of steps, each from the start, and leaves out what leads to a state that was seen before. */
import { createHash } from "node:crypto"
import type { Scenario } from "./scenario.js"
import { World } from "./world.js"

/** A schedule as it is kept: which of the offered steps was taken, and what came before. */
interface Prefix {
  readonly before: Prefix | undefined
  readonly choice: number
  /** The state that it was taken in. */
  readonly from: string
}

export interface Explored {
  readonly states: number
  /** Orders of steps from the start to an end that these states stand for. */
  readonly schedules: number
  /** Runs from the start. */
  readonly runs: number
  /** Different states in which nothing is left to happen. */
  readonly ends: number
  readonly longest: number
  /** More states than were allowed: nothing was proved. */
  readonly isCut: boolean
  readonly violation: { readonly what: string; readonly steps: ReadonlyArray<string> } | undefined
}

/** Longer than any schedule of a small scope: a run that gets here goes round in circles. */
const LONGEST = 400

export interface ExploreOptions {
  /** Widest first: slower, and the first violation found is a shortest one. */
  readonly shortest?: boolean
  readonly limit?: number
  /** Also what leads to states that were seen before: to see that leaving it out loses nothing. */
  readonly everything?: boolean
}

/** States, what follows each, and where nothing is left to happen: all that was found. */
class Graph {
  readonly next = new Map<string, Array<string>>()
  readonly ends = new Set<string>()
  readonly #counted = new Map<string, number>()

  /** Whether the state is new. */
  enter(state: string, from: string | undefined): boolean {
    if (from !== undefined) this.next.get(from)?.push(state)
    if (this.next.has(state)) return false
    this.next.set(state, [])
    return true
  }

  schedulesFrom(state: string | undefined): number {
    if (state === undefined) return 0
    const known = this.#counted.get(state)
    if (known !== undefined) return known
    const next = this.next.get(state) ?? []
    const all = next.length === 0 ? 1 : next.reduce((sum, each) => sum + this.schedulesFrom(each), 0)
    this.#counted.set(state, all)
    return all
  }
}

const choicesOf = (prefix: Prefix | undefined): ReadonlyArray<number> => {
  const choices: Array<number> = []
  for (let at = prefix; at !== undefined; at = at.before) choices.push(at.choice)
  return choices.reverse()
}

/** A world after these choices, and the names of the steps. */
const replay = (scenario: Scenario, choices: ReadonlyArray<number>) => {
  const world = new World(scenario)
  const steps: Array<string> = []
  for (const choice of choices) {
    const step = world.steps()[choice]
    if (step === undefined) throw new Error("the same choices led elsewhere: the model is not deterministic")
    steps.push(step.label)
    step.take()
  }
  return { world, steps }
}

const stateOf = (world: World): string => createHash("sha1").update(world.fingerprint()).digest("base64")

class Exploration {
  readonly #graph = new Graph()
  readonly #open: Array<Prefix | undefined> = [undefined]
  #taken = 0
  #runs = 0
  #longest = 0
  #violation: Explored["violation"]
  readonly #scenario: Scenario
  readonly #options: ExploreOptions

  constructor(scenario: Scenario, options: ExploreOptions) {
    this.#scenario = scenario
    this.#options = options
  }

  async run(): Promise<Explored> {
    const { everything = false, limit = Infinity, shortest = false } = this.#options
    const { ends, next } = this.#graph
    while (this.#violation === undefined && next.size < limit && this.#taken < this.#open.length) {
      this.#follow(shortest ? this.#open[this.#taken++] : this.#open.pop())
      // The test runner speaks with its workers meanwhile, and takes one that is silent for a minute to be lost.
      if (this.#runs % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const [root] = next.keys()
    const violation = this.#violation
    const schedules = violation === undefined && !everything ? this.#graph.schedulesFrom(root) : this.#runs
    const isCut = violation === undefined && this.#taken < this.#open.length
    const [runs, longest] = [this.#runs, this.#longest]
    return { states: next.size, schedules, runs, ends: ends.size, longest, isCut, violation }
  }

  /** Goes on from a prefix, by the first of the offered steps each time, and leaves the others open. */
  #follow(start: Prefix | undefined): void {
    const { steps: names, world } = replay(this.#scenario, choicesOf(start))
    this.#runs++
    let prefix = start
    for (;;) {
      const onwards = this.#look(world, names, prefix)
      const [first] = world.steps()
      // One way on needs no run of its own.
      prefix = onwards[0]
      if (prefix === undefined || first === undefined || this.#options.shortest === true) break
      names.push(first.label)
      first.take()
    }
    world.dispose()
  }

  /** Judges a state and notes it; gives the ways on, none where it ends, was seen before, or breaks a promise. */
  #look(world: World, names: ReadonlyArray<string>, prefix: Prefix | undefined): ReadonlyArray<Prefix> {
    const { everything = false, shortest = false } = this.#options
    const what = world.monitor.violation
    if (what !== undefined) this.#violation = { what, steps: names }
    const state = stateOf(world)
    const isNew = this.#graph.enter(state, prefix?.from)
    if (what !== undefined || !(isNew || everything)) return []
    this.#longest = Math.max(this.#longest, names.length)
    if (this.#longest > LONGEST) throw new Error(`no end: ${names.slice(-20).join("; ")}`)
    if (world.isQuiet()) this.#graph.ends.add(state)
    const onwards = world.steps().map((_, choice) => ({ before: prefix, choice, from: state }))
    this.#open.push(...(shortest ? onwards : onwards.slice(1)))
    return onwards
  }
}

export const explore = (scenario: Scenario, options: ExploreOptions = {}): Promise<Explored> =>
  new Exploration(scenario, options).run()
