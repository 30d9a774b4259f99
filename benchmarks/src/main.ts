/** `npm run bench`: every question in one run. `--quick` only shows that everything runs; names choose questions. */
import { cpus } from "node:os"
import * as Engines from "./engines.js"
import * as Header from "./header.js"
import * as Request from "./request.js"
import * as Stampede from "./stampede.js"
import * as Principals from "./principals.js"
import * as Promises from "./promises.js"
import * as Start from "./start.js"
import * as Startup from "./startup.js"
import * as Storm from "./storm.js"
import * as Transports from "./transports.js"
import * as Users from "./users.js"
import { type Answer, render, summary } from "./report.js"

const questions: Readonly<Record<string, (quick: boolean) => Promise<ReadonlyArray<Answer>>>> = {
  header: Header.run,
  request: Request.run,
  transports: Transports.run,
  stampede: Stampede.run,
  principals: Principals.run,
  engines: Engines.run,
  storm: Storm.run,
  users: Users.run,
  promises: Promises.run,
  start: Start.run,
  startup: Startup.run
}

const flags = process.argv.slice(2)
const quick = flags.includes("--quick")
const chosen = flags.filter((flag) => flag !== "--quick")
const unknown = chosen.filter((name) => !(name in questions))
if (unknown.length > 0)
  throw new Error(`no question ${unknown.join(", ")}; there are ${Object.keys(questions).join(", ")}`)

console.log(`Node ${process.version}, ${cpus().length} processors${quick ? ", quick: figures mean nothing" : ""}\n`)
const answers: Array<Answer> = []
for (const [name, run] of Object.entries(questions)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  for (const answer of await run(quick)) {
    answers.push(answer)
    console.log(render(answer))
  }
}
console.log(summary(answers))
