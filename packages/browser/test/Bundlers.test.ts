import { assert, describe, layer } from "@effect/vitest"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { execFile } from "node:child_process"
import { createRequire } from "node:module"
import * as Path from "node:path"
import { promisify } from "node:util"
import * as Bundlers from "./support/Bundlers.js"
import * as Chromium from "./support/Chromium.js"
import * as Site from "./support/Site.js"

const POLICY = "default-src 'self'; require-trusted-types-for 'script'"
const PAGE = `<!doctype html><html lang="en"><title>not run yet</title><script type="module" src="/app.js"></script></html>`

/** What is published is what `tsc` writes, so that is what bundlers get here. */
const built = Layer.scopedDiscard(
  Effect.promise(() => {
    const tsc = createRequire(import.meta.url).resolve("typescript/package.json")
    const root = Path.join(import.meta.dirname, "../../..")
    return promisify(execFile)(process.execPath, [Path.join(tsc, "../bin/tsc"), "-b", "packages/browser"], {
      cwd: root
    })
  })
)

/** The script on a page of its own, before a server. */
const serve = (script: string, behind: string) =>
  Site.listen((incoming, outgoing) => {
    const path = incoming.url ?? "/"
    if (path.startsWith("/mls/")) return Site.forward(behind, path.slice("/mls".length), incoming, outgoing, {})
    const type = path === "/app.js" ? "text/javascript" : "text/html"
    outgoing.writeHead(200, { "content-type": type, "content-security-policy": POLICY })
    return outgoing.end(path === "/app.js" ? script : PAGE)
  })

describe("an application in plain JavaScript", () => {
  layer(Layer.merge(Chromium.layer, built), { excludeTestServices: true, timeout: 60_000 })((it) => {
    for (const [name, build] of Object.entries(Bundlers.all)) {
      it.scoped(
        `built by ${name}: no warning there, none in the browser, and it works`,
        () =>
          Effect.gen(function* () {
            const { script, warnings } = yield* build
            assert.deepStrictEqual(warnings, [])
            const server = yield* DevServer.make()
            const url = yield* serve(script, server.url)
            const context = yield* Chromium.profile
            const { password, username } = Accounts.ada
            const page = yield* Chromium.tab(context, `${url}/#${username}:${password}`)
            yield* Effect.promise(() => page.waitForFunction(() => document.title !== "not run yet"))
            assert.strictEqual(yield* Effect.promise(() => page.title()), "2 services, function")
            assert.deepInclude(yield* server.control.counts, { logins: 1, revocations: 1 })
            // A browser asks every site for its icon; this one has none, and says so with its page.
            assert.deepStrictEqual(Chromium.complaintsOf(page), [])
          }),
        60_000
      )
    }
  })
})
