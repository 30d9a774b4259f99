/** What the documentation tells people to paste into a page, in a page: the blocks as they stand, with another server. */
import { assert, describe, layer } from "@effect/vitest"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { execFile } from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { promisify } from "node:util"
import * as Chromium from "./support/Chromium.js"
import * as Site from "./support/Site.js"

const { password, username } = Accounts.ada

/** The script as it is published. */
class Script extends Context.Tag("test/Script")<Script, string>() {}

const built = Layer.scoped(
  Script,
  Effect.gen(function* () {
    const directory = yield* Effect.acquireRelease(
      Effect.promise(() => Fs.mkdtemp(Path.join(Os.tmpdir(), "documented-"))),
      (made) => Effect.promise(() => Fs.rm(made, { recursive: true }))
    )
    const program = Path.join(import.meta.dirname, "../bundle.mjs")
    yield* Effect.promise(() => promisify(execFile)(process.execPath, [program, directory]))
    return yield* Effect.promise(() => Fs.readFile(Path.join(directory, "mlserver-auth.js"), "utf8"))
  })
)

/** Pages for readers that hold markup for a page, and the file that the markup names. */
const PAGES = ["docs/browser.md", "packages/browser/README.md"]

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
  layer(Layer.merge(Chromium.layer, built), { excludeTestServices: true, timeout: 300_000 })((it) => {
    for (const file of PAGES) {
      it.scoped(`${file}: what it says to paste signs a person in, and gets an answer`, () =>
        Effect.gen(function* () {
          const text = yield* Effect.promise(() => Fs.readFile(Path.join(root, file), "utf8"))
          const [html = "", ...others] = blocks(text, "html")
          const [script = "", ...more] = blocks(text, "js")
          assert.deepStrictEqual([others, more], [[], []], "a block that no test knows")
          assert.include(html, `src="/page.js"`)
          const server = yield* DevServer.make()
          const url = yield* served(html, script, yield* Script, server.url)
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
