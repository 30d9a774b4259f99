/** What of the house's boundaries no linter has, over the tree at `root`. The others are rules of the linter: `lint.mjs`. */
import * as files from "./files.mjs"
import { readPackages } from "./sources.mjs"

/** What is wrong, one entry each: file, line, problem. Empty where nothing is. */
export const check = (root) => [...readPackages(root).flatMap(files.doors), ...files.mentions(root)]
