// Writes docs/reference/*.md from the doc comments of the packages; with --check only says whether they are up to date.
import { fileURLToPath } from "node:url"
import { keep } from "./docs/generated.mjs"
import { pages } from "./reference/pages.mjs"

keep(pages(fileURLToPath(new URL("../", import.meta.url))), "node scripts/reference-pages.mjs")
