import { project } from "../../vitest.shared.js"

// A process for each file, which is the default: each starts a PostgreSQL of its own.
export default project("sql")
