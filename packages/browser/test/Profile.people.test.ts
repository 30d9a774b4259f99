import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { inject } from "vitest"
import * as Chromium from "./support/Chromium.js"
import * as Site from "./support/Site.js"

const told = inject("chromium")
const isPeople = "people" in told && told.people

/** A site whose page holds a frame, or opens a window by itself, where its query says so. */
const site = Site.listen((request, answer) => {
  const { searchParams } = new URL(request.url ?? "/", "http://localhost")
  const src = searchParams.get("frame")
  const script = "<script>document.title = open('about:blank') === null ? 'blocked' : 'opened'</script>"
  answer.writeHead(200, { "content-type": "text/html" })
  answer.end(
    `<!doctype html><title>page</title>${src === null ? "" : `<iframe src="${src}"></iframe>`}` +
      (searchParams.has("open") ? script : "")
  )
})

// What the tests of windows, frames, redirects and tabs mean with MLS_TEST_PROFILE=people; elsewhere a driver switches it off.
describe.skipIf(!isPeople)("a browser as people have it", () => {
  Chromium.layer()((it) => {
    it.scoped("keeps the storage of a frame apart from that of its site's own pages", () =>
      Effect.gen(function* () {
        const url = yield* site
        const context = yield* Chromium.profile
        const own = yield* Chromium.tab(context, url)
        yield* Effect.promise(() => own.evaluate(() => localStorage.setItem("seen", "by the page")))
        const around = `${url.replace("127.0.0.1", "localhost")}/?frame=${encodeURIComponent(url)}`
        const other = yield* Chromium.tab(context, around)
        const frame = yield* Effect.promise(() => other.waitForSelector("iframe").then((found) => found.contentFrame()))
        assert.isNull(yield* Effect.promise(async () => frame?.evaluate(() => localStorage.getItem("seen"))))
        assert.strictEqual(yield* Effect.promise(() => own.evaluate(() => localStorage.getItem("seen"))), "by the page")
      })
    )

    it.scoped("opens no window that nobody asked for", () =>
      Effect.gen(function* () {
        // By the page itself: what a driver evaluates counts as a click.
        const page = yield* Chromium.tab(yield* Chromium.profile, `${yield* site}/?open`)
        assert.strictEqual(yield* Effect.promise(() => page.title()), "blocked")
      })
    )

    it.scoped("keeps a page that was left, and shows it again as it was", () =>
      Effect.gen(function* () {
        const url = yield* site
        const page = yield* Chromium.tab(yield* Chromium.profile, url)
        yield* Effect.promise(() => page.evaluate(() => Object.assign(globalThis, { kept: true })))
        yield* Effect.promise(() => page.goto(`${url.replace("127.0.0.1", "localhost")}/`))
        yield* Effect.promise(() => page.goBack({ waitUntil: "commit" }).catch(() => null))
        const kept = Effect.promise(() => page.evaluate(() => "kept" in globalThis))
        assert.isTrue(yield* kept)
      })
    )
  })
})
