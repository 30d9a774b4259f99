/** Files for other programs in the documentation: what those would refuse is found. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { checked, readsCrontabs } from "../check-formats.mjs"

const problems = (language, code) =>
  checked([{ file: "a.md", text: `# A\n\n\`\`\`${language}\n${code}\n\`\`\`\n` }]).map((each) => each.problems)

test("a Dockerfile that Docker would refuse is found, and a good one is not", () => {
  assert.deepEqual(problems("dockerfile", "FROM node:22-slim\nUSER node"), [[]])
  assert.match(String(problems("dockerfile", "FROM node:22-slim\nUSERS node")), /line 2: Unknown instruction: USERS/)
})

const skip = readsCrontabs ? false : "no cron of Debian"

test("a crontab that cron would refuse is found, and a good one is not", { skip }, () => {
  assert.deepEqual(problems("crontab", "PATH=/bin\n15 * * * * mls status"), [[]])
  assert.match(String(problems("crontab", "75 * * * * mls status")), /bad minute/)
})

test("other blocks are left alone", () => {
  assert.deepEqual(problems("sh", "75 * * * *"), [])
})
