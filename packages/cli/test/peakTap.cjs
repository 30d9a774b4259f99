/** Loaded into the program before it starts: writes down how much memory it had at most, in kilobytes, when it ends. */
"use strict"
const Fs = require("node:fs")

process.on("exit", () => Fs.writeFileSync(process.env.MLS_TEST_PEAK, String(process.resourceUsage().maxRSS)))
