/**
 * Bundles the program into `dist/mls.js` and a few chunks beside it: hundreds of modules resolved one by one cost more
 * than a second of every start. Workspace packages are read from their sources, so nothing needs to be built before.
 *
 * `node bundle.mjs [DIRECTORY]`
 */
import * as Esbuild from "esbuild"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"

const here = Path.dirname(fileURLToPath(import.meta.url))
const root = Path.resolve(here, "../..")

/** CommonJS dependencies (undici) ask for Node's modules with `require`, which ES modules do not have. */
const banner = `import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);`

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
const licences = (metafile) => {
  const used = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs))
  const packages = new Set(
    used.map((file) => packageOf(Path.resolve(root, file))).filter((found) => found !== undefined)
  )
  return [...packages]
    .sort()
    .map(licenceOf)
    .join(`\n${"-".repeat(80)}\n\n`)
}

const removeOld = (directory) => {
  if (!Fs.existsSync(directory)) return
  for (const name of Fs.readdirSync(directory)) {
    if (name === "mls.js" || /^chunk-.*\.js$/.test(name)) Fs.rmSync(Path.join(directory, name))
  }
}

/** Writes the program into a directory and returns the path of its entry file. */
export const bundle = async (outdir = Path.join(here, "dist")) => {
  const { version } = JSON.parse(Fs.readFileSync(Path.join(here, "package.json"), "utf8"))
  removeOld(outdir)
  const { metafile } = await Esbuild.build({
    entryPoints: { mls: Path.join(here, "src/main.ts") },
    absWorkingDir: root,
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: "chunk-[name]-[hash]",
    format: "esm",
    platform: "node",
    target: "node20",
    conditions: ["@mlserver-auth/source", "module", "node"],
    define: { MLS_VERSION: JSON.stringify(version) },
    // Names stay, so that the stack of a fault can be read.
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: false,
    legalComments: "none",
    banner: { js: banner },
    metafile: true,
    logLevel: "warning"
  })
  const entry = Path.join(outdir, "mls.js")
  Fs.writeFileSync(entry, `#!/usr/bin/env node\n${Fs.readFileSync(entry, "utf8")}`)
  Fs.chmodSync(entry, 0o755)
  Fs.writeFileSync(Path.join(outdir, "THIRD-PARTY-LICENSES.txt"), licences(metafile))
  return { entry, metafile }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outdir = process.argv[2]
  await bundle(outdir === undefined ? undefined : Path.resolve(outdir))
}
