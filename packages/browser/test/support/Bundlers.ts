/** The three bundlers that most applications are built with, with nothing set that an application need not set. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { build as esbuild } from "esbuild"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import * as Path from "node:path"
import { build as viteBuild, createLogger } from "vite"
import webpack from "webpack"

/** One script, and what the bundler had to say. */
export interface Built {
  readonly script: string
  readonly warnings: ReadonlyArray<string>
}

const entry = Path.join(import.meta.dirname, "../pages/consumer.js")

const withEsbuild = async (): Promise<Built> => {
  const { outputFiles, warnings } = await esbuild({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    logLevel: "silent"
  })
  return { script: outputFiles[0]?.text ?? "", warnings: warnings.map(({ text }) => text) }
}

const withVite = async (): Promise<Built> => {
  const warnings: Array<string> = []
  const warn = (text: string) => void warnings.push(text)
  const built = await viteBuild({
    configFile: false,
    root: Path.dirname(entry),
    customLogger: { ...createLogger("silent"), warn, warnOnce: warn, error: warn },
    build: { write: false, rollupOptions: { input: entry } }
  })
  const [output] = Array.isArray(built) ? built : [built]
  const first = output !== undefined && "output" in output ? output.output[0] : undefined
  return { script: first?.code ?? "", warnings }
}

const withWebpack = (path: string): Promise<Built> =>
  new Promise((resolve, reject) => {
    const compiler = webpack({
      mode: "production",
      entry,
      output: { path, filename: "app.js" },
      // Most of its time, and no part of what is asked here. Neither is its opinion on how large a script may be.
      optimization: { minimize: false },
      performance: { hints: false }
    })
    compiler.run((failure, stats) => {
      compiler.close(() => undefined)
      if (stats === undefined) return reject(failure ?? new Error("webpack said nothing"))
      const { errors, warnings } = stats.compilation
      const said = [...errors, ...warnings].map(({ message }) => message)
      return resolve({
        script: errors.length > 0 ? "" : readFileSync(Path.join(path, "app.js"), "utf8"),
        warnings: said
      })
    })
  })

const directory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(Path.join(tmpdir(), "mlserver-auth-webpack-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

export const all: Readonly<Record<string, Effect.Effect<Built, never, Scope.Scope>>> = {
  esbuild: Effect.promise(withEsbuild),
  Vite: Effect.promise(withVite),
  webpack: Effect.flatMap(directory, (path) => Effect.promise(() => withWebpack(path)))
}
