import { project } from "../../vitest.shared.js"

// In threads, which load Effect once and not for each file: the root's configuration says that of all threads.
export default project("client", { pool: "threads", isolate: false })
