import { project } from "../../vitest.shared.js"

// A process for each file, which is the default: each starts a redis-server of its own.
export default project("redis")
