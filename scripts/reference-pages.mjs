// Writes docs/reference/*.md from the doc comments of the packages, and that of the command line from its table (wants `tsc -b`); with --check only says whether they are up to date.
// With --examples it counts which public values an example shows, and names those of a package that none does: `--examples core`.
import { fileURLToPath } from "node:url"
import { keep } from "./docs/generated.mjs"
import { commandLine } from "./reference/commandLine.mjs"
import { figures, missing } from "./reference/examples.mjs"
import { packages, pages } from "./reference/pages.mjs"

const root = fileURLToPath(new URL("../", import.meta.url))
const [, , asked, ofPackage] = process.argv

if (asked === "--examples") {
  const found = packages(root)
  console.table(found.map(figures))
  for (const each of found) if (each.name === ofPackage) console.log(missing(each).join("\n"))
} else {
  keep({ ...(await pages(root)), "docs/reference/cli.md": commandLine() }, "node scripts/reference-pages.mjs")
}
