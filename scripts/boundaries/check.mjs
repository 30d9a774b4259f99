/** Every check of the house's boundaries, over the tree at `root`. */
import * as files from "./files.mjs"
import * as imports from "./imports.mjs"
import * as rules from "./rules.mjs"
import { readPackages } from "./sources.mjs"

/** What is wrong, one entry each: file, line, problem. Empty where nothing is. */
export const check = (root, { longModules } = rules) => [
  ...readPackages(root).flatMap((pkg) => [
    ...imports.betweenPackages(pkg),
    ...imports.declaredOnly(pkg),
    ...imports.noBarrels(pkg),
    ...imports.withEnding(pkg),
    ...imports.platformFree(pkg),
    ...imports.coreArrows(pkg),
    ...imports.circles(pkg),
    ...files.sizes(root, pkg, longModules),
    ...files.doors(pkg)
  ]),
  ...files.mentions(root)
]
