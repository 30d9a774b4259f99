/** All that the program is: wiring only. */
import { mls } from "./mls.js"
import { runMain } from "./cli/runtime.js"

runMain(mls(process.argv.slice(2)))
