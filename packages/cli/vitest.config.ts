import { mergeConfig } from "vitest/config"
import { project } from "../../vitest.shared.js"

export default mergeConfig(project("cli"), {
  test: {
    globalSetup: ["test/bundled.ts", "test/exercised.ts"],
    // Runs have nothing in common (test/Host.ts), and loading Effect, ajv and the program for each file took longest.
    pool: "threads",
    isolate: false,
    poolOptions: { threads: { isolate: false } }
  }
})
