/** The pictures say what was recorded: each line with its colours, each call once per answer, and nothing that could be markup. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { piecesOf, terminal, THEMES, trace } from "./svg.mjs"

const escape = "\u001b"

test("takes a line apart by its colours", () => {
  assert.deepEqual(piecesOf(`${escape}[32m✓${escape}[0m Signed in`), [
    { text: "✓", colour: "good" },
    { text: " Signed in", colour: undefined }
  ])
})

test("draws each line of a terminal, and text as text", () => {
  const drawn = terminal({ lines: ["$ mls <b>&", `${escape}[31m✗${escape}[0m no`], title: "a & b" }, THEMES.light)
  assert.equal(drawn.match(/<text /g).length, 2)
  assert.ok(drawn.includes(`<tspan fill="${THEMES.light.mark}">$ mls &lt;b&gt;&amp;</tspan>`))
  assert.ok(drawn.includes(`<tspan fill="${THEMES.light.bad}">✗</tspan>`))
  assert.ok(drawn.includes("<title>a &amp; b</title>"))
  assert.ok(!drawn.includes(escape))
})

test("draws a call of a trace in red until its 401, and in green when it was sent again", () => {
  const send = (id, start, end, status) => ({
    name: "http.client GET",
    id,
    parent: "1",
    start,
    end,
    attributes: { "http.response.status_code": status }
  })
  const spans = [
    { name: "call", id: "1", start: 0, end: 100, attributes: {} },
    send("2", 0, 40, 401),
    { name: "Session.renew", id: "3", parent: "1", start: 40, end: 60, attributes: {} },
    send("4", 60, 100, 200)
  ]
  const drawn = trace({ spans, title: "one call" }, THEMES.dark)
  const widths = (colour) =>
    [...drawn.matchAll(new RegExp(`width="([\\d.]+)" height="\\d+" fill="${colour}"`, "g"))].map(([, width]) => width)
  const { bad, good, mark } = THEMES.dark
  assert.deepEqual([widths(bad), widths(mark), widths(good)], [["216.0"], ["108.0"], ["216.0"]])
  assert.ok(drawn.includes("100 ms"))
})
