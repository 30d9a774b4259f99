import { mergeConfig } from "vitest/config"
import { project } from "../../vitest.shared.js"

// Every story runs the real program, several processes long.
export default mergeConfig(project("cli"), {
  test: { globalSetup: ["test/bundled.ts", "test/exercised.ts"], testTimeout: 60_000 }
})
