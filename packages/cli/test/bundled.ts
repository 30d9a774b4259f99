/** Bundles the program once, so that the tests run what people run. */
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import type { TestProject } from "vitest/node"

declare module "vitest" {
  interface ProvidedContext {
    /** The program's entry file. */
    readonly mls: string
  }
}

interface Bundler {
  readonly bundle: (directory: string) => Promise<{ readonly entry: string }>
}

/** In a run of several packages there may be no test of the program; bundling it is ten seconds' work. */
const isWanted = ({ vitest }: TestProject): boolean => {
  const directory = new URL(".", import.meta.url).pathname
  return [...vitest.state.getPaths()].some((path) => path.startsWith(directory))
}

export default async (project: TestProject): Promise<(() => Promise<void>) | undefined> => {
  if (!isWanted(project)) return undefined
  // Before any worker starts: programs that run in one tell times in its zone.
  process.env["TZ"] = "UTC"
  const directory = await Fs.mkdtemp(Path.join(Os.tmpdir(), "mls-bundle-"))
  const { bundle } = (await import(new URL("../bundle.mjs", import.meta.url).href)) as Bundler
  const { entry } = await bundle(directory)
  project.provide("mls", entry)
  return () => Fs.rm(directory, { recursive: true, force: true })
}
