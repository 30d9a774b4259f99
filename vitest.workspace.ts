/** Every package with tests is a project of its own, node two; `vitest run --project 'node*'` runs what begins so. */
const apart = ["packages/*/vitest.config.ts", "packages/*/vitest.replacing.config.ts"]

/** `npm test` sets it. One package alone is a project of its own, which prepares what only that one needs. */
const isTogether = process.env["MLS_TEST_TOGETHER"] === "1"

export const projects = isTogether
  ? ["vitest.together.config.ts", "packages/browser/vitest.config.ts", "packages/*/vitest.replacing.config.ts"]
  : apart

export default projects
