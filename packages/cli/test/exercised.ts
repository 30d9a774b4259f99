/**
 * Looks, when all tests of the program have run, whether each output that has a schema was really met: a schema that nothing
 * is held against proves nothing. Runs of some tests only are left alone.
 */
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import type { TestProject } from "vitest/node"
import { everyOutput } from "./JsonSchemas.js"

declare module "vitest" {
  interface ProvidedContext {
    /** The file in which the outputs that were met are noted. */
    readonly outputsMet: string
  }
}

/** Whether every test file was run, and all of it. */
const isWhole = async ({ config, vitest }: TestProject): Promise<boolean> => {
  const directory = new URL(".", import.meta.url).pathname
  const files = (await Fs.readdir(directory)).filter((name) => name.endsWith(".test.ts"))
  const ran = new Set(vitest.state.getPaths())
  return config.testNamePattern === undefined && files.every((name) => ran.has(Path.join(directory, name)))
}

export default async (project: TestProject): Promise<() => Promise<void>> => {
  const directory = await Fs.mkdtemp(Path.join(Os.tmpdir(), "mls-outputs-"))
  const file = Path.join(directory, "met")
  await Fs.writeFile(file, "")
  project.provide("outputsMet", file)
  return async () => {
    const met = new Set((await Fs.readFile(file, "utf8")).split("\n"))
    await Fs.rm(directory, { recursive: true, force: true })
    const missing = everyOutput.filter((output) => !met.has(output))
    if (missing.length === 0 || !(await isWhole(project))) return
    project.vitest.logger.error(`No test met these outputs of mls:\n  ${missing.join("\n  ")}`)
    process.exitCode = 1
  }
}
