import { assert, describe } from "@effect/vitest"
import { DevServer } from "@mlserver-auth/dev-server"
import type { ServerCheck } from "@mlserver-auth/browser"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Http from "node:http"
import type { Told } from "./pages/offer.js"
import * as Chromium from "./support/Chromium.js"
import * as Cors from "./support/Cors.js"
import * as Site from "./support/Site.js"

const checked = (server: string, connect: ReadonlyArray<string> = ["http:", "https:"]) =>
  Effect.gen(function* () {
    const site = yield* Site.make({ pages: ["check"], connect })
    const page = yield* Chromium.tab(yield* Chromium.profile, site.page("check"))
    const told = yield* Chromium.call<Told<ServerCheck.Report>>(page, "check", server)
    return { site, told, report: told.ok ? told.value : undefined }
  })

/** A Machine Learning Server behind something that allows pages that much. */
const allowing = (allowed: Cors.Allowed) =>
  Effect.flatMap(DevServer.make(), (server) => Effect.flatMap(Cors.before(server.url, allowed), checked))

const asks = ({ headers }: Http.IncomingMessage, what: string): boolean =>
  [headers["access-control-request-headers"], headers["access-control-request-method"]].join().includes(what)

declare global {
  /** Settles when a call of the page has been refused. */
  var refused: Promise<void>
}

/** Runs in the page. */
const announceRefusal = () => {
  const { fetch } = globalThis
  globalThis.refused = new Promise((resolve) => {
    globalThis.fetch = (...asked) =>
      fetch(...asked).catch((error: unknown) => {
        resolve()
        throw error
      })
  })
}

/** What a page is told whose limit passes once the server has been asked what it leaves unanswered. */
const late = (
  allowed: Cors.Allowed,
  withheld: (request: Http.IncomingMessage) => boolean,
  count: number,
  refusals: 0 | 1 = 0
) =>
  Effect.gen(function* () {
    const server = yield* Cors.withholding(allowed, withheld, count)
    const site = yield* Site.make({ pages: ["check"], connect: ["http:"] })
    const page = yield* Chromium.tab(yield* Chromium.profile, site.page("check"))
    yield* Effect.promise(() => page.clock.install())
    yield* Effect.promise(() => page.evaluate(announceRefusal))
    const told = yield* Effect.fork(Chromium.call<Told<ServerCheck.Report>>(page, "check", server.url))
    yield* server.come
    // As the page sees it: the driver hears of it earlier.
    if (refusals > 0) yield* Effect.promise(() => page.evaluate(() => globalThis.refused))
    yield* Effect.promise(() => page.clock.fastForward(60_000))
    const end = yield* Fiber.join(told)
    return end.ok ? end.value : undefined
  })

/** Runs in the page: what the worker there is told of a server. */
const inWorker = (server: string) =>
  new Promise<ServerCheck.Report>((resolve) => {
    interface Policies {
      readonly createPolicy: (name: string, rules: object) => { readonly createScriptURL: (url: string) => string }
    }
    const { trustedTypes } = globalThis as unknown as { readonly trustedTypes?: Policies }
    const policy = trustedTypes?.createPolicy("worker", { createScriptURL: (url: string) => url })
    const worker = new Worker(policy?.createScriptURL("/worker.js") ?? "/worker.js")
    worker.addEventListener("message", ({ data }) => resolve(data))
    worker.postMessage(server)
  })

describe("ServerCheck.checkServer", () => {
  Chromium.layer()((it) => {
    it.scoped("a server that allows everything is ready, and nothing is left to do", () =>
      Effect.map(allowing(Cors.everything), ({ report }) => {
        assert.deepInclude(report, { verdict: "Ready", ready: true, fix: "" })
      })
    )

    it.scoped("ready, but it hides headers: that is told", () =>
      Effect.map(allowing({ ...Cors.everything, expose: undefined }), ({ report }) => {
        assert.deepInclude(report, { verdict: "Ready", ready: true })
        assert.match(report?.fix ?? "", /Access-Control-Expose-Headers: .*WWW-Authenticate/)
      })
    )

    it.scoped("a server that allows nothing: every line that it must send, with this page's origin", () =>
      Effect.map(allowing({}), ({ report, site }) => {
        assert.deepInclude(report, { verdict: "NoCors", ready: false })
        assert.include(report?.fix, `Access-Control-Allow-Origin: ${site.url} |`)
        assert.include(report?.fix, "Access-Control-Allow-Headers: Authorization, Content-Type")
      })
    )

    for (const [name, allowed] of [
      ["the header Authorization", { ...Cors.everything, headers: "Content-Type" }],
      ["the header Content-Type", { ...Cors.everything, headers: "Authorization" }],
      ["the method DELETE", { ...Cors.everything, methods: "GET, POST" }]
    ] as const) {
      it.scoped(`a server that allows all but ${name}: just that is told`, () =>
        Effect.map(allowing(allowed), ({ report }) => {
          assert.strictEqual(report?.verdict, "CorsIncomplete")
          assert.match(report?.message ?? "", new RegExp(`but not ${name}$`))
        })
      )
    }

    it.scoped("preflights that nobody answers in time are not refused: what was not seen is said", () =>
      Effect.map(
        late(Cors.everything, ({ method }) => method === "OPTIONS", 3),
        (report) => {
          assert.deepInclude(report, { verdict: "NotSeen", ready: false })
          assert.match(report?.message ?? "", /60 seconds.*the header Authorization, .*Content-Type, the method DELETE/)
          assert.notInclude(report?.fix, "Access-Control")
        }
      )
    )

    it.scoped("one that was refused and two that nobody answers: each is said as it is", () =>
      Effect.map(
        late(
          { ...Cors.everything, headers: "Content-Type" },
          (asked) => asked.method === "OPTIONS" && !asks(asked, "authorization"),
          2,
          1
        ),
        (report) => {
          assert.strictEqual(report?.verdict, "CorsIncomplete")
          assert.match(
            report?.message ?? "",
            /but not the header Authorization; .*not seen: the header Content-Type, the method DELETE/
          )
        }
      )
    )

    it.scoped("an answer to read that does not come in time is no refusal of this page", () =>
      Effect.map(
        late(Cors.everything, ({ headers }) => headers["sec-fetch-mode"] === "cors", 1),
        (report) => {
          assert.deepInclude(report, { verdict: "NotSeen", ready: false })
          assert.notInclude(report?.fix, "CORS")
        }
      )
    )

    it.scoped(
      "nothing at all in time: that too much to do may be the cause is said, and not that nobody is there",
      () =>
        Effect.map(
          late({}, () => true, 1),
          (report) => {
            assert.deepInclude(report, { verdict: "NoAnswer", ready: false })
            assert.match(report?.message ?? "", /^Nothing answered at .* within 60 seconds$/)
            assert.match(report?.fix ?? "", /^Try again .*more time.*Either no server runs there/)
          }
        )
    )

    it.scoped("in a worker, its own policy is meant, which came with its script", () =>
      Effect.gen(function* () {
        const server = yield* DevServer.make()
        const site = yield* Site.make({ pages: ["check", "worker"], connect: ["http://127.0.0.1:1"] })
        const page = yield* Chromium.tab(yield* Chromium.profile, site.page("check"))
        const report = yield* Effect.promise(() => page.evaluate(inWorker, server.url))
        assert.strictEqual(report.verdict, "BlockedByPage")
        assert.include(report.message, "Policy of this worker")
        assert.include(report.fix, "the script of this worker")
      })
    )

    it.scoped("nobody there: what it may be, and how a person finds out", () =>
      Effect.map(checked("http://127.0.0.1:9"), ({ report }) => {
        assert.deepInclude(report, { verdict: "NoAnswer", ready: false })
        assert.match(report?.fix ?? "", /usually 12800.*Open http:\/\/127\.0\.0\.1:9\/status in a tab/)
      })
    )

    it.scoped("https where plain http is spoken", () =>
      Effect.gen(function* () {
        const server = yield* DevServer.make()
        const { report } = yield* checked(server.url.replace("http:", "https:"))
        assert.strictEqual(report?.verdict, "WrongScheme")
      })
    )

    it.scoped("the page's own policy is not blamed on the server", () =>
      Effect.gen(function* () {
        const server = yield* DevServer.make()
        const { report } = yield* checked(server.url, ["http://127.0.0.1:1"])
        assert.strictEqual(report?.verdict, "BlockedByPage")
        assert.include(report?.fix, `connect-src 'self' ${server.url}`)
      })
    )

    it.scoped("another program on that port", () =>
      Effect.gen(function* () {
        const other = yield* Cors.serve(Cors.everything, (_, outgoing) => outgoing.writeHead(404).end())
        const { report } = yield* checked(other)
        assert.strictEqual(report?.verdict, "NotMlServer")
        assert.match(report?.message ?? "", /answered 404/)
      })
    )

    it.scoped("an address that is none is the caller's error", () =>
      Effect.map(checked("mlserver"), ({ told }) =>
        assert.deepInclude(told, { ok: false, tag: "ConfigurationInvalid" })
      )
    )
  })
})
