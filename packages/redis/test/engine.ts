/** Redis for the suites of engines. */
import * as Effect from "effect/Effect"
import type { Engine, Way } from "../../core/test/engines/engine.js"
import * as Server from "./server.js"

/** With each client, and each of its ways to publish. */
export const ways: ReadonlyArray<Way> = Server.kinds.flatMap((kind) =>
  (["one", "each"] as const).map((channels) => ({
    name: `${kind}, channels: ${channels}`,
    store: (at, prefix, options) => Server.store(kind, Number(at), { ...options, channels, prefix }),
    cut: (at) => Effect.asVoid(Server.tell(Number(at), "CLIENT", "KILL", "TYPE", "pubsub")),
    isTriedByPrograms: channels === "one"
  }))
)

/** What passes, as the server shows it, and what lies there. */
const traces = (at: string, prefix: string) =>
  Effect.gen(function* () {
    const port = Number(at)
    const monitor = yield* Server.clients.redis(port)
    const client = yield* Server.clients.redis(port)
    const seen: Array<string> = []
    yield* Effect.promise(() => monitor.monitor((line) => void seen.push(String(line))))
    return Effect.promise(async () => {
      const names = await client.keys(`${prefix}:*`)
      const lying = await Promise.all(names.map(async (name) => [name, await client.get(name)]))
      const mark = crypto.randomUUID()
      await client.publish("a mark", mark)
      while (!seen.some((line) => line.includes(mark))) await new Promise((resolve) => setTimeout(resolve, 5))
      return JSON.stringify([seen, lying])
    })
  })

const setUser = (at: string, rule: string) => Effect.asVoid(Server.tell(Number(at), "ACL", "SETUSER", "default", rule))

export const engine: Engine = {
  name: "Redis",
  missing: Server.missing,
  server: Server.make,
  ways,
  traces,
  refusal: {
    begin: (at) => Effect.acquireRelease(setUser(at, "-eval"), () => setUser(at, "+eval")),
    words: "it answered NOPERM"
  }
}
