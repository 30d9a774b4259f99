/** The checks of the documentation check themselves: each mistake is made on a small page, and must be told. Wants `tsc -b` before. */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import * as Commands from "./commands.mjs"
import { pages } from "./markdown.mjs"

const fence = "```"
const sh = (...lines) => [`${fence}sh`, ...lines, fence, ""].join("\n")
const checked = (text) => Commands.check([{ file: "page.md", text }])

test("says nothing of command lines that parse", () => {
  const sound = [
    sh(
      'printf %s "$PASSWORD" | mls login https://m.example --user ada --force || exit # mls nonsense --here',
      'TOKEN=$(mls api services 2>/dev/null) && curl -H "X: $(mls api POST x -f a=b)" > mls',
      "mls login --method=password -u \\\n  ada < /dev/null",
      "mls profile list --json; mls profile use lab",
      "true # not run; mls nonsense",
      "echo mls --nothing; case $? in 4) mls login ;; esac"
    ),
    `${fence}console\n$ mls login \\\n  --user ada\nmls said --something\n${fence}\n`,
    "Say `mls login --method auto|password [URL]`, `mls api … | head`, `mls --help`, `mls COMMAND --help`, `mls login --user`, `mls profile`, `mls profile list|use`.\n",
    "| `mls login URL \\| head --lines 1` |\n",
    `${fence}json\nmls wrong\n${fence}\n`
  ].join("\n")
  const { problems, shown } = checked(sound)
  assert.deepEqual(problems, [])
  assert.equal(shown, 18)
})

for (const [what, text, expected] of [
  ["a command that there is not", sh("mls logn"), "2 mls logn: there is no such command"],
  ["an option that there is not", sh("true", "mls login --usr ada"), "3 mls login: `--usr` is unknown here"],
  [
    "one after a line that goes on",
    sh("mls login \\", "  --force", "mls api --xy p"),
    "4 mls api: `--xy` is unknown here"
  ],
  ["a value for what takes none", sh("mls login --force=yes"), "2 mls login: `--force` takes no value"],
  ["an argument that is missing", sh("mls profile use"), "2 mls profile: PROFILE is missing"],
  ["a command that a command has not", sh("mls profile drop"), "2 mls profile: there is no such command: drop"],
  [
    "a choice of commands of which one is none",
    "`mls profile list|drop`\n",
    "1 mls profile: there is no such command: drop"
  ],
  ["an option that only another has", sh("mls profile list --force"), "2 mls profile: `--force` is unknown here"],
  ["a mistake behind a pipe", sh("true |mls login --bad"), "2 mls login: `--bad` is unknown here"],
  ["a mistake in a substitution", sh('curl -H "$(mls login --bad)"'), "2 mls login: `--bad` is unknown here"],
  ["a mistake behind variables", sh("CI=1 A='b c' sudo mls login --bad"), "2 mls login: `--bad` is unknown here"],
  [
    "a mistake in a transcript",
    `${fence}console\nit\n$ mls login --bad\n${fence}\n`,
    "3 mls login: `--bad` is unknown here"
  ],
  ["a mistake in a sentence", "Run\n`mls login --bad`.\n", "2 mls login: `--bad` is unknown here"]
]) {
  test(`tells ${what}`, () =>
    assert.deepEqual(
      checked(text).problems.map(({ line, problem }) => `${line} ${problem}`),
      [expected]
    ))
}

test("tells a value that is no choice, in a block and in a table, and too many arguments", () => {
  for (const text of [sh("mls login --method device"), "| `mls login --method auto\\|none` |\n"])
    assert.match(checked(text).problems[0]?.problem ?? "", /`--method` is none of auto, password/)
  assert.match(checked(sh("mls api GET a b")).problems[0]?.problem ?? "", /^mls api: Unknown argument/)
})

/** A house with these files, for as long as `look` looks at it. */
const house = (files, look) => {
  const root = mkdtempSync(join(tmpdir(), "pages-"))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return look(root)
  } finally {
    rmSync(root, { recursive: true })
  }
}

test("tells variables that nothing reads", () => {
  const files = { "README.md": "MLS_HOST\nand MLS_HOTS\n", "packages/cli/src/a.ts": 'variable("MLS_HOST")' }
  const found = house(files, (root) => Commands.variables(root, pages(root)))
  assert.deepEqual(found, [{ file: "README.md", line: 2, problem: "names MLS_HOTS, which nothing reads" }])
})

test("links that lead nowhere are told, and no others, with the settings of this house", () => {
  const here = fileURLToPath(new URL("../../", import.meta.url))
  const files = {
    "README.md": [
      "[a](none.md) [b](docs/a.md#none) [c](#none) [d](../out.md) [e]",
      "",
      '[e]: docs/gone.md\n\n<a href="lost.md">f</a> <img src="no.png">',
      "",
      "[x](docs/a.md#two-words-1) [y](docs/) [z](docs/a.md#own) [w](https://x.invalid/y) `[v](v.md)`"
    ].join("\n"),
    "docs/a.md":
      '# A\n\n## Two words\n\n## Two words\n\n<a id="own"></a>[up](../README.md)\n\n```md\n# None\n[u](u.md)\n```\n'
  }
  const how = [join(here, "scripts/check-links.mjs"), "README.md", "docs/a.md"]
  const { status, stderr } = house(files, (cwd) => spawnSync(process.execPath, how, { cwd, encoding: "utf8" }))
  assert.equal(status, 1)
  assert.deepEqual(
    new Set(stderr.trim().split("\n")),
    new Set([
      ...["none.md", "out.md", "docs/gone.md", "lost.md", "no.png"].map((url) => `${url}, in README.md`),
      "docs/a.md#none",
      "README.md#none"
    ])
  )
})
