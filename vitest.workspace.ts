/** Every package with tests is a project of its own; `vitest run --project core` runs one. */
export const projects = ["packages/*/vitest.config.ts"]

export default projects
