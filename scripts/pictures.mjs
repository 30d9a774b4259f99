// Makes the pictures of the documentation from real runs against the dev server (wants `tsc -b`); with --check only says whether a
// run still shows what they show. Points in time, which differ each time, are not compared.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { record as recordSession } from "./pictures/session.mjs"
import { record as recordTrace } from "./pictures/trace.mjs"
import { terminal, THEMES, trace } from "./pictures/svg.mjs"

const folder = fileURLToPath(new URL("../docs/images/", import.meta.url))
const CALLS = 200
const check = process.argv.includes("--check")

const lines = await recordSession()
const { counts, spans } = await recordTrace(CALLS)
const named = (name) => spans.filter((span) => span.name === name).length
const seen = [named("call"), counts.unauthorized, named("Session.renew"), counts.refreshes, counts.api].join()
if (seen !== [CALLS, CALLS, 1, 1, 2 * CALLS].join()) throw new Error(`the trace is not what the page says: ${seen}`)

const session = { lines, title: "A terminal: mls login, a list of services, a call, and mls logout" }
const renewal = {
  spans,
  title: "A trace: 200 calls are answered 401, one renewal follows, and all 200 are sent again and answered 200"
}
const made = Object.entries(THEMES).flatMap(([name, theme]) => [
  [`terminal-${name}.svg`, terminal(session, theme), true],
  [`trace-${name}.svg`, trace(renewal, theme), false]
])

const timeless = (text) => text.replaceAll(/\d{4}-\d\d-\d\d|\d\d:\d\d/g, "TIME")
const old = ([file, text, compared]) => compared && timeless(readFileSync(folder + file, "utf8")) !== timeless(text)

mkdirSync(folder, { recursive: true })
if (check) {
  const outdated = made.filter(old)
  for (const [file] of outdated) console.error(`docs/images/${file} is not what a run shows: node scripts/pictures.mjs`)
  process.exitCode = outdated.length === 0 ? 0 : 1
} else for (const [file, text] of made) writeFileSync(folder + file, text)
console.log(`${made.length} pictures: ${check ? "compared with a run" : "made"}; ${seen} as told`)
