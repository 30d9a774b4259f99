// Publishes the packages, each after those it depends on. Without --really only says what it would do, and what stands in the way.
//
// With provenance, so that everybody can see what they were built from: npm gives that to a CI job that may ask for an identity
// (on GitHub `permissions: id-token: write`) and to nobody else, so this does not publish from a desk. Run `.ci/run` before.
import { execFileSync, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { inOrder, problems, published } from "./publish/release.mjs"

const root = fileURLToPath(new URL("../", import.meta.url))
const really = process.argv.includes("--really")
const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim()

const packages = inOrder(published(root))
const { version } = packages[0].manifest
const tag = `v${version}`
const found = [
  ...problems(root, packages),
  ...(git("status", "--porcelain") === "" ? [] : ["the tree holds changes that no commit has"]),
  ...(git("tag", "--points-at", "HEAD").split("\n").includes(tag) ? [] : [`this commit has no tag ${tag}`]),
  ...(process.env.ACTIONS_ID_TOKEN_REQUEST_URL === undefined ? ["nobody here can vouch for where it is built"] : [])
]

console.log(`${version}, in this order: ${packages.map(({ manifest }) => manifest.name).join(", ")}`)
for (const problem of found) console.error(`in the way: ${problem}`)

if (really && found.length === 0) {
  for (const { folder } of packages) {
    const args = ["publish", "--provenance", "--access", "public", "--workspace", folder]
    const { status } = spawnSync("npm", args, { cwd: root, stdio: "inherit" })
    if (status !== 0) process.exit(status ?? 1)
  }
} else if (really) {
  process.exitCode = 1
}
