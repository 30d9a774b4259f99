import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"
import { projects } from "./vitest.workspace.js"

// Many tests wait for a process, a socket or a person: on two cores, one worker (the default) leaves half of them idle.
const maxWorkers = Math.max(3, availableParallelism())

export default defineConfig({
  test: {
    projects,
    maxWorkers,
    // Workers that are kept for several files must not come and go, or vitest 3.2 ends with "Terminating worker thread".
    minWorkers: maxWorkers,
    // A pool is isolated or not for all its projects: those in threads are not, those in processes (the default) are.
    poolOptions: { threads: { isolate: false } }
  }
})
