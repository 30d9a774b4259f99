/**
 * Bundles the program into `dist/mls.cjs` and chunks beside it: hundreds of modules resolved one by one cost more than
 * a second of every start. Workspace packages are read from their sources, so nothing needs to be built before.
 *
 * The program is made with Rollup (as Vite brings it): what a command needs is a chunk of its own, and nothing of it is read before.
 * In one file of esbuild's all of it was parsed at each start, and what ran was parsed twice: a fifth of `mls api`. All files
 * are CommonJS: Node wraps each of its own modules for ES modules with all it exports, which loads parts of Node that nothing
 * asked for (20 ms for `node:http`).
 *
 * `node bundle.mjs [DIRECTORY]`
 */
import * as Esbuild from "esbuild"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "vite"

const here = Path.dirname(fileURLToPath(import.meta.url))
const root = Path.resolve(here, "../..")

/** The folder of a dependency, from the path of one of its files. */
const packageOf = (file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]

const licenceOf = (directory) => {
  const manifest = JSON.parse(Fs.readFileSync(Path.join(directory, "package.json"), "utf8"))
  const file = Fs.readdirSync(directory).find((name) => /^(licen[cs]e|copying)(\.|$)/i.test(name))
  const text =
    file === undefined ? "(the package has no licence file)" : Fs.readFileSync(Path.join(directory, file), "utf8")
  return `${manifest.name} ${manifest.version}, ${manifest.license ?? "licence not stated"}\n\n${text.trim()}\n`
}

/** Every dependency that has code in the output, once, with its licence. */
const licences = (inputs) => {
  const packages = new Set(inputs.map(packageOf).filter((found) => found !== undefined))
  return [...packages]
    .sort((a, b) => (a < b ? -1 : 1))
    .map(licenceOf)
    .join(`\n${"-".repeat(80)}\n\n`)
}

const removeOld = (directory) => {
  if (!Fs.existsSync(directory)) return
  for (const name of Fs.readdirSync(directory)) {
    if (/^(mls|chunk-.*)\.c?js$/.test(name)) Fs.rmSync(Path.join(directory, name))
  }
}

const conditions = ["@mlserver-auth/source", "module", "node"]

/** What asks where it is resolves modules from there, which takes a path as well. */
const define = () => ({
  MLS_VERSION: JSON.stringify(JSON.parse(Fs.readFileSync(Path.join(here, "package.json"), "utf8")).version),
  "import.meta.url": "__filename",
  "import.meta.dirname": "__dirname"
})

/** What is in a chunk of its own. */
const apart = (name, file) => ({
  name: `apart: ${file}`,
  setup: (build) =>
    build.onResolve({ filter: new RegExp(`/${name}\\.js$`) }, () => ({ path: `./${file}`, external: true }))
})

/** What the entry file loads when it must: the whole program, the wire of a call without it, and what completions offer. */
const PROGRAMS = { program: "program.ts", call: "direct/call.ts", complete: "direct/complete.ts" }

/** One file, and the modules that are in it. */
const single = async (outdir, name, entry, plugins = []) => {
  const { metafile } = await Esbuild.build({
    entryPoints: { [name]: Path.join(here, entry) },
    absWorkingDir: root,
    outdir,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    supported: { "dynamic-import": false },
    conditions,
    define: define(),
    plugins,
    minify: true,
    charset: "ascii",
    legalComments: "none",
    metafile: true,
    logLevel: "warning"
  })
  return Object.keys(metafile.inputs).map((file) => Path.resolve(root, file))
}

/** The modules that a chunk loads, with those of the chunks that it loads. */
const loadedBy = (output, first) => {
  const chunks = new Map(output.map((chunk) => [chunk.fileName, chunk]))
  const loaded = new Set([first])
  for (const name of loaded) for (const next of chunks.get(name)?.imports ?? []) loaded.add(next)
  return [...loaded].flatMap((name) => chunks.get(name)?.moduleIds ?? [])
}

/**
 * Short names inside the modules of libraries, which are most of the bytes that are parsed at a start: it takes a tenth of that. Our
 * own names stay, so that the stack of a fault can be read.
 */
const shortened = {
  name: "short names in libraries",
  transform: async (code, id) =>
    packageOf(id) === undefined || !/\.m?js$/.test(id)
      ? undefined
      : {
          code: (
            await Esbuild.transform(code, {
              charset: "ascii",
              format: "esm",
              legalComments: "none",
              minifyIdentifiers: true,
              target: "node20"
            })
          ).code,
          map: null
        }
}

/** The program and its chunks, each with a hash of its contents in its name, so that none is taken for another's. */
const program = async (outdir) => {
  const { output } = await build({
    configFile: false,
    logLevel: "warn",
    root,
    define: define(),
    ssr: { noExternal: true, resolve: { conditions } },
    plugins: [shortened],
    esbuild: {
      charset: "ascii",
      legalComments: "none",
      minifyIdentifiers: false,
      minifySyntax: true,
      minifyWhitespace: true
    },
    build: {
      ssr: true,
      write: false,
      target: "node20",
      minify: "esbuild",
      rollupOptions: {
        input: Object.values(PROGRAMS).map((file) => Path.join(here, "src", file)),
        // Nothing in Effect or here does anything when it is imported, so what is not used can go.
        treeshake: { moduleSideEffects: false, propertyReadSideEffects: false, tryCatchDeoptimization: false },
        output: {
          format: "cjs",
          interop: "esModule",
          exports: "named",
          entryFileNames: "chunk-[name]-[hash].cjs",
          chunkFileNames: "chunk-[name]-[hash].cjs",
          hashCharacters: "hex"
        }
      }
    }
  })
  for (const { code, fileName } of output) Fs.writeFileSync(Path.join(outdir, fileName), code)
  const names = Object.fromEntries(output.map(({ facadeModuleId, fileName }) => [facadeModuleId, fileName]))
  const apartFrom = Object.entries(PROGRAMS).map(([name, file]) => apart(name, names[Path.join(here, "src", file)]))
  const direct = [PROGRAMS.call, PROGRAMS.complete].flatMap((file) =>
    loadedBy(output, names[Path.join(here, "src", file)])
  )
  return { apartFrom, modules: output.flatMap(({ moduleIds }) => moduleIds), direct }
}

/** The adapters of Node.js in one file: for tests of what bundling does to them. */
export const adapters = async (outdir) => {
  await single(outdir, "adapters", "../node/src/index.ts")
  return Path.join(outdir, "adapters.cjs")
}

/** Writes the program into a directory and returns the path of its entry file. */
export const bundle = async (outdir = Path.join(here, "dist")) => {
  removeOld(outdir)
  Fs.mkdirSync(outdir, { recursive: true })
  const { apartFrom, modules, direct } = await program(outdir)
  const first = await single(outdir, "mls", "src/main.ts", apartFrom)
  const library = [...first, ...direct].map(packageOf).find((found) => found !== undefined)
  // One import of Effect in them, and every `mls token`, plain `mls api` or Tab loads Effect.
  if (library !== undefined) throw new Error(`the direct paths must load no library, and have ${library}`)
  // The schemas of the outputs are for the compiler and for scripts/json-schemas.mjs.
  const schema = modules.find((file) => file.startsWith(Path.join(here, "src/outputs/")))
  if (schema !== undefined) throw new Error(`the program takes the types of ${schema} only, and has loaded it`)
  const entry = Path.join(outdir, "mls.cjs")
  Fs.writeFileSync(entry, `#!/usr/bin/env node\n${Fs.readFileSync(entry, "utf8")}`)
  Fs.chmodSync(entry, 0o755)
  Fs.writeFileSync(Path.join(outdir, "THIRD-PARTY-LICENSES.txt"), licences(modules))
  return { entry }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outdir = process.argv[2]
  await bundle(outdir === undefined ? undefined : Path.resolve(outdir))
}
