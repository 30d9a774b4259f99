import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"
import Reporter from "./vitest.reporter.js"
import { projects } from "./vitest.workspace.js"

// Many tests wait for a process, a socket or a person: on two cores, one worker (the default) leaves half of them idle.
const maxWorkers = Math.max(3, availableParallelism())

/** A minute and more each, of which neither their size nor, in a new clone, an earlier run tells. */
const LONG = /cli\/test\/(Direct(Api)?|EveryCommand)\.|core\/test\/model\/Protocol\.|(redis|sql)\/test\/.*\.processes\./

/** One of them that begins last keeps all others waiting. */
class LongFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

export default defineConfig({
  test: {
    projects,
    reporters: [new Reporter()],
    // What a test prints is shown where it fails.
    silent: "passed-only",
    maxWorkers,
    // Workers that are kept for several files must not come and go, or vitest 3.2 ends with "Terminating worker thread".
    minWorkers: maxWorkers,
    sequence: { sequencer: LongFirst },
    // A pool is isolated or not for all its projects: those in threads share them, since loading Effect for each file was most of the
    // work; those in processes (the default) have one for each file.
    poolOptions: { threads: { isolate: false } }
  }
})
