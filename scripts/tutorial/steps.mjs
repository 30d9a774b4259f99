/** The steps of a tutorial: blocks of `sh`, files whose first line names them, and in `text` what the step before prints. */
import { blocksOf } from "../commands/markdown.mjs"

const FILE = /^\/\/ (\S+)\n/

/** In their order: `{ line, code, file?, shows }`. */
export const stepsIn = (page) => {
  const steps = []
  for (const { code, language, line } of blocksOf(page)) {
    const [, file] = FILE.exec(code) ?? []
    if (language === "sh") steps.push({ line, code, shows: [] })
    else if (file !== undefined) steps.push({ line, code, file, shows: [] })
    else if (language === "text") steps.at(-1).shows.push(...code.trimEnd().split("\n"))
    else throw new Error(`line ${line}: a block that is no step: ${language}`)
  }
  return steps
}

/** Of the lines that a step shows, those that were not printed, in this order. */
export const lacking = (said, shows) => {
  const lines = said.split("\n").map((line) => line.trimEnd())
  let from = 0
  return shows.filter((line) => {
    const at = lines.indexOf(line, from)
    if (at < 0) return true
    from = at + 1
    return false
  })
}
