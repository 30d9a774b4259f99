import { mergeConfig } from "vitest/config"
import { project } from "../../vitest.shared.js"

export default mergeConfig(project("cli"), {
  test: {
    globalSetup: ["test/bundled.ts", "test/exercised.ts"],
    // Runs have nothing in common (test/Host.ts), and loading Effect, ajv and the program once a file was most of the work.
    isolate: false,
    env: { TZ: "UTC" }
  }
})
