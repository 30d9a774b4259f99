/** The terminal of README: what a person types and `mls` prints, at a real terminal and against the dev server. */
import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import { bundle } from "../../packages/cli/bundle.mjs"

const { password, username } = Accounts.ada

/** Where `mls dev-server` listens unless told otherwise. */
const SHOWN = "http://127.0.0.1:12800"

/** What is typed, and the answers that are typed where a question stands. */
const TYPED = [
  {
    command: `mls login ${SHOWN}`,
    answers: [
      ["User name", username],
      ["Password", password]
    ]
  },
  { command: "mls services list" },
  { command: "mls services consume manualTransmission -F hp:=120 -F wt:=2.8" },
  { command: "mls logout" }
]

/** Runs a command line at a terminal of its own (util-linux `script`); what it showed, in lines. */
const typed = ({ answers = [], command }, env) =>
  new Promise((resolve, reject) => {
    const child = spawn("script", ["-qec", `stty cols 108 -echo; ${command}`, "/dev/null"], {
      env,
      stdio: ["pipe", "pipe", "inherit"]
    })
    const waiting = [...answers]
    let shown = ""
    let answered = 0
    child.stdout.on("data", (chunk) => {
      shown += chunk
      const [question, answer] = waiting[0] ?? []
      if (question === undefined || !shown.slice(answered).includes(question)) return
      answered = shown.length
      waiting.shift()
      child.stdin.write(`${answer}\n`)
    })
    child.once("error", reject)
    child.once("close", (code) => {
      if (code !== 0) return reject(new Error(`${command} ended with ${code}: ${shown}`))
      resolve(shown.replaceAll("\r\n", "\n").replaceAll("\r", "").trimEnd().split("\n"))
    })
  })

/** The time zone in which it is noon: a run late in the evening names no other day than one in the morning. West is positive there. */
const noon = (west = new Date().getUTCHours() - 12) => `Etc/GMT${west < 0 ? west : `+${west}`}`

/** All of it, in lines, with the home directory and the port of a reader. */
export const record = async () => {
  const home = mkdtempSync(join(tmpdir(), "picture-"))
  mkdirSync(join(home, "bin"))
  const { entry } = await bundle(join(home, "program"))
  symlinkSync(entry, join(home, "bin", "mls"))
  const env = {
    PATH: [join(home, "bin"), process.env.PATH].join(":"),
    HOME: home,
    TERM: "xterm",
    TZ: noon(),
    LANG: "C.UTF-8",
    MLS_STORE: "encrypted"
  }
  const story = Effect.gen(function* () {
    const { url } = yield* DevServer.make()
    const lines = []
    for (const each of TYPED) {
      const command = each.command.replace(SHOWN, url)
      const shown = yield* Effect.promise(() => typed({ ...each, command }, env))
      lines.push(`$ ${each.command}`, ...shown.map((line) => line.replaceAll(url, SHOWN).replaceAll(home, "~")), "")
    }
    return lines.slice(0, -1)
  })
  try {
    return await Effect.runPromise(Effect.scoped(story))
  } finally {
    rmSync(home, { recursive: true })
  }
}
