// Writes docs/reference/errors.md from the errors in the code; with --check only says whether it is up to date. Wants `tsc -b` before.
import { page } from "./errors/page.mjs"
import { keep } from "./docs/generated.mjs"

keep({ "docs/reference/errors.md": await page() }, "node scripts/errors-page.mjs")
