/** What the documentation tells people to paste into a page, in a page: the blocks as they stand, with another server. */
import { assert, describe } from "@effect/vitest"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Chromium from "./support/Chromium.js"
import * as Script from "./support/Script.js"
import * as Site from "./support/Site.js"

const { password, username } = Accounts.ada

/** Pages for readers that hold markup for a page, and the file that the markup names. */
const PAGES = ["docs/how-to/browser.md", "packages/browser/README.md"]

const root = Path.join(import.meta.dirname, "../../..")

const blocks = (text: string, language: string): ReadonlyArray<string> =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(([, code = ""]) => code)

const TYPES: Readonly<Record<string, string>> = { html: "text/html", js: "text/javascript" }

/** A site that serves the markup and the two scripts that it names, with a server behind the same origin. */
const served = (html: string, script: string, library: string, behind: string) => {
  const files: Readonly<Record<string, string>> = {
    "/page.html": `<!doctype html><html lang="en"><head><title>page</title></head><body>${html}</body></html>`,
    "/page.js": script.replaceAll(/"https:\/\/mlserver\.contoso\.com:12800"/g, "location.origin + '/mls'"),
    "/mlserver-auth.js": library
  }
  return Site.listen((incoming, outgoing) => {
    const path = incoming.url ?? "/"
    if (path.startsWith("/mls/")) return Site.forward(behind, path.slice("/mls".length), incoming, outgoing, {})
    // Browsers ask for it by themselves.
    if (path === "/favicon.ico") return outgoing.writeHead(204).end()
    const found = files[path]
    if (found === undefined) return outgoing.writeHead(404).end()
    const type = TYPES[Path.extname(path).slice(1)] ?? "text/plain"
    return outgoing
      .writeHead(200, { "content-type": `${type}; charset=utf-8`, "content-security-policy": "default-src 'self'" })
      .end(found)
  })
}

describe("markup of the documentation", () => {
  Chromium.layer(Script.layer)((it) => {
    for (const file of PAGES) {
      it.scoped(`${file}: what it says to paste signs a person in, and gets an answer`, () =>
        Effect.gen(function* () {
          const text = yield* Effect.promise(() => Fs.readFile(Path.join(root, file), "utf8"))
          const [html = "", ...others] = blocks(text, "html")
          const [script = "", ...more] = blocks(text, "js")
          assert.deepStrictEqual([others, more], [[], []], "a block that no test knows")
          assert.include(html, `src="/page.js"`)
          const server = yield* DevServer.make()
          const url = yield* served(html, script, yield* Script.Script, server.url)
          const page = yield* Chromium.tab(yield* Chromium.profile, `${url}/page.html`)
          const arrived = server.control.awaitArrival("api")
          yield* Effect.promise(async () => {
            await page.getByLabel("User name").fill(username, { timeout: 15_000 })
            await page.getByLabel("Password", { exact: true }).fill(password)
            await page.keyboard.press("Enter")
          })
          yield* arrived
          assert.deepStrictEqual(Chromium.complaintsOf(page), [])
          assert.deepInclude(yield* server.control.counts, { logins: 1, unauthorized: 0 })
        })
      )
    }
  })
})
