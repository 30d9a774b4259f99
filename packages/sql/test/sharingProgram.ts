/** One of the programs that share PostgreSQL. */
import { run } from "../../core/test/engines/sharingProgram.js"
import { ways } from "./ways.js"

run(ways)
