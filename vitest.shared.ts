import "./vitest.environment.js"
import { defineProject, type UserWorkspaceConfig } from "vitest/config"

/** The settings every package's tests share: sources are read through the `@mlserver-auth/source` condition, so no build is needed. */
export const project = (name: string, test: UserWorkspaceConfig["test"] = {}) =>
  defineProject({
    ssr: { resolve: { conditions: ["@mlserver-auth/source", "module", "node", "development|production"] } },
    resolve: { conditions: ["@mlserver-auth/source", "module", "node", "development|production"] },
    test: {
      name,
      include: ["test/**/*.test.ts"],
      setupFiles: [new URL("./vitest.setup.ts", import.meta.url).pathname],
      // For what hangs, not for what is slow: a test of a few seconds here may need a minute beside busy disks.
      testTimeout: 60_000,
      hookTimeout: 60_000,
      ...test
    }
  })
