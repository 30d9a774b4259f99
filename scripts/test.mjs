#!/usr/bin/env node
/**
 * `npm test`: every suite, and beside them the checks in one lane of their own, since the suites leave idle time. What
 * follows `npm test --` goes to vitest; then only the tests that it names are run.
 */
import { spawn } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { check } from "./check.mjs"

const root = join(fileURLToPath(import.meta.url), "../..")

const tests = (args) =>
  new Promise((resolve) => {
    const vitest = join(root, "node_modules/vitest/vitest.mjs")
    const child = spawn(process.execPath, [vitest, "run", ...args], { cwd: root, stdio: "inherit" })
    child.on("close", (code) => resolve(code === 0))
  })

const args = process.argv.slice(2)
const passed = await Promise.all([tests(args), args.length > 0 || check({ lanes: 1, quiet: true })])
if (!passed.every(Boolean)) {
  process.stdout.write(
    `FAILED: ${[passed[0] ? "" : "tests", passed[1] ? "" : "checks"].filter(Boolean).join(" and ")}\n`
  )
  process.exitCode = 1
}
