/**
 * Every order of the steps of a few programs that share a store and a server, over the real sessions. See docs/design/model.md.
 * `MLS_MODEL=large` explores wider scopes, for minutes.
 */
import { describe } from "@effect/vitest"
import { all } from "../support/size.js"
import { explored, isLarge } from "./exploring.js"
import { large } from "./scopes.large.js"
import { asking, forgetful, hearing, wide } from "./scopes.js"

describe("in every order of steps the renewal protocol keeps its promises", () => {
  explored([...asking, ...forgetful, ...hearing, ...(all || isLarge ? wide : []), ...(isLarge ? large : [])])
})
