/**
 * Bundles the package, so that it brings Effect neither into the tree nor into the types of its users: for Node.js with esbuild, for
 * pages with Rollup and Terser as the script is, and the types as copies that name nothing else. Workspace packages are
 * read from their sources; the types from what the compiler wrote, so compile first.
 *
 * Bundled rather than installed as ordinary dependencies that nest, after a comparison: docs/design/benchmarks.md.
 *
 * `node bundle.mjs [node]`: all of it, or what Node.js needs and the types.
 */
import * as Esbuild from "esbuild"
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "vite"
import { licences, settings } from "../browser/bundle.mjs"
import { leftOut } from "../browser/script/leftOut.mjs"
import { flattened } from "./types.mjs"

const here = fileURLToPath(new URL(".", import.meta.url))
const root = resolve(here, "../..")

/**
 * What was made before, but for what the compiler wrote, what is not made anew, and what was written now. At the end, so that at no time
 * a program that reads the package finds none.
 */
const removeOld = (outdir, pages, written) => {
  const kept = ["unbundled", "test", ...(pages ? [] : ["browser", "browser.js"])]
  for (const top of readdirSync(outdir, { withFileTypes: true }).filter(({ name }) => !kept.includes(name))) {
    const path = join(outdir, top.name)
    const below = top.isDirectory() ? readdirSync(path, { recursive: true, withFileTypes: true }) : []
    const files = below
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    for (const file of top.isDirectory() ? files : [path]) if (!written.has(file)) rmSync(file)
  }
}

/** Chunks: what is loaded when it is asked for (files, terminals, browsers, many users) is a file of its own. */
const forNode = async (outdir) => {
  const { metafile } = await Esbuild.build({
    entryPoints: { index: join(here, "src/index.ts"), services: join(here, "src/services.ts") },
    absWorkingDir: root,
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    conditions: ["@mlserver-auth/source", "module", "node"],
    chunkNames: "node/[name]-[hash]",
    external: ["@napi-rs/keyring"],
    // Names too: a tenth of what the import costs.
    minify: true,
    charset: "ascii",
    legalComments: "none",
    metafile: true,
    logLevel: "warning"
  })
  const absolute = (files) => Object.keys(files).map((file) => resolve(root, file))
  return { modules: absolute(metafile.inputs), files: absolute(metafile.outputs) }
}

const write = (file, text) => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

/** Both entries share what both need. */
const forPages = async (outdir) => {
  const { output } = await build({
    ...settings,
    root: here,
    plugins: [leftOut()],
    build: {
      ...settings.build,
      rollupOptions: { ...settings.build.rollupOptions, output: { chunkFileNames: "browser/[name]-[hash].js" } },
      lib: {
        entry: { browser: join(here, "src/browser.ts"), "browser/azure": join(here, "src/browser/azure.ts") },
        formats: ["es"],
        fileName: (_, name) => `${name}.js`
      }
    }
  }).then((built) => [built].flat()[0])
  const files = output.map(({ code, fileName }) => write(join(outdir, fileName), code))
  return { modules: output.flatMap(({ modules }) => Object.keys(modules)), files }
}

/** Writes the package into its `dist`. */
export const bundle = async ({ pages = true } = {}) => {
  const outdir = join(here, "dist")
  const made = [await forNode(outdir), ...(pages ? [await forPages(outdir)] : [])]
  const types = flattened(root, ["index", "services", "browser", "browser/azure"])
  const written = [
    ...made.flatMap(({ files }) => files),
    write(join(outdir, "THIRD-PARTY-LICENSES.txt"), licences(made.flatMap(({ modules }) => modules))),
    ...Array.from(types, ([file, text]) => write(join(outdir, file), text))
  ]
  removeOld(outdir, pages, new Set(written))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle({ pages: process.argv[2] !== "node" })
