/** A redis-server of a test's own, as a distribution packs it, and the two clients that applications have. */
import * as RedisTokenStore from "@mlserver-auth/redis/RedisTokenStore"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Redis } from "ioredis"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import * as Fs from "node:fs/promises"
import { createServer } from "node:net"
import * as Os from "node:os"
import * as Path from "node:path"
import { createClient } from "redis"
import type * as Engine from "../../core/test/engines/engine.js"

/** What is not here, if something is not; the name of what is skipped says it. */
export const missing = spawnSync("redis-server", ["--version"]).error === undefined ? "" : "no redis-server"

export interface Server extends Engine.Server {
  readonly port: number
}

export const freePort: Effect.Effect<number> = Effect.promise(async () => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  return typeof address === "object" && address !== null ? address.port : 0
})

const started = async (directory: string, port: number, more: ReadonlyArray<string>): Promise<ChildProcess> => {
  const settings = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", directory, "--save", ""]
  const child = spawn("redis-server", [...settings, "--appendonly", "yes", "--appendfsync", "always", ...more], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  await new Promise<void>((resolve, reject) => {
    let out = ""
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      out += chunk
      if (/Ready to accept connections/.test(out)) resolve()
    })
    child.once("exit", (code) => reject(new Error(`redis-server ended with ${code}\n${out}`)))
  })
  return child
}

const ended = async (child: ChildProcess | undefined): Promise<void> => {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, "exit")
  child.kill("SIGKILL")
  await exit
}

/** Gone after the scope. What it was told is on its disk before it answers, so that it has it after a restart. */
export const make: Effect.Effect<Server, never, Scope.Scope> = Effect.suspend(() => makeWith())

/** The same with more settings. */
export const makeWith = (...more: ReadonlyArray<string>): Effect.Effect<Server, never, Scope.Scope> =>
  Effect.gen(function* () {
    const directory = yield* Effect.acquireRelease(
      Effect.promise(() => Fs.mkdtemp(Path.join(Os.tmpdir(), "redis-"))),
      (made) => Effect.promise(() => Fs.rm(made, { recursive: true, force: true }))
    )
    const port = yield* freePort
    let child: ChildProcess | undefined
    const kill = Effect.promise(() => ended(child))
    const start = Effect.promise(async () => void (child = await started(directory, port, more)))
    yield* Effect.acquireRelease(start, () => kill)
    return {
      at: String(port),
      port,
      signal: (signal) => Effect.sync(() => void child?.kill(signal)),
      kill,
      start
    }
  })

/** Clients of both kinds, each with a connection of its own. */
export const clients = {
  redis: (port: number) =>
    Effect.acquireRelease(
      Effect.promise(async () => {
        const client = createClient({ url: `redis://127.0.0.1:${port}` })
        client.on("error", () => undefined)
        await client.connect()
        return client
      }),
      // A test may have ended it.
      (client) => Effect.sync(() => client.isOpen && client.destroy())
    ),
  ioredis: (port: number) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const client = new Redis(port, "127.0.0.1")
        client.on("error", () => undefined)
        return client
      }),
      (client) => Effect.sync(() => client.disconnect())
    )
} as const

/** What an administrator says, and what is answered. */
export const tell = (port: number, ...command: Array<string>) =>
  Effect.scoped(
    Effect.flatMap(clients.redis(port), (client) =>
      Effect.map(
        Effect.promise(() => client.sendCommand(command)),
        String
      )
    )
  )

export type Kind = keyof typeof clients

export const kinds = Object.keys(clients) as ReadonlyArray<Kind>

const clientOf = (
  kind: Kind,
  port: number
): Effect.Effect<RedisTokenStore.NodeRedis | RedisTokenStore.IoRedis, never, Scope.Scope> => clients[kind](port)

/** A store with a connection of its own. */
export const store = (kind: Kind, port: number, options: Omit<RedisTokenStore.Options, "client"> = {}) =>
  Effect.flatMap(clientOf(kind, port), (client) => RedisTokenStore.make({ client, ...options }))
