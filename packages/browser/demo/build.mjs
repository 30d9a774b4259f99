/**
 * Builds the demo page into `dist/demo`: files that any web server can serve. Workspace packages are read from their
 * sources, so nothing needs to be built before.
 *
 * `node demo/build.mjs [DIRECTORY]`
 */
import { copyFileSync, mkdirSync, rmSync } from "node:fs"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { build as bundle } from "esbuild"

const here = fileURLToPath(new URL(".", import.meta.url))

/** The page, in a directory. */
export const build = async (outdir = join(here, "../dist/demo")) => {
  rmSync(outdir, { recursive: true, force: true })
  mkdirSync(outdir, { recursive: true })
  for (const name of ["index.html", "signed-in.html", "demo.css", "icon.svg"]) {
    copyFileSync(join(here, name), join(outdir, name))
  }
  await bundle({
    entryPoints: [join(here, "demo.ts"), join(here, "signed-in.ts")],
    outdir,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    conditions: ["@mlserver-auth/source"],
    logLevel: "warning"
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outdir = process.argv[2]
  await build(outdir === undefined ? undefined : resolve(outdir))
}
