import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"
import Reporter from "./vitest.reporter.js"
import { projects } from "./vitest.workspace.js"

// Many tests wait for a process, a socket or a person: on two cores, one worker (the default) leaves half of them idle.
const maxWorkers = Math.max(3, availableParallelism())

export default defineConfig({
  test: {
    projects,
    reporters: [new Reporter()],
    // What a test prints is shown where it fails.
    silent: "passed-only",
    maxWorkers,
    // Workers that are kept for several files must not come and go, or vitest 3.2 ends with "Terminating worker thread".
    minWorkers: maxWorkers,
    // A pool is isolated or not for all its projects: those in threads share them, since loading Effect for each file was most of the
    // work; those in processes (the default) have one for each file.
    poolOptions: { threads: { isolate: false } }
  }
})
