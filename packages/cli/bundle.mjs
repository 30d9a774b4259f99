/**
 * Bundles the program into `dist/mls.cjs` and a few chunks beside it: hundreds of modules resolved one by one cost more
 * than a second of every start. Workspace packages are read from their sources, so nothing needs to be built before.
 *
 * The chunks are CommonJS: Node wraps each of its own modules for ES modules with all it exports, which loads parts of
 * Node that nobody asked for (20 ms for `node:http`), and on Node 20 only CommonJS can be loaded with code that V8
 * compiled at an earlier start.
 *
 * `node bundle.mjs [DIRECTORY]`
 */
import * as Esbuild from "esbuild"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"

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
    if (/^(mls|chunk-.*)\.c?js$/.test(name)) Fs.rmSync(Path.join(directory, name))
  }
}

/** esbuild splits ES modules only; each chunk is then turned into CommonJS by itself. */
const asCommonJs = async (text) => {
  const { code } = await Esbuild.transform(text, {
    format: "cjs",
    platform: "node",
    target: "node20",
    supported: { "dynamic-import": false },
    // What asks for it resolves modules from there, which takes a path as well.
    define: { "import.meta.url": "__filename" },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none"
  })
  return code
}

/** The package by its name; its parts, which an alias would catch as well, are found where they are. */
const partsOfUndici = {
  name: "parts-of-undici",
  setup: (build) => build.onResolve({ filter: /^undici$/ }, () => ({ path: Path.join(here, "undici.cjs") }))
}

const split = (version, outdir) =>
  Esbuild.build({
    entryPoints: { mls: Path.join(here, "src/main.ts") },
    absWorkingDir: root,
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: "chunk-[name]-[hash]",
    outExtension: { ".js": ".cjs" },
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
    plugins: [partsOfUndici],
    metafile: true,
    write: false,
    logLevel: "warning"
  })

/** Writes the program into a directory and returns the path of its entry file. */
export const bundle = async (outdir = Path.join(here, "dist")) => {
  const { version } = JSON.parse(Fs.readFileSync(Path.join(here, "package.json"), "utf8"))
  removeOld(outdir)
  Fs.mkdirSync(outdir, { recursive: true })
  const { metafile, outputFiles } = await split(version, outdir)
  await Promise.all(outputFiles.map(async ({ path, text }) => Fs.promises.writeFile(path, await asCommonJs(text))))
  const entry = Path.join(outdir, "mls.cjs")
  Fs.writeFileSync(entry, `#!/usr/bin/env node\n${Fs.readFileSync(entry, "utf8")}`)
  Fs.chmodSync(entry, 0o755)
  Fs.writeFileSync(Path.join(outdir, "THIRD-PARTY-LICENSES.txt"), licences(metafile))
  return { entry, metafile }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outdir = process.argv[2]
  await bundle(outdir === undefined ? undefined : Path.resolve(outdir))
}
