/**
 * Bundles the library for a script tag into `dist/mlserver-auth.js`, and with sign-ins at Azure into
 * `dist/mlserver-auth-azure.js`, each with a map, and with the licences of what is in them.
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
import { leftOut } from "./script/leftOut.mjs"

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
export const licences = (modules) => {
  const packages = new Set(modules.map(packageOf).filter((found) => found !== undefined))
  return [...packages]
    .sort((a, b) => a.localeCompare(b))
    .map(licenceOf)
    .join(`\n${"-".repeat(80)}\n\n`)
}

/** The scripts, by name: the module that each is made of. */
export const SCRIPTS = { "mlserver-auth": "src/global.ts", "mlserver-auth-azure": "src/azure.ts" }

/** A script, not written yet; `build` changes how. */
export const script = async (build = {}, name = "mlserver-auth") => {
  const [{ output }] = await bundled({
    ...settings,
    root: here,
    plugins: [leftOut()],
    build: {
      ...settings.build,
      ...build,
      sourcemap: true,
      // A `var` of a script is a global, one of a module is not.
      rollupOptions: { ...settings.build.rollupOptions, output: { footer: "globalThis.mlserverAuth = mlserverAuth" } },
      lib: { entry: join(here, SCRIPTS[name]), formats: ["iife"], name: "mlserverAuth", fileName: name }
    }
  })
  const [chunk] = output
  return chunk
}

/** Writes the scripts and what belongs to them into a directory. */
export const bundle = async (outdir = join(here, "dist")) => {
  mkdirSync(outdir, { recursive: true })
  const { version } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"))
  const all = []
  for (const name of Object.keys(SCRIPTS)) {
    const { code, map, modules } = await script({}, name)
    all.push(...Object.keys(modules))
    const banner = `/*! ${name} ${version}, MIT; with effect and @effect/platform, MIT: see mlserver-auth.licenses.txt */`
    const text = code.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "")
    // Behind the code, so that the map's lines stay right.
    writeFileSync(join(outdir, `${name}.js`), `${text}\n${banner}\n//# sourceMappingURL=${name}.js.map\n`)
    const sources = map.sources.map((source) => source.replace(/^.*(node_modules|packages)\//, "$1/"))
    writeFileSync(join(outdir, `${name}.js.map`), JSON.stringify({ ...map, file: `${name}.js`, sources }))
  }
  writeFileSync(join(outdir, "mlserver-auth.licenses.txt"), licences(all))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outdir = process.argv[2]
  await bundle(outdir === undefined ? undefined : resolve(outdir))
}
