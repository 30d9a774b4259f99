import assert from "node:assert/strict"
import { test } from "node:test"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { pages } from "../commands/markdown.mjs"
import { adapted, recipesIn, unmarkedIn } from "./recipes.mjs"

const fence = "```"

test("finds the recipes that are marked, with what they need", () => {
  const page = [
    `${fence}sh\nnot marked\n${fence}`,
    `<!-- run -->\n\n${fence}sh\none\n${fence}`,
    `<!-- run, signed in -->\n${fence}sh\ntwo\n# and\n${fence}`,
    `<!-- run with MLS_PASSWORD -->\n${fence}sh\nthree\n${fence}`,
    `<!-- run -->\n${fence}ts\nno shell\n${fence}`,
    `<!-- run, in the clone -->\n${fence}sh\nfour\n${fence}`
  ].join("\n\n")
  assert.deepEqual(recipesIn(page), [
    { line: 5, code: "one\n", signedIn: false, inClone: false, secret: undefined },
    { line: 11, code: "two\n# and\n", signedIn: true, inClone: false, secret: undefined },
    { line: 17, code: "three\n", signedIn: false, inClone: false, secret: "MLS_PASSWORD" },
    { line: 27, code: "four\n", signedIn: false, inClone: true, secret: undefined }
  ])
})

test("puts a real server and a real user in the place of made-up ones", () => {
  const code =
    "mls login https://mlserver.contoso.com:12800 --user svc-scoring && curl https://mlserver.example.com/services"
  const server = { url: "http://127.0.0.1:1", username: "ada" }
  assert.equal(adapted(code, server), "mls login http://127.0.0.1:1 --user ada && curl http://127.0.0.1:1/services")
})

test("finds those that say neither that they are run nor why not", () => {
  const page = [
    `text\n\n${fence}sh\nbare\n${fence}`,
    `<!-- not run: -->\n${fence}sh\nno reason\n${fence}`,
    `<!-- not run: two machines -->\n${fence}sh\na reason\n${fence}`,
    `   <!-- run -->\n   ${fence}sh\n   in a list\n   ${fence}`
  ].join("\n\n")
  assert.deepEqual(unmarkedIn(page), [3, 8])
})

test("every recipe of the documentation is run, or says why not", () => {
  const root = fileURLToPath(new URL("../../", import.meta.url))
  const unmarked = pages(root).flatMap(({ file }) =>
    unmarkedIn(readFileSync(`${root}${file}`, "utf8")).map((line) => `${file}:${line}`)
  )
  assert.deepEqual(unmarked, [])
})
