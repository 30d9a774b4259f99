/**
 * What Effect's runtime and its HTTP client load and the script never reaches, left out of it: a line each, with the
 * reason. An application bundles Effect as it is.
 */
import { readFileSync } from "node:fs"

/** Whatever is called of these throws, and names its module. */
export const UNREACHED = new Map([
  ["effect/dist/esm/Micro.js", "runs Effect's second, smaller runtime within the first: there is none here"],
  ["effect/dist/esm/internal/blockedRequests.js", "batches `Effect.request`: calls go out one by one here"],
  ["effect/dist/esm/Stream.js", "bodies are read by the reader that fetch gives, and `watch` calls a function"],
  ["@effect/platform/dist/esm/Cookies.js", "reads `Set-Cookie`, which browsers show to no page"]
])

/** Called whenever the runtime starts; what they are given in their place does nothing, since no page could ask for it. */
export const IDLE = new Map([
  [
    "effect/dist/esm/internal/metric.js",
    "counts fibers and renewals for a reader, and the script has no call to read them"
  ],
  ["effect/dist/esm/internal/metric/boundaries.js", "divides what metrics count"],
  ["effect/dist/esm/internal/differ/readonlyArrayPatch.js", "changes the labels of metrics from fiber to fiber"],
  [
    "effect/dist/esm/internal/differ/hashSetPatch.js",
    "changes the loggers from fiber to fiber: there is one, for good"
  ],
  ["effect/dist/esm/internal/supervisor.js", "tells what fibers do, and the script has no call to ask for it"],
  ["effect/dist/esm/internal/supervisor/patch.js", "changes supervisors from fiber to fiber"],
  [
    "effect/dist/esm/internal/random.js",
    "numbers for schedules and shuffles; secrets are made by the browser's crypto"
  ],
  ["effect/dist/esm/internal/configProvider.js", "reads settings from an environment, which a page does not have"]
])

const moduleOf = (id) => /node_modules\/((?!.*node_modules\/).*\.js)$/.exec(id)?.[1] ?? ""

/** The names that a module exports, from its syntax tree. */
const exportsOf = ({ body }) =>
  body.flatMap(({ declaration, specifiers = [], type }) => {
    if (type !== "ExportNamedDeclaration") return []
    const declared = (declaration?.declarations ?? [declaration]).map((one) => one?.id?.name)
    return [...declared, ...specifiers.map(({ exported }) => exported.name)].filter((name) => name !== undefined)
  })

const unreached = (module, names) => `
const leftOut = () => { throw new Error("left out of mlserver-auth.js: ${module}") }
export { ${names.map((name) => `leftOut as ${name}`).join(", ")} }
`

/** What stands in the place of an idle module: see `idle/`. */
const idle = (module) => readFileSync(new URL(module.replace(/^.*\/internal\//, "idle/"), import.meta.url), "utf8")

/** For Rollup. Fails if a module is not where it was: then Effect has changed, and the reasons are to be read again. */
export const leftOut = () => {
  const awaited = new Set([...UNREACHED.keys(), ...IDLE.keys()])
  return {
    name: "left-out",
    load(id) {
      const module = moduleOf(id)
      if (!awaited.delete(module)) return
      const given = IDLE.has(module) ? idle(module) : ""
      const has = new Set(exportsOf(this.parse(given)))
      const names = exportsOf(this.parse(readFileSync(id, "utf8"))).filter((name) => !has.has(name))
      return given + unreached(module, names)
    },
    buildEnd(error) {
      if (error === undefined && awaited.size > 0)
        this.error(`not loaded by the script any more: ${[...awaited].join(", ")}`)
    }
  }
}
