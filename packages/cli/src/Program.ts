/** All that the program is: wiring only. */
import { mls } from "./Mls.js"
import { runMain } from "./Runtime.js"

runMain(mls(process.argv.slice(2)))
