// Writes docs/errors.md, and what `mls help errors` says, from the errors in the code; with --check only says whether they
// are up to date. Wants `tsc -b` before.
import { page, topicModule } from "./errors/page.mjs"
import { keep } from "./docs/generated.mjs"

keep(
  { "docs/errors.md": await page(), "packages/cli/src/ErrorsText.ts": await topicModule() },
  "node scripts/errors-page.mjs"
)
