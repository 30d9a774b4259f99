import * as Processes from "../../core/test/engines/processes.js"
import { engine } from "./engine.js"

Processes.suite(engine, new URL("sharingProgram.ts", import.meta.url).pathname)
