/** The linter with the house's boundaries: `npm run lint`. What editors read is `.oxlintrc.json`, without them. */
import { fileURLToPath } from "node:url"
import { base, overrides } from "./scripts/boundaries/lint.mjs"

const { $schema: _, ...settings } = base

export default {
  ...settings,
  overrides: [...base.overrides, ...overrides(fileURLToPath(new URL(".", import.meta.url)))]
}
