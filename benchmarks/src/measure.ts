/** How things are measured here: contenders take turns in every round, and medians are compared. */
import type { HeapProfiler } from "node:inspector"
import * as Inspector from "node:inspector/promises"

/** Something that does its work `calls` times. */
export interface Contender {
  readonly name: string
  readonly run: (calls: number) => Promise<void> | void
}

/** What a contender took, by round, in the unit of the gauge. */
export interface Sampled {
  readonly name: string
  readonly perCall: ReadonlyArray<number>
}

/** What is read before and after; the difference is divided by the calls. */
export type Gauge = () => number

/** Nanoseconds of wall time. */
export const wall: Gauge = () => Number(process.hrtime.bigint())

/** Nanoseconds of processor time of this process, all its threads. */
export const processor: Gauge = () => {
  const { system, user } = process.cpuUsage()
  return (system + user) * 1000
}

export interface Plan {
  readonly rounds: number
  readonly calls: number
  readonly gauge?: Gauge | undefined
}

/**
 * Every contender once per round, in an order that turns by one each round, so that whatever happens to the machine
 * happens to all. One round before the first is not counted.
 */
export const takeTurns = async (
  contenders: ReadonlyArray<Contender>,
  { calls, gauge = wall, rounds }: Plan
): Promise<ReadonlyArray<Sampled>> => {
  const samples = contenders.map(({ name }) => ({ name, perCall: new Array<number>() }))
  for (let round = -1; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const at = (turn + Math.max(round, 0)) % contenders.length
      const before = gauge()
      await contenders[at]?.run(calls)
      const spent = gauge() - before
      if (round >= 0) samples[at]?.perCall.push(spent / calls)
    }
  }
  return samples
}

/**
 * Bytes that a call allocates, whether they are collected soon or late: V8's sampling profiler counts them, one sample
 * in about 512 bytes.
 */
export const bytesPerCall = async ({ run }: Contender, calls: number): Promise<number> => {
  await run(calls)
  const inspector = new Inspector.Session()
  inspector.connect()
  await inspector.post("HeapProfiler.startSampling", {
    samplingInterval: 512,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true
  })
  await run(calls)
  const { profile } = await inspector.post("HeapProfiler.stopSampling")
  inspector.disconnect()
  return sizeOf(profile.head) / calls
}

const sizeOf = (node: HeapProfiler.SamplingHeapProfileNode): number =>
  node.children.reduce((sum, child) => sum + sizeOf(child), node.selfSize)

/** Bytes on the heap after everything that can be collected was. */
export const heap = (): number => {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

/** The ratio of two contenders round by round: what disturbed a round disturbed both. */
export const ratios = (samples: ReadonlyArray<Sampled>, name: string, to: string): ReadonlyArray<number> => {
  const of = (wanted: string) => {
    const found = samples.find((sampled) => sampled.name === wanted)
    if (found === undefined) throw new Error(`no contender ${wanted}`)
    return found.perCall
  }
  const base = of(to)
  return of(name).map((value, round) => value / (base[round] ?? Number.NaN))
}
