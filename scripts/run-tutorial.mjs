// Runs docs/tutorial step by step, as a reader does: writes its files, types its commands, and looks for what it says they print.
// Wants `tsc -b` and the bundle of packages/client before.
import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { bundle } from "../packages/cli/bundle.mjs"
import { lacking, stepsIn } from "./tutorial/steps.mjs"

const root = fileURLToPath(new URL("../", import.meta.url))
const SHOWN = "http://127.0.0.1:12800"
const home = mkdtempSync(join(tmpdir(), "tutorial-"))
const folder = join(home, "scoring")
const env = { PATH: process.env.PATH, HOME: home, TERM: "dumb", npm_config_update_notifier: "false" }
const ends = []
let url = SHOWN

const shell = (script, cwd) =>
  new Promise((resolve) => {
    const child = spawn("bash", ["-euo", "pipefail", "-c", script], { cwd, env, stdio: ["ignore", "pipe", "pipe"] })
    let said = ""
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (said += bytes))
    child.once("close", (code) => resolve({ code, said: said.replaceAll("\r", "") }))
  })

/** What `npm install` would bring, without a registry: `npm run test:packed` installs the packages themselves. */
const installed = async () => {
  mkdirSync(join(folder, "node_modules", ".bin"), { recursive: true })
  symlinkSync(join(root, "node_modules/@mlserver-auth"), join(folder, "node_modules/@mlserver-auth"))
  const { entry } = await bundle(join(home, "program"))
  symlinkSync(entry, join(folder, "node_modules/.bin/mls"))
}

/** In a terminal of its own, on a free port; resolves when it listens. */
const serving = (command) =>
  new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", `exec ${command} --port 0`], {
      cwd: folder,
      env,
      stdio: ["ignore", "pipe", "inherit"],
      // `npx` does not always pass a signal on: it goes to the program that it starts as well, as Ctrl-C does.
      detached: true
    })
    const closed = new Promise((resolve) => child.once("close", resolve))
    ends.push(() => {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGINT")
      return closed
    })
    let said = ""
    child.stdout.on("data", (bytes) => {
      said += bytes
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? []
      if (found !== undefined) resolve(found)
    })
    child.once("close", (code) => reject(new Error(`the server ended with ${code}: ${said}`)))
  })

const type = async ({ code }) => {
  const script = code.replaceAll(SHOWN, url)
  if (!script.includes("npm install")) return shell(script, folder)
  const before = await shell(script.replace(/^npm install .*$/m, ""), home)
  await installed()
  return before
}

const run = async (step) => {
  if (step.file !== undefined) {
    writeFileSync(join(folder, step.file), step.code.replaceAll(SHOWN, url))
    return { code: 0, said: "" }
  }
  if (!step.code.includes("dev-server")) return type(step)
  url = await serving(step.code.trim())
  return { code: 0, said: url }
}

let failed = false
try {
  for (const step of stepsIn(readFileSync(join(root, "docs/tutorial/README.md"), "utf8"))) {
    const { code, said } = await run(step)
    const missing = lacking(said, step.shows)
    failed = code !== 0 || missing.length > 0
    console.log(`docs/tutorial/README.md:${step.line}  ${failed ? `ended with ${code}` : "ran"}`)
    if (!failed) continue
    console.log([...missing.map((line) => `    not shown: ${line}`), said.replaceAll(/^/gm, "    ")].join("\n"))
    break
  }
} finally {
  for (const end of ends) await end()
  rmSync(home, { recursive: true, force: true })
}
process.exitCode = failed ? 1 : 0
