/** Programs that run beside a test. */
import * as Effect from "effect/Effect"
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
