import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { inOrder, problems, published } from "./release.mjs"

const manifest = (name, more = {}) => ({
  name: `@x/${name}`,
  version: "1.2.3",
  repository: { directory: `packages/${name}` },
  publishConfig: { access: "public" },
  ...more
})

/** What is said of a house with two packages that may be published, with one thing changed. */
const told = ({ a = {}, b = {}, changelog = "## [1.2.3] - 2026-11-23\n", changeset, without } = {}) => {
  const root = mkdtempSync(join(tmpdir(), "release-"))
  try {
    const manifests = [manifest("a", { dependencies: { "@x/b": "1.2.3", other: "^9" }, ...a }), manifest("b", b)]
    for (const each of [...manifests, manifest("c", { private: true, version: "0.0.0" })]) {
      const folder = join(root, "packages", each.name.slice(3))
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, "package.json"), JSON.stringify(each))
      for (const file of ["README.md", "LICENSE"]) if (file !== without) writeFileSync(join(folder, file), "x")
    }
    writeFileSync(join(root, "CHANGELOG.md"), changelog)
    mkdirSync(join(root, ".changeset"))
    for (const file of ["README.md", "config.json"]) writeFileSync(join(root, ".changeset", file), "x")
    if (changeset !== undefined) writeFileSync(join(root, ".changeset", changeset), "x")
    return { said: problems(root), order: inOrder(published(root)).map((each) => each.folder) }
  } finally {
    rmSync(root, { recursive: true })
  }
}

test("says nothing where all is well, and puts what is needed first", () => {
  assert.deepEqual(told(), { said: [], order: ["packages/b", "packages/a"] })
})

/** @type {Array<[what: string, change: object, expected: string[]]>} */
const mistakes = [
  ["a version of its own", { b: { version: "1.2.4" } }, ["packages/b: version 1.2.4, the others have 1.2.3"]],
  ["an old one of ours", { a: { dependencies: { "@x/b": "^1.0.0" } } }, ["packages/a: wants @x/b ^1.0.0, not 1.2.3"]],
  ["one that nobody may see", { b: { publishConfig: {} } }, ['packages/b: publishConfig.access is not "public"']],
  ["another place", { b: { repository: {} } }, ["packages/b: repository.directory is not packages/b"]],
  [
    "no entry in the changelog",
    { changelog: "## [Unreleased]\n" },
    ['CHANGELOG.md: there is no "## [1.2.3] - YYYY-MM-DD"']
  ],
  [
    "a change without a version",
    { changeset: "brave-hats.md" },
    [".changeset/brave-hats.md: a change that waits for a version (npm run version-packages)"]
  ],
  ["no licence", { without: "LICENSE" }, ["packages/a: LICENSE is missing", "packages/b: LICENSE is missing"]]
]
for (const [what, change, expected] of mistakes) {
  test(`tells ${what}`, () => assert.deepEqual(told(change).said, expected))
}

test("packages that need each other are told", () => {
  assert.throws(
    () => told({ b: { dependencies: { "@x/a": "1.2.3" } } }),
    /^Error: a circle of dependencies: @x\/a, @x\/b$/
  )
})
