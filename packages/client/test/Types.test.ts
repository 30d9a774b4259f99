import { assert, describe, it } from "@effect/vitest"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { flattened } from "../types.mjs"

/** A house with one package beside the client, whose types are as given. */
const house = (files: Readonly<Record<string, string>>): string => {
  const root = Fs.mkdtempSync(Path.join(Os.tmpdir(), "types-"))
  const all = {
    "packages/core/package.json": JSON.stringify({ exports: { "./Client": { types: "./dist/a/Client.d.ts" } } }),
    ...files
  }
  for (const [path, text] of Object.entries(all)) {
    Fs.mkdirSync(Path.join(root, Path.dirname(path)), { recursive: true })
    Fs.writeFileSync(Path.join(root, path), text)
  }
  return root
}

const entry = "packages/client/dist/unbundled/index.d.ts"
const other = "packages/core/dist/a/Client.d.ts"

const flat = (files: Readonly<Record<string, string>>) => {
  const root = house(files)
  try {
    return Object.fromEntries(flattened(root, ["index"]))
  } finally {
    Fs.rmSync(root, { recursive: true })
  }
}

describe("the types of the package", () => {
  it("are copied with what they import of ours, and examples stay as they are", () => {
    const example = '/**\n * import { connect } from "@mlserver-auth/client"\n */\n'
    const found = flat({
      [entry]: `${example}export type { Client } from "@mlserver-auth/core/Client";\n//# sourceMappingURL=index.d.ts.map\n`,
      [other]: 'import type { X } from "./X.js";\nexport type Client = X;\n',
      "packages/core/dist/a/X.d.ts": "export type X = 1;\n"
    })
    assert.deepStrictEqual(found, {
      "index.d.ts": `${example}export type { Client } from "./types/core/a/Client.js";\n`,
      "types/core/a/Client.d.ts": 'import type { X } from "./X.js";\nexport type Client = X;\n',
      "types/core/a/X.d.ts": "export type X = 1;\n"
    })
  })

  for (const needs of [
    'import type * as Effect from "effect/Effect";',
    'export type A = import("effect/Effect").Effect<1>;'
  ]) {
    it(`may not lead to Effect: ${needs}`, () => {
      const files = { [entry]: 'export * from "@mlserver-auth/core/Client";\n', [other]: `${needs}\nexport {};\n` }
      assert.throws(() => flat(files), /Client\.d\.ts: its types need effect\/Effect, which callers do not have/)
    })
  }
})
