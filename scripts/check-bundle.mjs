/**
 * What this library costs a page, against budgets: the script as it is built for a script tag, and what core and the
 * adapter add to an application that already has `effect` and `@effect/platform`. Compressed with gzip, as servers send it.
 * `node scripts/check-bundle.mjs [--all]`
 */
import { gzipSync } from "node:zlib"
import { build } from "vite"
import { script, settings } from "../packages/browser/bundle.mjs"
import { application, BUDGETS } from "./bundle/budgets.mjs"
import { bytesByModule } from "./bundle/weights.mjs"

const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`
const gzip = (code) => gzipSync(code, { level: 9 }).length

/** A page's program in two chunks: ours, and what an application has anyway. */
const chunks = async (source) => {
  const [entry, own] = ["\0entry", (id) => !id.includes("node_modules")]
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
        output: { manualChunks: (id) => (own(id) ? "own" : "vendor") }
      }
    }
  })
  const sum = (some) => some.reduce((bytes, { code }) => bytes + gzip(code), 0)
  return { own: sum(output.filter(({ name }) => name !== "vendor")), all: sum(output) }
}

/** The weightiest modules of the script, and every one of ours. */
const table = (weights, all) => {
  const rows = [...weights].sort(([, a], [, b]) => b - a)
  const shown = rows.filter(([module], at) => all || at < 20 || /^(core|browser)\//.test(module))
  const rest = rows.filter((row) => !shown.includes(row)).reduce((sum, [, bytes]) => sum + bytes, 0)
  for (const [module, bytes] of [...shown, ["(others)", rest]]) console.log(`${kB(bytes).padStart(10)}  ${module}`)
}

const main = async () => {
  const { code, map } = await script()
  const forbidden = /\bnode:|dev-server/.exec(map.sources.join("\n") + code)?.[0]
  const [without, withOurs] = [await chunks(application.without), await chunks(application.with)]
  console.log("mlserver-auth.js by module, minified, before compression:")
  table(bytesByModule(code, map), process.argv.includes("--all"))
  const measured = {
    script: gzip(code),
    own: withOurs.own,
    added: withOurs.all - without.all
  }
  console.log(
    `\nan application with effect and @effect/platform: ${kB(without.all)}; with this library ${kB(withOurs.all)}\n`
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
