/** What a request costs the client's processor, each transport in a process of its own: one after the other, and 64 at once. */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { ratios } from "./measure.js"
import type { Answer, Row } from "./report.js"
import { startServer } from "./transport.js"

const NAMES = ["node:http", "undici", "NodeHttp", "fetch"] as const
const AIMS = { 1: 1.05, 64: 1.15 } as const

const measured = async (name: string, url: string, count: number, concurrency: number): Promise<number> => {
  const program = fileURLToPath(new URL("./oneClient.js", import.meta.url))
  const args = [program, name, url, String(count), String(concurrency)]
  return Number((await promisify(execFile)(process.execPath, args)).stdout)
}

const rows = async (url: string, quick: boolean, concurrency: 1 | 64): Promise<ReadonlyArray<Row>> => {
  const samples = NAMES.map((name) => ({ name, perCall: Array<number>() }))
  for (let round = 0; round < (quick ? 1 : 7); round++) {
    for (const { name, perCall } of samples) perCall.push(await measured(name, url, quick ? 64 : 4096, concurrency))
  }
  return samples.flatMap(({ name, perCall: values }): ReadonlyArray<Row> => {
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
    const question = "A request, processor time of the client, each transport in a process of its own, warmed up"
    return [{ question, rows: [...alone, ...many], notes: ["The answer of about 400 bytes is read as JSON."] }]
  } finally {
    server.stop()
  }
}
