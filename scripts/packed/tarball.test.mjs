/** The judge of tarballs, judged. */
import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { test } from "node:test"
import { manifestProblems, problemsIn } from "./tarball.mjs"

const sound = {
  "package.json": "{}",
  "README.md": "It.",
  LICENSE: "MIT",
  "src/Token.ts": "export const x = 1\n",
  "dist/Token.js": "export const x = 1\n//# sourceMappingURL=Token.js.map\n",
  "dist/Token.js.map": JSON.stringify({ sources: ["../src/Token.ts"] })
}

const told = (changes) => {
  const folder = mkdtempSync(join(tmpdir(), "tarball-"))
  try {
    for (const [path, text] of Object.entries({ ...sound, ...changes })) {
      if (text === undefined) continue
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    return problemsIn(folder, "/home/ada/house").join("\n")
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test("says nothing of a sound package", () => assert.equal(told({}), ""))

test("says nothing of a program that knows what a key begins with", () => {
  const reads = 'if (pkcs8.indexOf("-----BEGIN PRIVATE KEY-----") !== 0) throw new TypeError("not PKCS#8")'
  assert.equal(told({ "README.md": reads }), "")
})

const unsound = {
  "a test": [{ "dist/test/Token.test.js": "" }, /Token\.test\.js: a test/],
  "a compiler's notes": [{ "dist/.tsbuildinfo.test": "" }, /tsbuildinfo\.test: a compiler's notes/],
  "a file that looks like a secret": [{ ".npmrc": "" }, /\.npmrc: looks like a secret/],
  "a private key": [
    { "src/key.ts": `-----BEGIN PRIVATE KEY-----\n${"MIGHAgEAMBMGByqGSM49"}` },
    /key\.ts: holds a private key/
  ],
  "a private key in one line of a program": [
    { "dist/key.js": `x="-----BEGIN RSA PRIVATE KEY-----\\n${"MIIEowIBAAKCAQEA"}"` },
    /key\.js: holds a private key/
  ],
  "a token": [
    { "README.md": `Bearer eyJ${"a".repeat(20)}.eyJ${"b".repeat(20)}.${"c".repeat(20)}` },
    /a JSON web token/
  ],
  "a path of the machine": [{ "dist/x.js": 'const a = "/home/ada/house/src"' }, /x\.js: names a path/],
  "no licence": [{ LICENSE: undefined }, /LICENSE is missing/],
  "a map that is missing": [{ "dist/Token.js.map": undefined }, /Token\.js: its map Token\.js\.map is missing/],
  "a map to nowhere": [{ "src/Token.ts": undefined }, /Token\.js\.map: maps to \.\.\/src\/Token\.ts/]
}

for (const [what, [changes, expected]] of Object.entries(unsound)) {
  test(`tells of ${what}`, () => assert.match(told(changes), expected))
}

const manifest = {
  version: "1.2.3",
  repository: { directory: "packages/core" },
  publishConfig: { access: "public", provenance: true },
  dependencies: { "@mlserver-auth/node": "1.2.3", other: "^9" }
}

test("tells what would not be published, or not fit", () => {
  const said = (change) => manifestProblems({ ...manifest, ...change }, "packages/core", "1.2.3")
  assert.deepEqual(said({}), [])
  assert.deepEqual(said({ version: "1.2.4" }), ["version 1.2.4, the others have 1.2.3"])
  assert.deepEqual(said({ peerDependencies: { "@mlserver-auth/core": "^1.0.0" } }), [
    "wants @mlserver-auth/core ^1.0.0, not 1.2.3"
  ])
  assert.deepEqual(said({ repository: {} }), ["repository.directory is not packages/core"])
  assert.deepEqual(said({ publishConfig: { access: "public" } }), ["publishConfig is not public with provenance"])
})
