/** One of the programs that share Redis. */
import { run } from "../../core/test/engines/sharingProgram.js"
import { ways } from "./engine.js"

run(ways)
