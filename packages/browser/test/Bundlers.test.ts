import { assert, describe } from "@effect/vitest"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { build as esbuild } from "esbuild"
import { execFile } from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { promisify } from "node:util"
import * as Chromium from "./support/Chromium.js"
import * as Site from "./support/Site.js"

const { password, username } = Accounts.ada
const root = Path.join(import.meta.dirname, "../../..")
const entry = Path.join(import.meta.dirname, "pages/application.mjs")

/** What a bundler makes of the packages as they are published, and what it says about them. */
interface Bundled {
  readonly code: string
  readonly warnings: ReadonlyArray<string>
}

const byEsbuild = async (): Promise<Bundled> => {
  const { outputFiles, warnings } = await esbuild({
    entryPoints: [entry],
    bundle: true,
    write: false,
    logLevel: "silent"
  })
  return { code: outputFiles[0]?.text ?? "", warnings: warnings.map(({ text }) => text) }
}

const byVite = async (): Promise<Bundled> => {
  const { build: vite, createLogger } = await import("vite")
  const warnings: Array<string> = []
  const customLogger = { ...createLogger("silent"), warn: (text: string) => void warnings.push(text) }
  const built = await vite({
    configFile: false,
    customLogger,
    root,
    build: {
      write: false,
      minify: false,
      chunkSizeWarningLimit: 1000,
      lib: { entry, formats: ["iife"], name: "application" }
    }
  })
  const [output] = [built].flat()
  const [chunk] = output !== undefined && "output" in output ? output.output : []
  return { code: chunk?.code ?? "", warnings }
}

const byWebpack = async (): Promise<Bundled> => {
  const { default: webpack } = await import("webpack")
  const path = await Fs.mkdtemp(Path.join(Os.tmpdir(), "webpack-"))
  try {
    const warnings = await new Promise<ReadonlyArray<string>>((resolve, reject) =>
      webpack(
        {
          mode: "production",
          entry,
          context: root,
          output: { path, filename: "out.js" },
          // Minifying is most of the time and none of the question.
          optimization: { minimize: false },
          performance: false
        },
        (error, stats) =>
          error === null && stats?.hasErrors() === false
            ? resolve(stats.compilation.warnings.map(({ message }) => message))
            : reject(error ?? new Error(stats?.toString({ all: false, errors: true })))
      )
    )
    return { code: await Fs.readFile(Path.join(path, "out.js"), "utf8"), warnings }
  } finally {
    await Fs.rm(path, { recursive: true })
  }
}

/** Bundlers read what was compiled. Nothing happens where it is. */
const compiled = Layer.effectDiscard(
  Effect.promise(() => {
    const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
    const compiler = Path.join(root, "node_modules/typescript/bin/tsc")
    return promisify(execFile)(process.execPath, [compiler, "-b", "packages/browser"], { cwd: root, env })
  })
)

/** What takes seconds of a machine is not asked at each desk. */
const all = process.env["MLS_TEST_ALL"] === "1"

describe("the packages in an application's own bundle", () => {
  Chromium.layer(compiled)((it) => {
    for (const [name, bundle, always] of [
      ["esbuild", byEsbuild, true],
      ["Vite", byVite, false],
      ["webpack", byWebpack, false]
    ] as const) {
      it.scoped(`${name}: no warnings, nothing of Node.js, and it runs`, ({ skip }) =>
        Effect.gen(function* () {
          if (!always && !all) return skip("a bundler that only MLS_TEST_ALL=1 runs")
          const { code, warnings } = yield* Effect.promise(bundle)
          assert.deepStrictEqual(warnings, [])
          // The others refuse a module of Node.js by themselves.
          assert.notMatch(code, /__vite-browser-external/)
          const server = yield* DevServer.make()
          const site = yield* Site.make({ pages: [], scripts: { application: code }, behind: server.url })
          const page = yield* Chromium.tab(yield* Chromium.profile, site.page("application"))
          const visited = yield* Chromium.call(page, "visit", { username, password })
          assert.deepStrictEqual(visited, { status: 200, revocation: "Revoked" })
          assert.deepStrictEqual(Chromium.complaintsOf(page), [])
        })
      )
    }
  })
})
