/**
 * The site as `npm run docs` built it, in the browser of the browser package's tests.
 *
 * `npx vitest run --config docs/.vitepress/vitest.config.mjs`
 */
import { mergeConfig } from "vitest/config"
import Reporter from "../../vitest.reporter.js"
import { project } from "../../vitest.shared.js"

export default mergeConfig(project("docs", { include: ["site.test.mjs"] }), {
  root: import.meta.dirname,
  test: {
    reporters: [new Reporter()],
    maxConcurrency: 2,
    globalSetup: ["../../packages/browser/test/support/startBrowser.ts"]
  }
})
