// Writes packages/cli/schemas and docs/reference/json.md from what packages/cli/src/outputs says of the JSON of `mls`; with --check only says
// whether they are up to date. Wants `tsc -b` before.
import { keep } from "./docs/generated.mjs"
import { files } from "./schemas/pages.mjs"

keep(files(), "node scripts/json-schemas.mjs")
