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

export const explore = (scenario: Scenario, options: ExploreOptions = {}): Explored => {
  const { everything = false, limit = Infinity, shortest = false } = options
  const graph = new Graph()
  const open: Array<Prefix | undefined> = [undefined]
  let [runs, longest, taken] = [0, 0, 0]
  let violation: Explored["violation"]

  /** Goes on from a prefix, by the first of the offered steps, and leaves the others open. */
  const follow = (start: Prefix | undefined) => {
    const { steps: names, world } = replay(scenario, choicesOf(start))
    runs++
    for (let prefix = start; ;) {
      if (world.monitor.violation !== undefined) violation = { what: world.monitor.violation, steps: names }
      const state = stateOf(world)
      const isNew = graph.enter(state, prefix?.from)
      if (violation !== undefined || !(isNew || everything)) break
      longest = Math.max(longest, names.length)
      if (longest > LONGEST) throw new Error(`no end: ${names.slice(-20).join("; ")}`)
      const steps = world.steps()
      if (world.isQuiet()) graph.ends.add(state)
      const next = steps.map((_, choice) => ({ before: prefix, choice, from: state }))
      open.push(...(shortest ? next : next.slice(1)))
      // One way on needs no run of its own.
      const [first] = steps
      if (shortest || first === undefined) break
      prefix = next[0]
      names.push(first.label)
      first.take()
    }
    world.dispose()
  }

  while (violation === undefined && graph.next.size < limit && taken < open.length) {
    follow(shortest ? open[taken++] : open.pop())
  }
  const [root] = graph.next.keys()
  const schedules = violation === undefined && !everything ? graph.schedulesFrom(root) : runs
  const isCut = violation === undefined && taken < open.length
  return { states: graph.next.size, schedules, runs, ends: graph.ends.size, longest, isCut, violation }
}
