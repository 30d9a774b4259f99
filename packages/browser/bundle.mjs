/**
 * Bundles the library for a script tag into `dist/mlserver-auth.js`, with a map and the licences of what is in it.
 * Workspace packages are read from their sources, so nothing needs to be built before.
 *
 * With Rollup (as Vite brings it) and Terser, after a comparison: esbuild alone makes it 11 % larger, Rollup with esbuild's
 * minifier 4 %, compressed.
 *
 * `node bundle.mjs [DIRECTORY]`
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { build as bundled } from "vite"

const here = fileURLToPath(new URL(".", import.meta.url))

/** Nothing in Effect or here does anything when it is imported, so what is not used can go. */
const treeshake = { moduleSideEffects: false, propertyReadSideEffects: false, tryCatchDeoptimization: false }

/** Of any browser bundle that the budgets are about. */
export const settings = {
  configFile: false,
  logLevel: "warn",
  resolve: { conditions: ["@mlserver-auth/source", "module", "browser"] },
  build: {
    write: false,
    target: "es2022",
    minify: "terser",
    terserOptions: { module: true, compress: { passes: 3, pure_getters: true, unsafe_arrows: true } },
    rollupOptions: { treeshake }
  }
}

/** The folder of a dependency, from the path of one of its files. */
const packageOf = (file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]

const licenceOf = (directory) => {
  const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"))
  const file = readdirSync(directory).find((name) => /^(licen[cs]e|copying)(\.|$)/i.test(name))
  const text = file === undefined ? "(the package has no licence file)" : readFileSync(join(directory, file), "utf8")
  return `${manifest.name} ${manifest.version}, ${manifest.license ?? "licence not stated"}\n\n${text.trim()}\n`
}

/** Every dependency that has code in the output, once, with its licence. */
const licences = (modules) => {
  const packages = new Set(modules.map(packageOf).filter((found) => found !== undefined))
  return [...packages]
    .sort((a, b) => a.localeCompare(b))
    .map(licenceOf)
    .join(`\n${"-".repeat(80)}\n\n`)
}

/** The script, not written yet; `build` changes how. */
export const script = async (build = {}) => {
  const [{ output }] = await bundled({
    ...settings,
    root: here,
    build: {
      ...settings.build,
      ...build,
      sourcemap: true,
      lib: { entry: join(here, "src/global.ts"), formats: ["iife"], name: "mlserverAuth", fileName: "mlserver-auth" }
    }
  })
  const [chunk] = output
  return chunk
}

/** Writes the script and what belongs to it into a directory. */
export const bundle = async (outdir = join(here, "dist")) => {
  const { code, map, modules } = await script()
  mkdirSync(outdir, { recursive: true })
  const { version } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"))
  const banner = `/*! mlserver-auth ${version}, MIT; with effect and @effect/platform, MIT: see mlserver-auth.licenses.txt */`
  const text = code.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "")
  // Behind the code, so that the map's lines stay right.
  writeFileSync(join(outdir, "mlserver-auth.js"), `${text}\n${banner}\n//# sourceMappingURL=mlserver-auth.js.map\n`)
  const sources = map.sources.map((source) => source.replace(/^.*(node_modules|packages)\//, "$1/"))
  writeFileSync(join(outdir, "mlserver-auth.js.map"), JSON.stringify({ ...map, file: "mlserver-auth.js", sources }))
  writeFileSync(join(outdir, "mlserver-auth.licenses.txt"), licences(Object.keys(modules)))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outdir = process.argv[2]
  await bundle(outdir === undefined ? undefined : resolve(outdir))
}
