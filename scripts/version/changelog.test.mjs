/** The changelog's sections, from changesets. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { isPrepared, notes, released } from "./changelog.mjs"

const changeset = (summary, releases) => ({
  summary,
  releases: Object.entries(releases).map(([name, type]) => ({ name, type }))
})

test("changes are told by size, the largest first, each with its packages", () => {
  const waiting = [
    changeset("A lost answer is told.", { "@x/core": "patch" }),
    changeset("Stores watch.\nYours must, too.", { "@x/node": "patch", "@x/core": "minor" }),
    changeset("No more Node 20.", { "@x/node": "major" })
  ]
  assert.equal(
    notes(waiting),
    [
      "### Breaking\n\n- `@x/node`: No more Node 20.\n",
      "### Added and changed\n\n- `@x/node`, `@x/core`: Stores watch.\n  Yours must, too.\n",
      "### Fixed\n\n- `@x/core`: A lost answer is told.\n"
    ].join("\n")
  )
})

test("a change that releases nothing is not told", () => {
  assert.equal(notes([changeset("Tidied up.", {}), changeset("Tidied up.", { "@x/core": "none" })]), "")
})

const head = "# Changelog\n\nAll packages have one version.\n"
const first = "## [1.0.0] - 2026-01-01\n\n- began\n"

test("a new version comes before all others, and these stay as they are", () => {
  const after = released(`${head}\n${first}`, "1.1.0", "2026-02-02", "### Fixed\n\n- $& more\n")
  assert.equal(after, `${head}\n## [1.1.0] - 2026-02-02\n\n### Fixed\n\n- $& more\n\n${first}`)
})

test("the first version of all", () => {
  assert.equal(released(head, "0.1.0", "2026-02-02", "- it\n"), `${head}\n## [0.1.0] - 2026-02-02\n\n- it\n`)
})

const prepared = `${head}\n## [1.1.0] - unreleased\n\n- written by hand\n\n${first}`

test("a section without a date gets it, and what is waiting comes after what it had", () => {
  assert.ok(isPrepared(prepared, "1.1.0"))
  assert.ok(!isPrepared(prepared, "1.0.0"))
  const after = released(prepared, "1.1.0", "2026-02-02", "### Fixed\n\n- $& more\n")
  assert.equal(after, `${head}\n## [1.1.0] - 2026-02-02\n\n- written by hand\n\n### Fixed\n\n- $& more\n\n${first}`)
  assert.equal(
    released(prepared, "1.1.0", "2026-02-02", ""),
    `${head}\n## [1.1.0] - 2026-02-02\n\n- written by hand\n\n${first}`
  )
})
