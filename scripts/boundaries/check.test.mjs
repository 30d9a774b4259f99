/** The checker checks itself: each rule is broken in a small house of its own, and must be told. */
import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { test } from "node:test"
import { check } from "./check.mjs"
import { importsOf } from "./sources.mjs"

const door = (stem) => ({
  "@mlserver-auth/source": `./src/${stem}.ts`,
  types: `./dist/${stem}.d.ts`,
  default: `./dist/${stem}.js`
})

const manifest = (more) => JSON.stringify({ peerDependencies: { effect: "^3" }, ...more })

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

/** What the checker says of the sound house with some files changed (`undefined`: taken away). */
const told = (changes = {}, longModules = {}) => {
  const root = mkdtempSync(join(tmpdir(), "boundaries-"))
  try {
    for (const [path, text] of Object.entries({ ...sound, ...changes })) {
      if (text === undefined) continue
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return check(root, { longModules }).map(({ file, line, problem }) => `${file}:${line} ${problem}`)
  } finally {
    rmSync(root, { recursive: true })
  }
}

test("says nothing of a sound house", () => assert.deepEqual(told(), []))

const broken = {
  "core importing another of ours": [
    { "packages/core/src/Token.ts": 'import * as Http from "@mlserver-auth/node/NodeHttp"\n' },
    /^packages\/core\/src\/Token\.ts:1 core may not import node \(it may import none of our packages\)$/
  ],
  "a package nobody planned": [{ "packages/extra/package.json": manifest({}) }, /unknown package/],
  "anybody importing cli": [
    { "packages/node/src/index.ts": 'import * as Main from "@mlserver-auth/cli/main"\n' },
    /node may not import cli/
  ],
  "dev-server importing the client": [
    {
      "packages/dev-server/package.json": manifest({ dependencies: { "@mlserver-auth/core": "0" } }),
      "packages/dev-server/src/Grants.ts": 'import type { Token } from "@mlserver-auth/core/Token"\n'
    },
    /dev-server may not import core/
  ],
  "a path into another package": [
    { "packages/node/src/index.ts": 'import * as Token from "../../core/src/Token.js"\n' },
    /leaves the package/
  ],
  "an internal module of another package": [
    { "packages/node/src/index.ts": 'import * as Held from "@mlserver-auth/core/internal/held"\n' },
    /is internal to core/
  ],
  "a package importing itself by name": [
    { "packages/core/src/Session.ts": 'import { x } from "@mlserver-auth/core/Token"\n' },
    /is this very package/
  ],
  "an undeclared dependency, imported when needed": [
    { "packages/node/src/index.ts": 'export const load = () => import("undici/index.js")\n' },
    /^packages\/node\/src\/index\.ts:1 undici is not a dependency/
  ],
  "a barrel, though only for a type": [
    { "packages/core/src/Token.ts": '\nimport type { Effect } from "effect"\n' },
    /^packages\/core\/src\/Token\.ts:2 "effect" is a barrel/
  ],
  "a relative import without its ending": [
    { "packages/core/src/Session.ts": 'import { x } from "./Token"\n' },
    /must end in \.js/
  ],
  "Node's modules in core": [
    { "packages/core/src/Token.ts": 'import * as Fs from "node:fs"\n' },
    /"node:fs" is Node's/
  ],
  "Node's globals in core": [
    { "packages/core/src/Token.ts": "export const x = Buffer.from([])\n" },
    /Buffer is Node's/
  ],
  "an arrow that points up": [
    { "packages/core/src/Token.ts": 'import type { Service } from "./Session.js"\n' },
    /values may not look up to session/
  ],
  "the platform in a value": [
    { "packages/core/src/Token.ts": 'import type * as HttpClient from "@effect/platform/HttpClient"\n' },
    /may not touch @effect\/platform/
  ],
  "an optional peer in what everybody imports": [
    { "packages/core/src/Token.ts": 'import * as Jose from "jose"\n' },
    /"jose" is optional: only verifier/
  ],
  "a module of core without a room": [{ "packages/core/src/internal/misc.ts": "" }, /belongs to no room/],
  "a circle of types": [
    {
      "packages/core/src/Credential.ts": 'import type { x } from "./Token.js"\n',
      "packages/core/src/Token.ts": 'import type { c } from "./Credential.js"\n'
    },
    /a circle: Credential\.ts -> Token\.ts -> Credential\.ts/
  ],
  "a module nobody can hold": [{ "packages/core/src/Token.ts": "//\n".repeat(251) }, /251 lines, of 250/],
  "a test nobody can hold": [{ "packages/core/test/Token.test.ts": "//\n".repeat(301) }, /301 lines, of 300/],
  "a public module without a door": [
    { "packages/core/src/TokenKey.ts": "" },
    /src\/TokenKey\.ts is public and not in "exports"/,
    /index\.ts does not export TokenKey/
  ],
  "a door to nowhere": [
    { "packages/core/src/Token.ts": undefined },
    /leads to \.\/src\/Token\.ts, which does not exist/
  ],
  "a door to an internal module": [
    {
      "packages/node/package.json": manifest({
        dependencies: { "@mlserver-auth/core": "0" },
        exports: { "./held": door("internal/held") }
      }),
      "packages/node/src/internal/held.ts": ""
    },
    /opens an internal module/
  ],
  "conditions in an order that never works": [
    {
      "packages/node/package.json": manifest({
        dependencies: { "@mlserver-auth/core": "0" },
        exports: { ".": Object.fromEntries(Object.entries(door("index")).toReversed()) }
      })
    },
    /must have, in this order/
  ],
  "a document that names a missing file": [
    { "README.md": "\nSee `packages/core/src/Gone.ts`.\n" },
    /^README\.md:2 names/
  ],
  "a document that names a missing module": [{ "README.md": "See `Gone.ts`.\n" }, /names Gone\.ts/],
  "a link to nowhere": [{ "docs/index.md": "[here](../packages/nowhere.md)\n" }, /names \.\.\/packages\/nowhere\.md/]
}

for (const [what, [changes, ...expected]] of Object.entries(broken)) {
  test(`tells of ${what}`, () => {
    const problems = told(changes)
    for (const pattern of expected)
      assert.ok(
        problems.some((line) => pattern.test(line)),
        problems.join("\n") || "nothing"
      )
  })
}

test("tells of an excuse for length that nobody needs any more", () => {
  const file = "packages/core/src/Token.ts"
  const long = "//\n".repeat(251)
  assert.deepEqual(told({ [file]: long }, { [file]: "a reason" }), [])
  assert.match(told({}, { [file]: "a reason" }).join(), /Token\.ts:1 is listed as long .* and is not/)
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
 * import j from "j"
`
  assert.deepEqual(
    importsOf(text).map(({ line, specifier }) => `${line} ${specifier}`),
    ["1 a", "2 b", "3 c", "7 d", "8 e", "9 f", "10 g"]
  )
})
