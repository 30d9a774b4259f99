/**
 * What a request costs the client's processor, transport by transport, on a real socket: requests of about 400 bytes'
 * answer, read as JSON, eight at a time, over kept connections, the server in another process. Contenders take turns in
 * every round and the medians are compared, so that a busy machine slows all of them.
 *
 * `@effect/platform-node` is not installed here: as a peer it brings cluster, rpc, sql, workflow and experimental into a
 * user's tree. Measured once beside these (0.108.2, Node 20, 2 cores): `NodeHttpClient.layerUndici` 3.97 times bare undici, 2.90
 * with the tracer off; `NodeHttpClient.layer` 14.7 times (it keeps no connection); in that run `NodeHttp.layer` 1.28,
 * `FetchHttpClient` 9.06, `node:http` 0.98. What remains between NodeHttp and undici is the fiber, the URL and the
 * request value.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import { NodeHttp } from "@mlserver-auth/node"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { fork } from "node:child_process"
import * as Http from "node:http"
import { Agent, request } from "undici"

/** The settings of a run. */
export interface Options {
  readonly rounds?: number | undefined
  readonly requestsPerRound?: number | undefined
  readonly concurrency?: number | undefined
}

/** One transport's medians. */
export interface Figure {
  readonly name: string
  /** Client processor time for a request, user and system, in microseconds. */
  readonly cpuMicros: number
  readonly requestsPerSecond: number
  /** `cpuMicros` as a multiple of bare undici's. */
  readonly ratio: number
}

export interface Contender {
  readonly name: string
  /** Sends `count` requests one after the other. */
  readonly run: (url: string, count: number) => Promise<void>
  readonly close: () => Promise<void>
}

const bareUndici = (): Contender => {
  const agent = new Agent()
  return {
    name: "undici request",
    run: async (url, count) => {
      for (let i = 0; i < count; i++) {
        const response = await request(url, { dispatcher: agent, headers: { authorization: "Bearer x" } })
        await response.body.json()
      }
    },
    close: () => agent.destroy()
  }
}

const nodeHttp = (): Contender => {
  const agent = new Http.Agent({ keepAlive: true })
  const once = (url: string) =>
    new Promise<unknown>((resolve, reject) => {
      const sent = Http.get(url, { agent, headers: { authorization: "Bearer x" } }, (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString())))
      })
      sent.on("error", reject)
    })
  return {
    name: "node:http, keep-alive",
    run: async (url, count) => {
      for (let i = 0; i < count; i++) await once(url)
    },
    close: async () => agent.destroy()
  }
}

/** An `HttpClient` layer as a contender: one fiber sends its share, as an Effect program would. */
export const layerContender = (name: string, layer: Layer.Layer<HttpClient.HttpClient, unknown>): Contender => {
  const runtime = ManagedRuntime.make(layer)
  const headers = { authorization: "Bearer x" }
  const send = (url: string) =>
    Effect.flatMap(HttpClient.HttpClient, (client) =>
      Effect.flatMap(client.get(url, { headers }), (response) => response.json)
    )
  return {
    name,
    run: (url, count) => runtime.runPromise(Effect.repeatN(send(url), count - 1)).then(() => {}),
    close: () => runtime.dispose()
  }
}

export const startServer = async () => {
  const child = fork(new URL("./transportServer.js", import.meta.url))
  const port = await new Promise<number>((resolve, reject) => {
    child.once("message", (message) => resolve(Number(message)))
    child.once("error", reject)
  })
  return { url: `http://127.0.0.1:${port}/status`, stop: () => child.disconnect() }
}

const measure = async (contender: Contender, url: string, requests: number, concurrency: number) => {
  const share = Math.ceil(requests / concurrency)
  const cpu = process.cpuUsage()
  const started = process.hrtime.bigint()
  await Promise.all(Array.from({ length: concurrency }, () => contender.run(url, share)))
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  const { system, user } = process.cpuUsage(cpu)
  const sent = share * concurrency
  return { cpuMicros: (system + user) / sent, requestsPerSecond: sent / seconds }
}

const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Measures the four transports; `extra` adds contenders of the caller's own. */
export const run = async (
  options: Options = {},
  extra: ReadonlyArray<Contender> = []
): Promise<ReadonlyArray<Figure>> => {
  const { concurrency = 8, requestsPerRound = 2000, rounds = 9 } = options
  const server = await startServer()
  const contenders = [
    bareUndici(),
    nodeHttp(),
    layerContender("NodeHttp.layer", NodeHttp.layer()),
    layerContender("FetchHttpClient.layer", FetchHttpClient.layer),
    ...extra
  ]
  const samples = contenders.map((contender) => ({ contender, cpu: Array<number>(), rate: Array<number>() }))
  try {
    for (const { contender } of samples) await measure(contender, server.url, requestsPerRound, concurrency)
    for (let round = 0; round < rounds; round++) {
      for (const { contender, cpu, rate } of samples) {
        const sample = await measure(contender, server.url, requestsPerRound, concurrency)
        cpu.push(sample.cpuMicros)
        rate.push(sample.requestsPerSecond)
      }
    }
  } finally {
    await Promise.all(contenders.map((contender) => contender.close()))
    server.stop()
  }
  const bare = median(samples[0]?.cpu ?? [])
  return samples.map(({ contender, cpu, rate }) => ({
    name: contender.name,
    cpuMicros: median(cpu),
    requestsPerSecond: median(rate),
    ratio: median(cpu) / bare
  }))
}

/** The figures as a table. */
export const table = (figures: ReadonlyArray<Figure>): string =>
  [
    "transport                 client CPU/request   requests/s   x bare undici",
    ...figures.map(
      ({ cpuMicros, name, ratio, requestsPerSecond }) =>
        name.padEnd(24) +
        `${cpuMicros.toFixed(1)} us`.padStart(20) +
        requestsPerSecond.toFixed(0).padStart(13) +
        ratio.toFixed(2).padStart(16)
    )
  ].join("\n")
