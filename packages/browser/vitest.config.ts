import { project } from "../../vitest.shared.js"

// Most of the work is the browser's, which all files share: one process beside the other projects' threads asks it, and
// loads Effect and builds each page once. Not a thread: vitest begins a single one when all others have ended.
export default project("browser", {
  globalSetup: ["test/support/startBrowser.ts"],
  pool: "forks",
  poolOptions: { forks: { singleFork: true, isolate: false } }
})
