import { project } from "../../vitest.shared.js"

// A worker is kept for several files (see the root's configuration); this gives each file the package's modules anew, since
// some replace what these import of Node.
export default project("node", { isolate: true })
