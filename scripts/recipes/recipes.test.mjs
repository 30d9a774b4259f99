import assert from "node:assert/strict"
import { test } from "node:test"
import { adapted, recipesIn } from "./recipes.mjs"

const fence = "```"

test("finds the recipes that are marked, with what they need", () => {
  const page = [
    `${fence}sh\nnot marked\n${fence}`,
    `<!-- run -->\n\n${fence}sh\none\n${fence}`,
    `<!-- run, signed in -->\n${fence}sh\ntwo\n# and\n${fence}`,
    `<!-- run with MLS_PASSWORD -->\n${fence}sh\nthree\n${fence}`,
    `<!-- run -->\n${fence}ts\nno shell\n${fence}`
  ].join("\n\n")
  assert.deepEqual(recipesIn(page), [
    { line: 5, code: "one\n", signedIn: false, secret: undefined },
    { line: 11, code: "two\n# and\n", signedIn: true, secret: undefined },
    { line: 17, code: "three\n", signedIn: false, secret: "MLS_PASSWORD" }
  ])
})

test("puts a real server and a real user in the place of made-up ones", () => {
  const code =
    "mls login https://mlserver.contoso.com:12800 --user svc-scoring && curl https://mlserver.example.com/services"
  const server = { url: "http://127.0.0.1:1", username: "ada" }
  assert.equal(adapted(code, server), "mls login http://127.0.0.1:1 --user ada && curl http://127.0.0.1:1/services")
})
