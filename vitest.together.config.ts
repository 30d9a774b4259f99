/**
 * One project for all packages whose tests run in threads, which is all but the browser's: vitest gives each project threads of its
 * own, and translates each source for each project. Together, each thread loads Effect once, a source is translated once, and no
 * thread waits for the last file of a package.
 */
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { project, replacing, TOGETHER } from "./vitest.shared.js"

const packages = join(import.meta.dirname, "packages")
const has = (name: string, file: string) => existsSync(join(packages, name, file))

const threaded = readdirSync(packages).filter((name) => name !== "browser" && has(name, "vitest.config.ts"))

/** What runs in processes of its own. */
const apart = threaded
  .filter((name) => has(name, "vitest.replacing.config.ts"))
  .flatMap((name) => replacing(join(packages, name)).map((file) => `packages/${name}/${file}`))

export default project(TOGETHER, {
  // Not by `exclude`: vitest 3.2 heeds the one of the command line only where a project has none of its own.
  include: [...threaded.map((name) => `packages/${name}/test/**/*.test.ts`), ...apart.map((file) => `!${file}`)],
  globalSetup: ["packages/cli/test/bundled.ts", "packages/cli/test/exercised.ts"],
  pool: "threads",
  isolate: false
})
