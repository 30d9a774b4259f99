/** The checks of the documentation check themselves: each mistake is made on a small page, and must be told. */
import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { test } from "node:test"
import * as Commands from "./commands.mjs"
import { anchorsOf, pages } from "./markdown.mjs"
import { bare, commandsIn } from "./shell.mjs"
import * as Targets from "./targets.mjs"

const fence = "```"
const sh = (...lines) => [`${fence}sh`, ...lines, fence, ""].join("\n")

const helps = {
  login: `Usage
  mls login [URL] [options]

Options
  -u, --user name             Who signs in.
  --force                     Anew.
  --method auto | password
                              How.
`,
  profile:
    "Usage\n  mls profile COMMAND\n\nCommands\n  mls profile list [options]\n  mls profile use NAME [--now] [options]\n",
  "profile list": "Usage\n  mls profile list [options]\n\nOptions\n  --json                      JSON.\n",
  "profile use": "Usage\n  mls profile use NAME [--now] [options]\n\nOptions\n  --now                       Now.\n",
  api: "Usage\n  mls api [METHOD] PATH [options]\n\nOptions\n  -f, --field key=value...    A field.\n"
}

const told = async (text) =>
  (await Commands.check([{ file: "page.md", text }], (path) => helps[path.join(" ")])).problems.map(
    ({ line, problem }) => `${line} ${problem}`
  )

test("says nothing of command lines that parse", async () => {
  const sound = [
    sh(
      'printf %s "$PASSWORD" | mls login https://m.example --user ada --force || exit # mls nonsense --here',
      'TOKEN=$(mls api services 2>/dev/null) && curl -H "X: $(mls api POST x -f a=b)" > mls',
      "mls login --method=password -u \\\n  ada < /dev/null",
      "mls profile list --json; mls profile use lab --now",
      "true # not run; mls nonsense",
      "echo mls --nothing; case $? in 4) mls login ;; esac"
    ),
    `${fence}console\n$ mls login --user ada\nmls said --something\n${fence}\n`,
    "Say `mls login --method auto|password [URL]`, `mls api … | head`, `mls --help`, `mls COMMAND --help`, `mls login --user`, `mls profile`, `mls profile list|use`.\n",
    "| `mls login URL \\| head --lines 1` |\n",
    `${fence}json\nmls wrong\n${fence}\n`
  ].join("\n")
  assert.deepEqual(await told(sound), [])
  const { shown } = await Commands.check([{ file: "page.md", text: sound }], (path) => helps[path.join(" ")])
  assert.equal(shown, 16)
})

for (const [what, text, expected] of [
  ["a command that there is not", sh("mls logn"), "2 mls logn: there is no such command"],
  ["an option that there is not", sh("true", "mls login --usr ada"), "3 mls login: --usr is unknown"],
  ["one after a line that goes on", sh("mls login \\", "  --force", "mls api --x p"), "4 mls api: --x is unknown"],
  ["a value for what takes none", sh("mls login --force=yes"), "2 mls login: --force takes no value"],
  [
    "a value that is no choice",
    sh("mls login --method device"),
    "2 mls login: --method is one of auto, password, not device"
  ],
  ["too many arguments", sh("mls api GET a b"), "2 mls api: 3 arguments, where at most 2 may be"],
  ["a command that a command has not", sh("mls profile drop lab"), "2 mls profile: there is no such command: drop"],
  ["an option that only another has", sh("mls profile list --now"), "2 mls profile list: --now is unknown"],
  [
    "too many arguments of one inside",
    sh("mls profile use a b"),
    "2 mls profile use: 2 arguments, where at most 1 may be"
  ],
  ["a mistake behind a pipe", sh("true |mls login --bad"), "2 mls login: --bad is unknown"],
  ["a mistake in a substitution", sh('curl -H "$(mls login --bad)"'), "2 mls login: --bad is unknown"],
  ["a mistake behind variables", sh("CI=1 A='b c' mls login --bad"), "2 mls login: --bad is unknown"],
  ["a mistake in a transcript", `${fence}console\n$ mls login --bad\n${fence}\n`, "2 mls login: --bad is unknown"],
  ["a mistake in a sentence", "Run\n`mls login --bad`.\n", "2 mls login: --bad is unknown"],
  [
    "a mistake in a table",
    "| `mls login --method auto\\|none` |\n",
    "1 mls login: --method is one of auto, password, not auto|none"
  ]
]) {
  test(`tells ${what}`, async () => assert.deepEqual(await told(text), [expected]))
}

test("takes a command line apart as a shell does", () => {
  assert.deepEqual(commandsIn('a \'b c\' "d \\"e\\"" f\\ g >out 2>&1 <in; h&&i').map(bare), [
    ["a", "b c", 'd "e"', "f g"],
    ["h"],
    ["i"]
  ])
  assert.deepEqual(commandsIn("if ! X=1 a; then b 2 > c; fi").map(bare), [["a"], ["b", "2"], ["fi"]])
})

/** What is told of a house with these files. */
const toldOf = (files, check) => {
  const root = mkdtempSync(join(tmpdir(), "links-"))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return check(root, pages(root)).map(({ file, line, problem }) => `${file}:${line} ${problem}`)
  } finally {
    rmSync(root, { recursive: true })
  }
}

test("says nothing of links that lead somewhere", () => {
  const readme = [
    "# A [b](docs/a.md) `c`: d!",
    "",
    '[x](docs/a.md#two-words) [y](#a-b-c-d "title") [z](https://x.example/none) [f](docs/) <a href="docs/a.md#own">',
    "`[not](a-link.md)`",
    "",
    "[r]: docs/a.md#two-words-1"
  ]
  const page = '## Two words\n\n## Two words\n\n<a id="own"></a>[up](../README.md)\n```md\n[not](shown.md)\n```\n'
  assert.deepEqual(toldOf({ "README.md": readme.join("\n"), "docs/a.md": page }, Targets.links), [])
})

test("tells links that lead nowhere", () => {
  const files = {
    "README.md": "[a](none.md)\n[b](docs/a.md#none) [c](#none)\n[d](../out.md)\n\n[e]: docs/none.md\n",
    "docs/a.md": "# A\n```md\n# None\n```\n"
  }
  assert.deepEqual(toldOf(files, Targets.links), [
    "README.md:1 leads to none.md, which does not exist",
    "README.md:2 leads to docs/a.md#none, and there is no such heading",
    "README.md:2 leads to #none, and there is no such heading",
    "README.md:3 leads out of the house: ../out.md",
    "README.md:5 leads to docs/none.md, which does not exist"
  ])
})

test("names headings as GitHub does", () => {
  const text = "# What `mls` says, *now*\n## Tokens & keys (v2)\n### Über_uns\n"
  assert.deepEqual([...anchorsOf(text)], ["what-mls-says-now", "tokens--keys-v2", "über_uns"])
})

test("tells variables that nothing reads", () => {
  const files = { "README.md": "MLS_HOST\nand MLS_HOTS\n", "packages/cli/src/a.ts": 'variable("MLS_HOST")' }
  assert.deepEqual(toldOf(files, Targets.variables), ["README.md:2 names MLS_HOTS, which nothing reads"])
})
