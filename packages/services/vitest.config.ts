import { project } from "../../vitest.shared.js"

// In threads, which load Effect once and not for each file.
export default project("services", { pool: "threads", isolate: false })
