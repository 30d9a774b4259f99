/** A module as a file that plain Node runs: for tests of what only another process can show. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { build } from "esbuild"
import { randomUUID } from "node:crypto"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"

/** `module`: its path below this package's sources. `whole`: with all it needs, which starts several times as fast. */
export const bundled = (module: string, whole = false): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const outfile = Path.join(import.meta.dirname, `../dist/test/${Path.basename(module)}-${randomUUID()}.mjs`)
      await build({
        entryPoints: [Path.join(import.meta.dirname, `../src/${module}.ts`)],
        outfile,
        bundle: true,
        platform: "node",
        format: "esm",
        conditions: ["@mlserver-auth/source"],
        external: whole ? [] : ["effect", "@effect/platform"],
        // For modules that are not ESM and require Node's own.
        banner: {
          js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);'
        },
        logLevel: "silent"
      })
      return outfile
    }),
    (outfile) => Effect.promise(() => Fs.rm(outfile, { force: true }))
  )
