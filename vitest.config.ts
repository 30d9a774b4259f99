import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"
import { isolate } from "./vitest.environment.js"
import Reporter from "./vitest.reporter.js"
import { projects } from "./vitest.workspace.js"

// Many tests wait for a process, a socket or a person: on two cores, one worker (the default) leaves half of them idle.
const maxWorkers = Math.max(3, availableParallelism())

isolate(process.env)

export default defineConfig({ test: { projects, reporters: [new Reporter()], maxWorkers, minWorkers: 1 } })
