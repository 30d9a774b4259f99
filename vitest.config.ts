import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"
import { projects } from "./vitest.workspace.js"

// Many tests wait for a process, a socket or a person: on two cores, one worker (the default) leaves half of them idle.
const maxWorkers = Math.max(3, availableParallelism())

// What runs in threads shares them, file after file: as many as there are from the beginning, or vitest 3.2 ends some early.
const threads = { isolate: false, minThreads: maxWorkers, maxThreads: maxWorkers }

export default defineConfig({ test: { projects, maxWorkers, minWorkers: 1, poolOptions: { threads } } })
