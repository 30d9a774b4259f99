/** The React program of docs/how-to/react.md, built by Vite, in StrictMode in a browser, and rendered where there is no page. */
import { assert, describe, it } from "@effect/vitest"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { randomUUID } from "node:crypto"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { promisify } from "node:util"
import { build, createServer, type InlineConfig } from "vite"
import * as Chromium from "./support/Chromium.js"
import { act, fillIn } from "./support/Demo.js"
import * as Site from "./support/Site.js"

const { password, username } = Accounts.ada

const MAIN = `
import { StrictMode, useEffect } from "react"
import { createRoot } from "react-dom/client"
import { Services } from "./Services"

globalThis.mounts = 0
const Counted = () => {
  useEffect(() => void globalThis.mounts++, [])
  return <Services />
}
createRoot(document.querySelector("main")).render(<StrictMode><Counted /></StrictMode>)
`

const SERVER = `
import { renderToString } from "react-dom/server"
import { Services } from "./Services"

export const rendered = () => renderToString(<Services />)
`

/** The blocks of the page as files, with another server, below this package so that imports resolve. */
const written = Effect.gen(function* () {
  const page = Path.join(import.meta.dirname, "../../../docs/how-to/react.md")
  const text = yield* Effect.promise(() => Fs.readFile(page, "utf8"))
  const folder = Path.join(import.meta.dirname, `../dist/test/${randomUUID()}`)
  yield* Effect.acquireRelease(
    Effect.promise(() => Fs.mkdir(folder, { recursive: true })),
    () => Effect.promise(() => Fs.rm(folder, { recursive: true }))
  )
  const blocks = [...text.matchAll(/^```tsx?\n\/\/ (client\.ts|Services\.tsx)\n([\s\S]*?)^```$/gm)]
  assert.lengthOf(blocks, 2)
  const files = [...blocks.map(([, name = "", code = ""]) => [name, code] as const), ["main.tsx", MAIN] as const]
  for (const [name, code] of [...files, ["server.tsx", SERVER] as const]) {
    yield* Effect.promise(() => Fs.writeFile(Path.join(folder, name), code))
  }
  return folder
})

/** In development, where StrictMode mounts twice. */
const config = (root: string, published = false): InlineConfig => ({
  configFile: false,
  root,
  logLevel: "error",
  mode: "development",
  define: { "process.env.NODE_ENV": `"development"` },
  esbuild: { jsx: "automatic" },
  resolve: { conditions: [...(published ? [] : ["@mlserver-auth/source"]), "module", "browser"] }
})

const root = Path.join(import.meta.dirname, "../../..")

/** The package as it is published, which takes half a minute: not at each desk. */
const all = process.env["MLS_TEST_ALL"] === "1"
const bundled = Effect.promise(async () => {
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
  const run = (...args: ReadonlyArray<string>) => promisify(execFile)(process.execPath, args, { cwd: root, env })
  await run("node_modules/typescript/bin/tsc", "-b", "packages/client")
  await run("packages/client/bundle.mjs")
})

const built = (folder: string, published: boolean): Effect.Effect<string> =>
  Effect.promise(async () => {
    const made = await build({
      ...config(folder, published),
      build: {
        write: false,
        minify: false,
        lib: { entry: Path.join(folder, "main.tsx"), formats: ["iife"], name: "page" }
      }
    })
    const [output] = [made].flat()
    const [chunk] = output !== undefined && "output" in output ? output.output : []
    return chunk?.code ?? ""
  })

describe("the React page of the documentation, built by Vite", () => {
  Chromium.layer()((it) => {
    for (const published of [false, true]) {
      const what = published ? "as it is published" : "from its sources"
      it.scoped(
        `in StrictMode, ${what}: mounted twice, one dialog, one sign-in, one session; and out again`,
        ({ skip }) =>
          Effect.gen(function* () {
            if (published && !all) return skip("a bundle that only MLS_TEST_ALL=1 makes")
            if (published) yield* bundled
            const server = yield* DevServer.make()
            const scripts = { page: yield* built(yield* written, published) }
            const site = yield* Site.make({ pages: [], scripts, behind: server.url })
            const tab = yield* Chromium.tab(yield* Chromium.profile, site.page("page"))
            yield* act(() => tab.getByRole("button", { name: "Sign in" }).click())
            yield* act(() => tab.getByRole("dialog").waitFor())
            assert.strictEqual(yield* Effect.promise(() => tab.locator("dialog").count()), 1)
            yield* fillIn(tab, username, password)
            yield* act(() => tab.locator("li", { hasText: "manualTransmission" }).waitFor())
            const mounts = yield* Effect.promise(() => tab.evaluate(() => (globalThis as { mounts?: number }).mounts))
            assert.strictEqual(mounts, 2)
            assert.deepInclude(yield* server.control.counts, { logins: 1, refreshes: 0, unauthorized: 0 })
            const revoked = server.control.awaitArrival("revoke")
            yield* act(() => tab.getByRole("button", { name: "Sign out" }).click())
            yield* act(() => tab.getByRole("button", { name: "Sign in" }).waitFor())
            yield* revoked
            assert.deepStrictEqual(Chromium.complaintsOf(tab), [])
          })
      )
    }
  })

  it.scopedLive("imported and rendered where there is no page, it touches none", () =>
    Effect.gen(function* () {
      const folder = yield* written
      const out = Path.join(folder, "out")
      yield* Effect.promise(() =>
        build({
          ...config(folder),
          ssr: { resolve: { conditions: ["@mlserver-auth/source", "module"] }, noExternal: [/^@mlserver-auth\//] },
          build: { ssr: Path.join(folder, "server.tsx"), outDir: out, minify: false }
        })
      )
      assert.isFalse("window" in globalThis || "document" in globalThis)
      const { rendered } = (yield* Effect.promise(() => import(Path.join(out, "server.js")))) as {
        readonly rendered: () => string
      }
      assert.strictEqual(rendered(), "<p>One moment</p>")
    })
  )

  it.scopedLive("the proxy of the page passes calls on to the server, and what it answers back", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const folder = yield* written
      const text = yield* Effect.promise(() => Fs.readFile(Path.join(root, "docs/how-to/react.md"), "utf8"))
      const [, code = ""] = /^```ts\n\/\/ vite\.config\.ts\n([\s\S]*?)^```$/m.exec(text) ?? []
      assert.include(code, "https://mlserver.contoso.com:12800")
      const configFile = Path.join(folder, "vite.config.mts")
      const own = code.replace("https://mlserver.contoso.com:12800", server.url)
      yield* Effect.promise(() => Fs.writeFile(configFile, own))
      const vite = yield* Effect.acquireRelease(
        Effect.promise(() =>
          createServer({ configFile, root: folder, logLevel: "error", server: { port: 0, host: "127.0.0.1" } })
        ),
        (started) => Effect.promise(() => started.close())
      )
      yield* Effect.promise(() => vite.listen())
      const [url = ""] = vite.resolvedUrls?.local ?? []
      const answer = yield* Effect.promise(() =>
        fetch(`${url}mls/login`, { method: "POST", body: JSON.stringify({ username, password }) })
      )
      assert.strictEqual(answer.status, 200)
      assert.deepInclude(yield* server.control.counts, { logins: 1 })
    })
  )
})
