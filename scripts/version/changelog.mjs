/** The section of CHANGELOG.md that a version gets, made from the changesets that are waiting. */

/** Largest first. Before 1.0.0 a breaking change is `minor`, and its line begins with "Breaking:". */
const headings = [
  ["major", "Breaking"],
  ["minor", "Added and changed"],
  ["patch", "Fixed"]
]

/** A changeset is told once, where its largest part belongs; `undefined` where it releases nothing. */
const largest = ({ releases }) => headings.find(([size]) => releases.some(({ type }) => type === size))?.[0]

const line = ({ releases, summary }) => {
  const names = releases.map(({ name }) => `\`${name}\``).join(", ")
  return `- ${names}: ${summary.trim().replaceAll("\n", "\n  ")}`
}

/** What users are told of these changesets, by size. */
export const notes = (changesets) =>
  headings
    .map(([size, heading]) => [heading, changesets.filter((each) => largest(each) === size).map(line)])
    .filter(([, lines]) => lines.length > 0)
    .map(([heading, lines]) => `### ${heading}\n\n${lines.join("\n")}\n`)
    .join("\n")

const unreleased = (version) => `## [${version}] - unreleased\n`

/** A version that has a section without a date is the next release itself, and takes what is waiting along. */
export const isPrepared = (changelog, version) => changelog.includes(unreleased(version))

const paragraphs = (...parts) =>
  `${parts
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .join("\n\n")}\n`

/** Cut where the first section that comes after `from` begins. */
const cutBeforeSection = (changelog, from) => {
  const at = changelog.slice(from).search(/^## \[/m)
  return at === -1 ? [changelog, ""] : [changelog.slice(0, from + at), changelog.slice(from + at)]
}

/** The changelog with `text` told of `version` on `date`: at the end of the section that waits for it, or in a new one before all others. */
export const released = (changelog, version, date, text) => {
  const dated = `## [${version}] - ${date}`
  if (!isPrepared(changelog, version)) {
    const [head, sections] = cutBeforeSection(changelog, 0)
    return paragraphs(head, dated, text, sections)
  }
  const waits = unreleased(version)
  const [upToIt, older] = cutBeforeSection(changelog, changelog.indexOf(waits) + waits.length)
  return paragraphs(upToIt.replace(waits, `${dated}\n`), text, older)
}
