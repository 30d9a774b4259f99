/** The table of who signs in how: that of README holds, and what would not is told. Wants `tsc -b` before. */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import * as Browser from "@mlserver-auth/browser"
import * as Core from "@mlserver-auth/core"
import * as Node from "@mlserver-auth/node"
import { fromCli } from "../errors/catalogue.mjs"
import { problemsOf } from "./matrix.mjs"

const namesOf = (...doors) =>
  new Set(
    doors.flatMap((door) =>
      Object.entries(door).flatMap(([module, values]) => Object.keys(values).map((name) => `${module}.${name}`))
    )
  )

/** Each kind of credential is a class, and beside it the function of that name that makes one. */
const credentials = Object.keys(Core.Credential)
  .filter((name) => /^[A-Z]/.test(name))
  .map((name) => `Credential.${name[0].toLowerCase()}${name.slice(1)}`)

const { describe } = await fromCli("cli/help/parameters.js")
const options = new Map(describe("login").options.map((option) => [option.name, option]))

const house = {
  node: namesOf(Core, Node),
  page: namesOf(Core, Browser),
  credentials,
  methods: options.get("--method").choices.filter((method) => method !== "auto"),
  options: [...options.keys()]
}
const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8")

test("README's table of who signs in how is true, and whole", () => {
  assert.deepEqual(problemsOf(readme, house), [])
  assert.equal(credentials.length, 4)
  assert.equal(house.methods.length, 4)
})

/** @type {Array<[what: string, from: string, to: string, expected: string]>} */
const mistakes = [
  [
    "a name that Node.js has not",
    "`Credential.deviceCode`",
    "`DialogPrompt.signIn`",
    "Node.js: no DialogPrompt.signIn"
  ],
  [
    "a name that a page has not",
    "| — | `--method aad-device`",
    "| `LoopbackRedirect.make` | x",
    "a page: no LoopbackRedirect.make"
  ],
  ["a credential that is left out", "`Credential.deviceCode`", "—", "the column Node.js: no Credential.deviceCode"],
  ["a method that is none", "--method password", "--method kerberos", "mls login --method: no kerberos"],
  ["a method that is left out", "`--method aad-browser`", "—", "the column of mls: no aad-browser"],
  ["an option that is none", "`--token-stdin`", "`--token`", "mls login: no --token"]
]
for (const [what, from, to, expected] of mistakes) {
  test(`tells ${what}`, () => {
    assert.ok(readme.includes(from))
    assert.ok(problemsOf(readme.replace(from, to), house).includes(expected))
  })
}
