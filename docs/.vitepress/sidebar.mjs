/** The site's sidebar is the indexes that people read: docs/README.md names the folders, the README.md of each names its pages. */
import { readFileSync } from "node:fs"
import { posix } from "node:path"

/** The pages that an index leads to: those of its folder, and others that a table of it names. A line in bold or a heading begins a group. */
const groupsOf = (text) => {
  const groups = [{ text: undefined, links: [] }]
  for (const line of text.split("\n")) {
    const [, name] = /^(?:\*\*|## )([^*]+)(?:\*\*)?$/.exec(line) ?? []
    if (name !== undefined) groups.push({ text: name, links: [] })
    const links = [...line.matchAll(/\]\(([^):#]+\.md)\)/g)].map(([, path]) => path)
    groups.at(-1).links.push(...links.filter((path) => line.startsWith("|") || !path.startsWith("../")))
  }
  return groups.filter(({ links }) => links.length > 0)
}

const url = (path) => `/${path.replace(/(^|\/)README\.md$/, "$1").replace(/\.md$/, "")}`

/** `{ text, link, items }` of each folder. */
export const sidebar = (root) => {
  const read = (path) => readFileSync(root + path, "utf8")
  const page = (path) => ({ text: /^# (.+)$/m.exec(read(path))?.[1].replaceAll("`", "") ?? path, link: url(path) })
  const [{ links: folders }] = groupsOf(read("docs/README.md"))
  return folders.map((folder) => {
    const index = posix.join("docs", folder)
    const items = groupsOf(read(index)).flatMap(({ links, text }) => {
      const pages = [...new Set(links)].map((path) => page(posix.join(posix.dirname(index), path)))
      return text === undefined ? pages : [{ text, items: pages }]
    })
    return { ...page(index), collapsed: false, items }
  })
}
