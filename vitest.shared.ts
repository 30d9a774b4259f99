import "./vitest.environment.js"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { defineProject, type UserWorkspaceConfig } from "vitest/config"

/** The name of the project that runs what can share threads at once: see `vitest.together.config.ts`. */
export const TOGETHER = "together"

/** The settings every package's tests share: sources are read through the `@mlserver-auth/source` condition, so no build is needed. */
export const project = (name: string, test: UserWorkspaceConfig["test"] = {}) =>
  defineProject({
    ssr: { resolve: { conditions: ["@mlserver-auth/source", "module", "node", "development|production"] } },
    resolve: { conditions: ["@mlserver-auth/source", "module", "node", "development|production"] },
    test: {
      name,
      include: ["test/**/*.test.ts"],
      setupFiles: [new URL("./vitest.setup.ts", import.meta.url).pathname],
      // For what hangs, not for what is slow: a test of a few seconds needs minutes where twenty programs want the processor.
      testTimeout: 600_000,
      hookTimeout: 600_000,
      ...test
    }
  })

/**
 * The test files of a package that replace a module, change or count what a whole process has, or fill a disk to its last page. They get
 * processes of their own: beside others, which of two files is given the replacement is chance, and so is what a page of a disk is
 * held by.
 */
export const replacing = (packageDirectory: string): Array<string> =>
  readdirSync(join(packageDirectory, "test"))
    .filter((name) => name.endsWith(".test.ts"))
    .filter((name) =>
      /vi\.mock\(|process\.(?:umask|getActiveResourcesInfo)\(|"\.\/disks\.js"/.test(
        readFileSync(join(packageDirectory, "test", name), "utf8")
      )
    )
    .map((name) => `test/${name}`)
