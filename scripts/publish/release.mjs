/** What must hold before the packages are published, and the order in which they are. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { filesBelow } from "../boundaries/sources.mjs"

/** The packages that are published: `{ folder, manifest }`. */
export const published = (root) =>
  filesBelow(root, "packages", ["package.json"])
    .filter((path) => path.split("/").length === 3)
    .map((path) => ({
      folder: path.replace(/\/package\.json$/, ""),
      manifest: JSON.parse(readFileSync(join(root, path), "utf8"))
    }))
    .filter(({ manifest }) => manifest.private !== true)

const ours = (packages) => new Set(packages.map(({ manifest }) => manifest.name))

const neededBy = ({ manifest }) => Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies })

/** Each after those that it depends on, so that nobody can install one whose dependency is not there yet. */
export const inOrder = (packages) => {
  const names = ours(packages)
  const done = []
  const left = [...packages]
  while (left.length > 0) {
    const there = new Set(done.map(({ manifest }) => manifest.name))
    const at = left.findIndex((each) => neededBy(each).every(([name]) => !names.has(name) || there.has(name)))
    if (at === -1) throw new Error(`a circle of dependencies: ${left.map(({ manifest }) => manifest.name).join(", ")}`)
    done.push(...left.splice(at, 1))
  }
  return done
}

const ofManifest = (root, { folder, manifest }, version, names) => {
  const problems = []
  const says = (problem) => problems.push(`${folder}: ${problem}`)
  if (manifest.version !== version) says(`version ${manifest.version}, the others have ${version}`)
  for (const [name, range] of neededBy({ manifest })) {
    if (names.has(name) && range !== version) says(`wants ${name} ${range}, not ${version}`)
  }
  if (manifest.publishConfig?.access !== "public") says('publishConfig.access is not "public"')
  // Provenance is refused where this is not the repository that builds.
  if (manifest.repository?.directory !== folder) says(`repository.directory is not ${folder}`)
  for (const file of ["README.md", "LICENSE"]) if (!existsSync(join(root, folder, file))) says(`${file} is missing`)
  return problems
}

/** Changes that no version has yet. */
const waiting = (root) => {
  const folder = join(root, ".changeset")
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".md") && name !== "README.md") : []
}

/** What stands in the way. */
export const problems = (root, packages = published(root)) => {
  const [first] = packages
  if (first === undefined) return ["there is nothing to publish"]
  const { version } = first.manifest
  const names = ours(packages)
  const changelog = existsSync(join(root, "CHANGELOG.md")) ? readFileSync(join(root, "CHANGELOG.md"), "utf8") : ""
  const dated = new RegExp(`^## \\[${version.replaceAll(".", "\\.")}\\] - \\d{4}-\\d\\d-\\d\\d$`, "m").test(changelog)
  return [
    ...packages.flatMap((each) => ofManifest(root, each, version, names)),
    ...(dated ? [] : [`CHANGELOG.md: there is no "## [${version}] - YYYY-MM-DD"`]),
    ...waiting(root).map((name) => `.changeset/${name}: a change that waits for a version (npm run version-packages)`)
  ]
}
