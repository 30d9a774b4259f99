/** Programs that run beside a test. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { spawn } from "node:child_process"

/** What a command printed on stdout; a failure with everything it said where it did not end well. */
export const run = (
  command: string,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string | undefined>> = {}
): Effect.Effect<string, Error> =>
  Effect.async<string, Error>((resume) => {
    const child = spawn(command, [...args], { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] })
    let [out, err] = ["", ""]
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => void (out += chunk))
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => void (err += chunk))
    child.on("error", (error) => resume(Effect.fail(error)))
    child.on("close", (code) =>
      resume(code === 0 ? Effect.succeed(out) : Effect.fail(new Error(`${command} ended with ${code}\n${out}\n${err}`)))
    )
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

/** A program of ours that said it is ready, and goes on when it is told; then what it printed from there on. */
export const held = (args: ReadonlyArray<string>): Effect.Effect<Effect.Effect<string>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const [ready, ended] = [yield* Deferred.make<void>(), yield* Deferred.make<string>()]
    const child = spawn(process.execPath, [...args], { stdio: ["pipe", "pipe", "inherit"] })
    yield* Effect.addFinalizer(() => Effect.sync(() => void child.kill("SIGKILL")))
    let out = ""
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      out += chunk
      if (out.includes("\n")) Deferred.unsafeDone(ready, Effect.void)
    })
    child.on("close", () => {
      Deferred.unsafeDone(ready, Effect.void)
      Deferred.unsafeDone(ended, Effect.succeed(out.slice(out.indexOf("\n") + 1)))
    })
    yield* Deferred.await(ready)
    return Effect.zipRight(
      Effect.sync(() => void child.stdin.end()),
      Deferred.await(ended)
    )
  })
