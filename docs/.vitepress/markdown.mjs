/** What GitHub makes of our files and VitePress does otherwise: the ids of headings, links to sources, pictures for light and dark. */
import { existsSync, statSync } from "node:fs"
import { dirname, join, relative } from "node:path"

/** The id of a heading on GitHub. */
export const headingId = (text) =>
  text
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-")

const isPage = (path) => /^(?:[A-Z]+\.md|(?:docs|packages)\/.*\.md)$/.test(path)

/** Where a link leads on the site: to a page of it, or to the repository. */
const target = (href, file, { repository, root }) => {
  if (/^(?:[a-z]+:|#|\/)/.test(href)) return href
  const [path, hash] = href.split("#")
  const full = join(dirname(file), path)
  if (!existsSync(full)) return href
  const end = hash === undefined ? "" : `#${hash}`
  const inside = relative(root, full).replaceAll("\\", "/")
  if (isPage(inside)) return path.replace(/(^|\/)README\.md$/, "$1index.md") + end
  return `${repository}/${statSync(full).isDirectory() ? "tree" : "blob"}/main/${inside}${end}`
}

/** The site's switch decides between light and dark, which `<picture>` cannot know; and the bundler wants `./` before a path. */
const pictures = (html) =>
  html
    .replaceAll(
      /<picture>\s*<source [^>]*srcset="([^"]+)"[^>]*>\s*<img src="([^"]+)"([^>]*)>\s*<\/picture>/g,
      '<img class="dark-only" src="$1"$3><img class="light-only" src="$2"$3>'
    )
    .replaceAll(/(<img [^>]*src=")(?!\.|\/|\w+:)/g, "$1./")

/** A cell above a column that needs no name is no header. */
const emptyHeaders = (tokens) => {
  for (const [index, token] of tokens.entries()) {
    if (token.type !== "th_open" || tokens[index + 1].content !== "") continue
    for (const each of [token, tokens[index + 2]]) each.tag = "td"
  }
}

/** A plugin of markdown-it. */
export const asOnGitHub = (md, places) => {
  md.core.ruler.push("as-on-github", ({ env, tokens }) => {
    emptyHeaders(tokens)
    for (const token of tokens.flatMap((each) => [each, ...(each.children ?? [])])) {
      if (token.type === "link_open") token.attrSet("href", target(token.attrGet("href"), env.path, places))
      if (token.type === "html_block") token.content = pictures(token.content)
    }
  })
}
