/** A server that somebody else wrote, as a process on loopback. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Net from "node:net"
import * as Os from "node:os"
import * as Path from "node:path"

/** Why a program cannot be tested against here, as the end of a test's name; empty where it can. */
export const missing = (program: string, argument: string, says = /^/): string => {
  const { error, stderr, stdout } = spawnSync(program, [argument], { encoding: "utf8" })
  if (error !== undefined) return ` (skipped: ${program} is not installed)`
  return says.test(stdout + stderr) ? "" : ` (skipped: this ${program} lacks what is needed)`
}

/** A directory that every user may use: such programs leave root behind. */
export const directory: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.promise(async () => {
    const made = await Fs.mkdtemp(Path.join(Os.tmpdir(), "mls-program-"))
    await Fs.chmod(made, 0o777)
    return made
  }),
  (made) => Effect.promise(() => Fs.rm(made, { recursive: true, force: true }))
)

const freePort = Effect.async<number>((resume) => {
  const server = Net.createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address() as Net.AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

const connected = (port: number) =>
  Effect.async<void, Error>((resume) => {
    const socket = Net.connect(port, "127.0.0.1", () => {
      socket.destroy()
      resume(Effect.void)
    })
    socket.on("error", (error) => resume(Effect.fail(error)))
  })

const running = new Set<ChildProcess>()
// A test run that ends without its finalisers must not leave a server behind.
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")))

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

const kill = (child: ChildProcess): Effect.Effect<void> =>
  Effect.async((resume) => {
    if (hasEnded(child)) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
    return void child.kill("SIGKILL")
  })

/** What it is started with, on the port that it gets. */
export type Start = (port: number) => readonly [program: string, ...args: ReadonlyArray<string>]

const attempted = (start: Start) =>
  Effect.gen(function* () {
    const port = yield* freePort
    const [program, ...args] = start(port)
    let said = ""
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const made = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] })
        for (const stream of [made.stdout, made.stderr])
          stream.on("data", (text: Buffer) => void (said += String(text)))
        made.once("exit", () => running.delete(made))
        running.add(made)
        return made
      }),
      kill
    )
    yield* Effect.retry(connected(port), {
      schedule: Schedule.spaced("20 millis").pipe(Schedule.upTo("20 seconds")),
      while: () => !hasEnded(child)
    }).pipe(Effect.mapError(() => new Error(`${program} does not listen: ${said}`)))
    return { port, stop: kill(child) }
  })

/** It listens on loopback until the scope ends, or it is stopped. Another program may be faster at a port: then anew. */
export const make = (start: Start) => Effect.orDie(Effect.retry(attempted(start), { times: 2 }))
