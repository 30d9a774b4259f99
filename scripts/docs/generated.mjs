/** Pages that are made from the code: written, or with --check only compared. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const house = fileURLToPath(new URL("../../", import.meta.url))

/** The pages that are not what they should be. */
export const outdated = (pages, root = house) =>
  Object.keys(pages).filter((path) => {
    const file = join(root, path)
    return !existsSync(file) || readFileSync(file, "utf8") !== pages[path]
  })

/** Writes pages, or with --check fails where one is not up to date; `command` makes them. */
export const keep = (pages, command, { argv = process.argv, root = house } = {}) => {
  const old = outdated(pages, root)
  const check = argv.includes("--check")
  for (const path of old) {
    if (check) {
      console.error(`${path} is not what the code says: run \`${command}\``)
      continue
    }
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), pages[path])
  }
  const names = Object.keys(pages)
  console.log(
    `${names.length === 1 ? names[0] : `${names.length} generated pages`}: ${old.length === 0 ? "up to date" : check ? `${old.length} out of date` : `${old.length} written`}`
  )
  process.exitCode = check && old.length > 0 ? 1 : 0
}
