/**
 * Bundles the program into `dist/mls.cjs` and a chunk beside it: hundreds of modules resolved one by one cost more than
 * a second of every start. Workspace packages are read from their sources, so nothing needs to be built before.
 *
 * The program is one chunk, in which what is imported when it is needed is run when it is needed: a file for each such
 * part was slower. Both files are CommonJS: Node wraps each of its own modules for ES modules with all it exports, which
 * loads parts of Node that nothing asked for (20 ms for `node:http`).
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
const licences = (inputs) => {
  const packages = new Set(
    inputs.map((file) => packageOf(Path.resolve(root, file))).filter((found) => found !== undefined)
  )
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

/** What is in a chunk of its own. */
const apart = (filter, file) => ({
  name: `apart: ${file}`,
  setup: (build) => build.onResolve({ filter }, () => ({ path: `./${file}`, external: true }))
})

/** One file, and the name that it got: of a chunk with a hash of its contents, so that none is taken for another's. */
const chunk = async (outdir, name, entry, entryNames, plugins = []) => {
  const { version } = JSON.parse(Fs.readFileSync(Path.join(here, "package.json"), "utf8"))
  const { metafile } = await Esbuild.build({
    entryPoints: { [name]: Path.join(here, entry) },
    entryNames,
    absWorkingDir: root,
    outdir,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    supported: { "dynamic-import": false },
    conditions: ["@mlserver-auth/source", "module", "node"],
    // What asks where it is resolves modules from there, which takes a path as well.
    define: {
      MLS_VERSION: JSON.stringify(version),
      "import.meta.url": "__filename",
      "import.meta.dirname": "__dirname"
    },
    plugins,
    // Names stay, so that the stack of a fault can be read.
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: false,
    charset: "ascii",
    legalComments: "none",
    metafile: true,
    logLevel: "warning"
  })
  const [[file, output]] = Object.entries(metafile.outputs)
  return { name: Path.basename(file), inputs: Object.keys(output.inputs) }
}

/** Writes the program into a directory and returns the path of its entry file. */
export const bundle = async (outdir = Path.join(here, "dist")) => {
  removeOld(outdir)
  const program = await chunk(outdir, "program", "src/Program.ts", "chunk-[name]-[hash]")
  await chunk(outdir, "mls", "src/main.ts", "[name]", [apart(/\/Program\.js$/, program.name)])
  const entry = Path.join(outdir, "mls.cjs")
  Fs.writeFileSync(entry, `#!/usr/bin/env node\n${Fs.readFileSync(entry, "utf8")}`)
  Fs.chmodSync(entry, 0o755)
  Fs.writeFileSync(Path.join(outdir, "THIRD-PARTY-LICENSES.txt"), licences(program.inputs))
  return { entry }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outdir = process.argv[2]
  await bundle(outdir === undefined ? undefined : Path.resolve(outdir))
}
