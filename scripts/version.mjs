// Makes the next version from the changesets in `.changeset`: every package and range of ours, the lock file, and the changelog.
// Commits nothing. `node scripts/version.mjs`
import { execFileSync } from "node:child_process"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { published } from "./publish/release.mjs"
import { isPrepared, notes, released } from "./version/changelog.mjs"

const root = fileURLToPath(new URL("../", import.meta.url))
const file = join(root, "CHANGELOG.md")
const run = (command, ...args) => execFileSync(command, args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] })
const version = () => published(root)[0].manifest.version

// What the tool itself reads them with; it comes with the tool.
const read = createRequire(createRequire(import.meta.url).resolve("@changesets/cli"))("@changesets/read").default
const changesets = await read(root)
const text = notes(changesets)
const changelog = readFileSync(file, "utf8")
const before = version()
const prepared = isPrepared(changelog, before)

if (text === "" && !prepared) {
  console.error("nothing is waiting in .changeset: there is no next version")
  process.exit(1)
}
if (prepared) {
  for (const { id } of changesets) rmSync(join(root, ".changeset", `${id}.md`))
} else {
  run(process.execPath, join(root, "node_modules", "@changesets", "cli", "bin.js"), "version")
  run("npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund")
}
writeFileSync(file, released(changelog, version(), new Date().toISOString().slice(0, 10), text))
console.log(
  `${before} → ${version()}, with ${changesets.length} changesets; look at it, commit it, tag it v${version()}`
)
