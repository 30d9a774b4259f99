/**
 * What a request costs the client's processor, each transport in a process of its own: one after the other, and 64 at once.
 * The processes take turns, a few hundred requests each, so that whatever else the machine does happens to all.
 */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { ratios, takeTurns } from "./measure.js"
import type { Task } from "./oneClient.js"
import type { Answer, Row } from "./report.js"
import { startServer } from "./transport.js"

const AIMS = { 1: 1.05, 64: 1.15 } as const

/** azure-identity is not installed here; BENCH_PEERS names a folder in which `npm install @azure/identity` ran. */
const names = (): ReadonlyArray<string> => [
  "node:http",
  "undici",
  "HttpClient, the thinnest",
  "NodeHttp",
  "msal-node",
  ...(process.env["BENCH_PEERS"] === undefined ? [] : ["azure-identity"]),
  "fetch"
]

const start = async (name: string, url: string): Promise<ChildProcess> => {
  const child = fork(new URL("./oneClient.js", import.meta.url), [name, url])
  await once(child, "message")
  return child
}

/** Nanoseconds of processor time that the process used, all its threads. */
const ask = async (child: ChildProcess, task: Task): Promise<number> => {
  child.send(task)
  const [nanos]: Array<unknown> = await once(child, "message")
  return Number(nanos)
}

const rows = async (url: string, quick: boolean, concurrency: 1 | 64): Promise<ReadonlyArray<Row>> => {
  const used = { nanos: 0 }
  const children: Array<ChildProcess> = []
  const contenders = []
  for (const name of names()) {
    const child = await start(name, url)
    children.push(child)
    await ask(child, { count: quick ? 64 : 20_000, concurrency })
    const run = async (count: number) => {
      used.nanos += await ask(child, { count, concurrency })
    }
    contenders.push({ name, run })
  }
  const plan = { rounds: quick ? 2 : 61, calls: quick ? 64 : 256, gauge: () => used.nanos }
  const samples = await takeTurns(contenders, plan)
  for (const child of children) child.disconnect()
  return samples.flatMap(({ name, perCall }): ReadonlyArray<Row> => {
    const values = perCall.map((nanos) => nanos / 1000)
    const row: Row = { what: `${name}, ${concurrency} at a time`, values, unit: "us" }
    if (name === "node:http") return [row]
    const atMost = name === "NodeHttp" ? AIMS[concurrency] : undefined
    return [row, { what: "  / node:http", values: ratios(samples, name, "node:http"), unit: "x", atMost }]
  })
}

/** Both tables. */
export const run = async (quick: boolean): Promise<ReadonlyArray<Answer>> => {
  const server = await startServer()
  try {
    const [alone, many] = [await rows(server.url, quick, 1), await rows(server.url, quick, 64)]
    const question =
      "A request, processor time of the client, each transport in a process of its own, after 20,000 requests"
    const notes = [
      "The answer of about 400 bytes is read as JSON over kept connections.",
      "The thinnest HttpClient has 20 lines: no limits, no proxy, no codings, the body as soon as it is there."
    ]
    return [{ question, rows: [...alone, ...many], notes }]
  } finally {
    server.stop()
  }
}
