import { project } from "../../vitest.shared.js"

export default project("browser", { globalSetup: ["test/support/unpackChromium.ts"] })
