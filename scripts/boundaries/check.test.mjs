/** The checker checks itself: each rule is broken in one small house, and told of once; nothing else is. */
import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { test } from "node:test"
import { spawnSync } from "node:child_process"
import { fileURLToPath, pathToFileURL } from "node:url"
import { check } from "./check.mjs"

const door = (stem) => ({
  "@mlserver-auth/source": `./src/${stem}.ts`,
  types: `./dist/${stem}.d.ts`,
  default: `./dist/${stem}.js`
})

const peerDependencies = { effect: "^3", "@effect/platform": "^0", jose: "^6" }
const manifest = (more) => JSON.stringify({ peerDependencies, ...more })

/** A house in which nothing is wrong. */
const sound = {
  "packages/core/package.json": manifest({
    exports: { ".": door("index"), "./Token": door("Token"), "./Session": door("Session") }
  }),
  "packages/core/src/index.ts": 'export * as Session from "./Session.js"\nexport * as Token from "./Token.js"\n',
  "packages/core/src/Session.ts": '/**\n * import * as Effect from "effect"\n */\nimport { x } from "./Token.js"\n',
  "packages/core/src/Token.ts": 'import type * as Effect from "effect/Effect"\nexport const x = 1\n',
  "packages/node/package.json": manifest({
    dependencies: { "@mlserver-auth/core": "0" },
    exports: { ".": door("index") }
  }),
  "packages/node/src/index.ts": 'import * as Token from "@mlserver-auth/core/Token"\nimport * as Fs from "node:fs"\n',
  "README.md":
    "See `packages/core/src/Token.ts`, `Session.ts` and [the index](packages/core/src/index.ts); `packages/cli/dist/mls.cjs` is built.\n"
}

const repository = fileURLToPath(new URL("../..", import.meta.url))
const linter = join(repository, "node_modules/oxlint/bin/oxlint")
const lint = pathToFileURL(join(repository, "scripts/boundaries/lint.mjs")).href

/** The linter's settings for a house: the boundaries alone, so that nothing else is told. */
const configFor = (root, longModules) => `
import { base, overrides } from ${JSON.stringify(lint)}
const { rules: { "import/no-cycle": circles } } = base
export default {
  plugins: base.plugins,
  categories: { correctness: "off" },
  rules: { "import/no-cycle": circles },
  overrides: overrides(${JSON.stringify(root)}, { longModules: ${JSON.stringify(longModules)} })
}`

const linted = (root, longModules) => {
  writeFileSync(join(root, "house.config.mjs"), configFor(root, longModules))
  const how = ["-c", "house.config.mjs", "-f", "unix", "packages"]
  const { stderr, stdout } = spawnSync(process.execPath, [linter, ...how], { cwd: root, encoding: "utf8" })
  return `${stdout}${stderr}`.split("\n").filter((line) => line !== "" && !/^\d+ problems?$/.test(line))
}

/** What is said of the sound house with some files changed (`undefined`: taken away). */
const told = (changes = {}, longModules = {}) => {
  const root = mkdtempSync(join(tmpdir(), "boundaries-"))
  try {
    for (const [path, text] of Object.entries({ ...sound, ...changes })) {
      if (text === undefined) continue
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return [...check(root).map(({ file, line, problem }) => `${file}:${line} ${problem}`), ...linted(root, longModules)]
  } finally {
    rmSync(root, { recursive: true })
  }
}

test("says nothing of a sound house", () => assert.deepEqual(told(), []))

const lines = (...all) => `${all.join("\n")}\n`

/** Files of the house with a fault in each line, and what is said of each. */
const faults = {
  "packages/core/src/Token.ts": [
    ['import * as Http from "@mlserver-auth/node/NodeHttp"', /'@mlserver-auth\/node\/NodeHttp' import is restricted/],
    ['import type { Effect } from "effect"', /'effect' import is restricted from being used\. /],
    ['import * as Fs from "node:fs"', /'node:fs' import is restricted/],
    ['import type { Service } from "./Session.js"', /'\.\/Session\.js' import is restricted/],
    [
      'import type * as Client from "@effect/platform/HttpClient"',
      /'@effect\/platform\/HttpClient' import is restricted/
    ],
    ['import * as Jose from "jose"', /'jose' import is restricted/],
    ["export const x = Buffer.from([])", /Unexpected use of 'Buffer'/]
  ],
  "packages/core/src/Session.ts": [
    ['import { x } from "@mlserver-auth/core/Token"', /'@mlserver-auth\/core\/Token' import is restricted/],
    ['import { y } from "./Challenge"', /Missing file extension/, /'\.\/Challenge' import is restricted/]
  ],
  "packages/core/src/Credential.ts": [['import type { a } from "./Authority.js"', /[Cc]ycle/]],
  "packages/core/src/Authority.ts": [['import type { c } from "./Credential.js"', /[Cc]ycle/]],
  "packages/core/src/Challenge.ts": [["//\n".repeat(250), /too many lines \(251\)/]],
  "packages/core/test/Token.test.ts": [["//\n".repeat(300), /too many lines \(301\)/]],
  "packages/node/src/index.ts": [
    ['import * as Main from "@mlserver-auth/cli/main"', /'@mlserver-auth\/cli\/main' import is restricted/],
    ['import * as Token from "../../core/src/Token.js"', /'\.\.\/\.\.\/core\/src\/Token\.js' import is restricted/],
    [
      'import * as M from "@mlserver-auth/core/internal/memory"',
      /'@mlserver-auth\/core\/internal\/memory' import is restricted/
    ],
    ['export const load = () => import("undici/index.js")', /'undici\/index\.js' import is restricted/]
  ],
  "packages/node/src/internal/held.ts": [],
  "packages/dev-server/src/Grants.ts": [
    ['import type { Token } from "@mlserver-auth/core/Token"', /'@mlserver-auth\/core\/Token' import is restricted/]
  ],
  "README.md": [
    ["See `packages/core/src/Gone.ts`.", /names packages\/core\/src\/Gone\.ts, which/],
    ["See `Lost.ts`.", /names Lost\.ts, which/]
  ]
}

/** What is said of manifests, all at their first line. */
const manifests = {
  "packages/core/package.json": [
    manifest({
      exports: { ".": door("index"), "./Token": door("Token"), "./Session": door("Session"), "./None": door("None") }
    }),
    /leads to \.\/src\/None\.ts, which does not exist/,
    ...["Authority", "Challenge", "Credential"].flatMap((name) => [
      new RegExp(`src/${name}\\.ts is public and not in "exports"`),
      new RegExp(`index\\.ts does not export ${name}`)
    ])
  ],
  "packages/dev-server/package.json": [manifest({ dependencies: { "@mlserver-auth/core": "0" } })],
  "packages/node/package.json": [
    manifest({
      dependencies: { "@mlserver-auth/core": "0" },
      exports: { ".": Object.fromEntries(Object.entries(door("index")).toReversed()), "./held": door("internal/held") }
    }),
    /"\." must have, in this order/,
    /"\.\/held" opens an internal module/
  ]
}

test("tells of each fault, at its line, and of nothing else", () => {
  const texts = Object.entries(faults).map(([file, all]) => [file, lines(...all.map(([line]) => line))])
  const files = {
    ...Object.fromEntries(texts),
    ...Object.fromEntries(Object.entries(manifests).map(([f, [text]]) => [f, text]))
  }
  const expected = [
    ...Object.entries(faults).flatMap(([file, all]) =>
      all.flatMap(([line, ...said], at) =>
        said.map((pattern) => [line.startsWith("//") ? file : `${file}:${at + 1}`, pattern])
      )
    ),
    ...Object.entries(manifests).flatMap(([file, [, ...said]]) => said.map((pattern) => [`${file}:1`, pattern]))
  ]
  const said = told(files)
  const missing = expected.filter(
    ([at, pattern]) =>
      !said.some((line) => (line.startsWith(`${at}:`) || line.startsWith(`${at} `) ? pattern.test(line) : false))
  )
  assert.deepEqual(missing, [], said.join("\n"))
  const more = said.filter((line) => !expected.some(([at, pattern]) => line.startsWith(at) && pattern.test(line)))
  assert.deepEqual(more, [])
})

test("tells of what the plan has no place for, before anything is looked at", () => {
  assert.match(told({ "packages/extra/package.json": manifest({}) }).join(), /unknown package/)
  assert.match(told({ "packages/core/src/internal/misc.ts": "" }).join(), /belongs to no room/)
})

test("tells of an excuse for length that nobody needs any more", () => {
  const file = "packages/core/src/Token.ts"
  const long = "//\n".repeat(251)
  assert.deepEqual(told({ [file]: long }, { [file]: "a reason" }), [])
  assert.match(told({}, { [file]: "a reason" }).join(), /Token\.ts is listed as long .* and is not/)
})

test("finds imports of every form, on several lines, and none in comments", () => {
  const text = `import a from "a"
import "b"
import type { C } from "c"
import {
  d,
  type D
} from "d"
export * from "e"
export { f } from "f"
const g = await import("g")
/** import h from "h" */
// import("i")
`
  const names = told({ "packages/node/src/index.ts": text }).flatMap(
    (line) => /'(\w)' import is restricted/.exec(line)?.[1] ?? []
  )
  assert.deepEqual(names.toSorted(), ["a", "b", "c", "d", "e", "f", "g"])
})
