// Files that the documentation shows for other programs: a Dockerfile as its validator reads it, a crontab as Debian's cron does where that is installed.
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { validate } from "dockerfile-utils"
import { blocksOf, pages } from "./commands/markdown.mjs"

/** Debian's reads and does not install with `-n`; to the crontabs of others that means something else. */
export const readsCrontabs = existsSync("/etc/debian_version") && existsSync("/usr/bin/crontab")

/** What is wrong with a file in that language; `undefined` where nothing here can tell. */
const checks = {
  dockerfile: (code) =>
    validate(code).map(
      ({ message, range }) => `line ${range.start.line + 1}: ${typeof message === "string" ? message : message.value}`
    ),
  crontab: (code) => {
    if (!readsCrontabs) return undefined
    const { status, stderr } = spawnSync("/usr/bin/crontab", ["-n", "-"], { input: code, encoding: "utf8" })
    return status === 0 ? [] : [stderr.trim()]
  }
}

/** @param {ReadonlyArray<{ readonly file: string, readonly text: string }>} all */
export const checked = (all) =>
  all.flatMap(({ file, text }) =>
    blocksOf(text)
      .filter(({ language }) => Object.hasOwn(checks, language))
      .map(({ code, language, line }) => ({ place: `${file}:${line}`, language, problems: checks[language](code) }))
  )

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = checked(pages(fileURLToPath(new URL("../", import.meta.url))))
  const wrong = found.flatMap(({ place, problems = [] }) => problems.map((problem) => `${place}  ${problem}`))
  for (const line of wrong) console.error(line)
  for (const { language, place, problems } of found) {
    if (problems === undefined) console.log(`${place}  not checked: there is no program here that reads a ${language}`)
  }
  console.log(`documentation: ${found.length} files for other programs, ${wrong.length} faults`)
  process.exitCode = wrong.length === 0 && found.length > 0 ? 0 : 1
}
