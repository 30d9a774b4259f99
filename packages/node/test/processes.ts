/** Programs that share a store, as real processes. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Asked from "../../core/test/support/asked.js"
import { bundled } from "./bundled.js"
import type { Task } from "./sharingProgram.js"

export type Program = Asked.Program<Task>

/** Starts programs of one bundle; each is gone after the scope. */
export const starter: Effect.Effect<Effect.Effect<Program, never, Scope.Scope>, never, Scope.Scope> = Effect.map(
  bundled("../test/sharingProgram", true),
  (module) => Asked.started<Task>(module)
)

/** The access token in the one record of a directory has come to its end, as far as its holder knows. */
export const expire = (directory: string): Effect.Effect<void> =>
  Effect.promise(async () => {
    const name = (await Fs.readdir(directory)).find((each) => each.endsWith(".json")) ?? "no record"
    const path = Path.join(directory, name)
    const record = JSON.parse(await Fs.readFile(path, "utf8")) as { readonly token: object }
    // As a whole, as the store does it: a program that watches the record may read it at any moment.
    await Fs.writeFile(`${path}.next`, JSON.stringify({ ...record, token: { ...record.token, expiresAt: 1 } }), {
      mode: 0o600
    })
    await Fs.rename(`${path}.next`, path)
  })
