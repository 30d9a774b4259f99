#!/usr/bin/env node
/**
 * Everything that must hold and is not a test of a package: one line for each check when it passes; when it fails, what it
 * printed and how to run it alone. `node scripts/check.mjs`
 */
import { spawn } from "node:child_process"
import { availableParallelism } from "node:os"
import { delimiter, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(fileURLToPath(import.meta.url), "../..")

/** Those with `built` read what the compiler wrote, so they wait for it. */
const CHECKS = [
  { name: "types", command: "tsc -b" },
  { name: "linter", command: "oxlint -c oxlint.config.mjs --type-aware --deny-warnings" },
  { name: "format", command: "oxfmt --check ." },
  { name: "boundaries", command: "node scripts/check-boundaries.mjs" },
  { name: "links", command: "node scripts/check-links.mjs" },
  { name: "commands in docs", command: "node scripts/check-commands.mjs", built: true },
  { name: "files in docs", command: "node scripts/check-formats.mjs" },
  { name: "evidence", command: "node scripts/check-evidence.mjs" },
  { name: "examples in docs", command: "node scripts/check-examples.mjs", built: true },
  { name: "docs/reference/errors.md", command: "node scripts/errors-page.mjs --check", built: true },
  { name: "docs/reference", command: "node scripts/reference-pages.mjs --check", built: true },
  { name: "scripts", command: "node --test --test-reporter=dot scripts/*/*.test.mjs", built: true }
]

const env = { ...process.env, PATH: [join(root, "node_modules/.bin"), process.env.PATH].join(delimiter) }

const run = ({ command, name }) =>
  new Promise((resolve) => {
    const began = performance.now()
    const child = spawn(command, { cwd: root, env, shell: true, stdio: ["ignore", "pipe", "pipe"] })
    const printed = []
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => printed.push(chunk))
    child.on("error", (error) => printed.push(Buffer.from(String(error))))
    child.on("close", (code, signal) => {
      const seconds = ((performance.now() - began) / 1000).toFixed(1)
      resolve({
        name,
        command,
        passed: code === 0,
        ending: signal ?? `exit ${code}`,
        seconds,
        printed: Buffer.concat(printed)
      })
    })
  })

const report = ({ command, ending, name, passed, printed, seconds }) =>
  passed
    ? `✓ ${name.padEnd(18)} ${seconds} s\n`
    : `✗ ${name.padEnd(18)} ${seconds} s\n${printed.toString().trimEnd()}\n  alone: npx -c '${command}' (${ending})\n`

/**
 * Runs all checks, `lanes` at a time; whether all passed. Each is told as it ends; with `quiet` only those that failed.
 * @param {{ readonly lanes: number, readonly quiet?: boolean }} options
 */
export const check = async ({ lanes, quiet = false }) => {
  const [types, ...waiting] = CHECKS
  const outcomes = []
  const take = async (next) => {
    const outcome = await run(next)
    outcomes.push(outcome)
    if (!quiet || !outcome.passed) process.stdout.write(report(outcome))
  }
  const built = take(types)
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (next.built) await built
      await take(next)
    }
  }
  await Promise.all([built.then(lane), ...Array.from({ length: lanes - 1 }, lane)])
  const passed = outcomes.every((outcome) => outcome.passed)
  if (quiet && passed) process.stdout.write(`✓ checks       ${outcomes.map(({ name }) => name).join(", ")}\n`)
  return passed
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = (await check({ lanes: availableParallelism() })) ? 0 : 1
}
