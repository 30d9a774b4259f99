/** A program written in a test, with all it needs in one file: it starts several times as fast as one that loads its parts. */
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import { createHash, randomUUID } from "node:crypto"
import { renameSync } from "node:fs"
import * as Path from "node:path"

const built = new Map<string, Promise<string>>()

const write = async (text: string): Promise<string> => {
  // Made whole beside its place, since another worker may start it from there. It stays: a worker's end is told to no listener.
  const name = createHash("sha256").update(text).digest("hex").slice(0, 16)
  const place = Path.join(import.meta.dirname, `../dist/test/program-${name}.mjs`)
  const own = `${place}-${randomUUID()}`
  await build({
    stdin: { contents: text, resolveDir: import.meta.dirname },
    outfile: own,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["@mlserver-auth/source"],
    logLevel: "silent"
  })
  renameSync(own, place)
  return place
}

/** The file of a program; its imports are those of a file in this folder. Built once. */
export const program = (text: string): Effect.Effect<string> =>
  Effect.promise(() => {
    const file = built.get(text) ?? write(text)
    built.set(text, file)
    return file
  })
