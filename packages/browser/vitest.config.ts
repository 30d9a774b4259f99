import { project } from "../../vitest.shared.js"

// Most of the work is the browser's, which all files share: one thread beside the other projects' processes asks it,
// and loads Effect and builds each page once.
export default project("browser", {
  globalSetup: ["test/support/startBrowser.ts"],
  pool: "threads",
  poolOptions: { threads: { singleThread: true, isolate: false } },
  // For what hangs, as everywhere; a browser on a busy machine is slower than a process.
  testTimeout: 180_000,
  hookTimeout: 180_000
})
