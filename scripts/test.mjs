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

/** In megabytes, where Node has 16: tests allocate much that is dead at once, and fewer collections are an eighth of the work. */
const YOUNG = "--max-semi-space-size=64"

const tests = (args) =>
  new Promise((resolve) => {
    const vitest = join(root, "node_modules/vitest/vitest.mjs")
    // Who asks for projects by their names means those of the packages.
    const together = args.some((arg) => arg.startsWith("--project")) ? {} : { MLS_TEST_TOGETHER: "1" }
    const env = { ...process.env, ...together }
    const child = spawn(process.execPath, [YOUNG, vitest, "run", ...args], { cwd: root, env, stdio: "inherit" })
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
