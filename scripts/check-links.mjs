#!/usr/bin/env node
/**
 * Links between the pages of the documentation, their anchors too, by linkinator: `node scripts/check-links.mjs [PAGE...]`.
 *
 * Twice with one memory: linkinator 7 looks for the anchors of a page that it knows of when it reads the page, and a later page may
 * name another one. The second time it knows all of them.
 */
import { readFileSync } from "node:fs"
import { once } from "node:events"
import { createServer } from "node:net"
import { fileURLToPath } from "node:url"
import { LinkChecker } from "linkinator"

const PAGES = ["*.md", ".changeset/README.md", "docs/**/*.md", "packages/*/README.md"]

const settings = JSON.parse(readFileSync(fileURLToPath(new URL("../.linkinator.json", import.meta.url)), "utf8"))

/** What it remembers has the port in it. */
const freePort = async () => {
  const listening = createServer().listen(0)
  await once(listening, "listening")
  const { port } = listening.address()
  listening.close()
  await once(listening, "close")
  return port
}

const asked = process.argv.slice(2)
const checker = new LinkChecker()
const port = await freePort()
const found = []
for (let time = 0; time < 2; time++) {
  const { links } = await checker.check({
    ...settings,
    linksToSkip: settings.skip,
    path: asked.length > 0 ? asked : PAGES,
    port
  })
  found.push(...links)
}
const local = (url) => url?.replace(`http://localhost:${port}/`, "")
/** It does not know which page names an anchor. */
const told = ({ parent, url }) => (url.includes("#") ? local(url) : `${local(url)}, in ${local(parent)}`)
const broken = new Set(found.filter(({ state }) => state === "BROKEN").map(told))
for (const each of broken) console.error(each)
console.log(`${new Set(found.map(({ url }) => url)).size} links, ${broken.size} broken`)
process.exitCode = broken.size === 0 ? 0 : 1
