// What stands in the way of publishing; with --really, and nothing in the way, `changeset publish`.
//
// With provenance (`publishConfig`), so that all can see what the packages were built from: npm gives that to a CI job that may ask
// for an identity (on GitHub `permissions: id-token: write`) and to no one else. Run `.ci/run` before: it judges the packages.
import { execFileSync, spawnSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../", import.meta.url))
const { version } = JSON.parse(readFileSync(`${root}packages/core/package.json`, "utf8"))
const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim()

const waiting = readdirSync(`${root}.changeset`).filter((name) => name.endsWith(".md") && name !== "README.md")
const found = [
  ...(waiting.length === 0 ? [] : [`${waiting.length} changes wait for a version: npm run version-packages`]),
  ...(git("status", "--porcelain") === "" ? [] : ["the tree holds changes that no commit has"]),
  ...(git("tag", "--points-at", "HEAD").split("\n").includes(`v${version}`)
    ? []
    : [`this commit has no tag v${version}`]),
  ...(process.env.ACTIONS_ID_TOKEN_REQUEST_URL === undefined ? ["no CI here can vouch for where it is built"] : [])
]
for (const problem of found) console.error(`in the way of ${version}: ${problem}`)

if (process.argv.includes("--really")) {
  process.exitCode =
    found.length > 0
      ? 1
      : (spawnSync("npx", ["changeset", "publish", "--no-git-tag"], { cwd: root, stdio: "inherit" }).status ?? 1)
}
