/** Programs that share an engine, as real processes. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { build } from "esbuild"
import { randomUUID } from "node:crypto"
import { renameSync } from "node:fs"
import * as Path from "node:path"
import * as Asked from "../support/asked.js"
import type { Setup, Task } from "./sharingProgram.js"

export type Program = Asked.Program<Task>

/** One file with all it needs: it starts several times as fast. The clients are CommonJS. */
const built = async (entryPoint: string): Promise<string> => {
  // Made whole beside its place, since another worker may start programs from there. It stays: a worker's end is told to no listener.
  const place = Path.join(Path.dirname(entryPoint), `../dist/test/${Path.basename(entryPoint, ".ts")}.cjs`)
  const own = `${place}-${randomUUID()}`
  await build({
    entryPoints: [entryPoint],
    outfile: own,
    bundle: true,
    platform: "node",
    format: "cjs",
    conditions: ["@mlserver-auth/source"],
    logLevel: "silent"
  })
  renameSync(own, place)
  return place
}

export type Start = (setup: Setup) => Effect.Effect<Program, never, Scope.Scope>

/** Programs of one module, which is bundled once; each is gone after the scope. */
export const starter = (entryPoint: string): Start => {
  const module = built(entryPoint)
  return (setup) =>
    Effect.flatMap(
      Effect.promise(() => module),
      (file) => Asked.started<Task>(file, JSON.stringify(setup))
    )
}
