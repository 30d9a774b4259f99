/**
 * What this library costs a page, against budgets: the script as it is built for a script tag, and what core and the
 * adapter add to an application that already has `effect` and `@effect/platform`. Compressed with gzip, as servers send it.
 * `node scripts/check-bundle.mjs [--all]`
 */
import { gzipSync } from "node:zlib"
import { build } from "vite"
import { script, settings } from "../packages/browser/bundle.mjs"
import { application, BUDGETS } from "./bundle/budgets.mjs"

const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`
const gzip = (code) => gzipSync(code, { level: 9 }).length

/** A page's program in chunks: ours, what of ours is loaded when it is asked for, and what an application has anyway. */
const chunks = async (source) => {
  const entry = "\0entry"
  const isTheirs = (id) => id.includes("node_modules") || id.includes("vite/preload-helper")
  const { output } = await build({
    ...settings,
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === "entry" ? entry : undefined),
        load: (id) => (id === entry ? source : undefined)
      }
    ],
    build: {
      ...settings.build,
      // What applications use.
      minify: "esbuild",
      rollupOptions: {
        ...settings.build.rollupOptions,
        input: "entry",
        output: { manualChunks: (id) => (isTheirs(id) ? "vendor" : undefined) }
      }
    }
  })
  const sum = (some) => some.reduce((bytes, { code }) => bytes + gzip(code), 0)
  const atStart = output.filter(({ isDynamicEntry }) => !isDynamicEntry)
  return {
    own: sum(atStart.filter(({ name }) => name !== "vendor")),
    all: sum(atStart),
    later: sum(output) - sum(atStart)
  }
}

/** The weightiest modules of the script, and every one of ours, by Rollup's own figures. */
const table = (modules, all) => {
  const nameOf = (id) => id.replace(/^.*(?:node_modules|packages)\//, "")
  const rows = Object.entries(modules)
    .map(([id, { renderedLength }]) => [nameOf(id), renderedLength])
    .sort(([, a], [, b]) => b - a)
  const shown = rows.filter(([module], at) => all || at < 20 || /^(core|browser)\//.test(module))
  const rest = rows.filter((row) => !shown.includes(row)).reduce((sum, [, bytes]) => sum + bytes, 0)
  for (const [module, bytes] of [...shown, ["(others)", rest]]) console.log(`${kB(bytes).padStart(10)}  ${module}`)
}

const main = async () => {
  const { code, map, modules } = await script()
  const azure = await script({}, "mlserver-auth-azure")
  const forbidden = /\bnode:|dev-server/.exec([...map.sources, ...azure.map.sources, code, azure.code].join("\n"))?.[0]
  const [without, withOurs] = [await chunks(application.without), await chunks(application.with)]
  console.log("mlserver-auth.js by module, before it is minified and compressed:")
  table(modules, process.argv.includes("--all"))
  const measured = {
    script: gzip(code),
    azure: gzip(azure.code),
    own: withOurs.own,
    added: withOurs.all - without.all
  }
  console.log(
    `\nan application with effect and @effect/platform: ${kB(without.all)}; with this library ${kB(withOurs.all)}, and ${kB(withOurs.later)} when its dialog is opened\n`
  )
  const over = Object.entries(BUDGETS).filter(([name, { aim, limit, what }]) => {
    const bytes = measured[name]
    console.log(
      `${kB(bytes).padStart(10)}  ${what} (limit ${kB(limit)}, aim ${kB(aim)}${bytes > aim ? ", missed" : ""})`
    )
    return bytes > limit
  })
  for (const [, { what }] of over) console.error(`over its limit: ${what}`)
  if (forbidden !== undefined) console.error(`must not be in a page: ${forbidden}`)
  if (over.length > 0 || forbidden !== undefined) process.exitCode = 1
}

await main()
