import { assert, describe } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Http from "node:http"
import type { Told } from "./pages/offer.js"
import * as Chromium from "./support/Chromium.js"
import * as Cors from "./support/Cors.js"
import * as Site from "./support/Site.js"

interface Answer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly text: string
  readonly shown: string
}

const secret = "Bearer s3cr3t"

/** A page, and a server of another origin that it may call. */
const opened = (handler: Http.RequestListener, allowed: Cors.Allowed = Cors.everything) =>
  Effect.gen(function* () {
    const server = yield* Cors.serve(allowed, handler)
    const site = yield* Site.make({ pages: ["http"], connect: ["http:"] })
    const context = yield* Chromium.profile
    const page = yield* Chromium.tab(context, site.page("http"))
    const send = (path: string, asked: object = {}) =>
      Chromium.call<Told<Answer>>(page, "send", { url: server + path, ...asked })
    const cause = (path: string, asked: object = {}) =>
      Chromium.call<object>(page, "cause", { url: server + path, ...asked })
    return { server, context, page, send, cause }
  })

const echo: Http.RequestListener = (incoming, outgoing) => {
  const chunks: Array<Buffer> = []
  incoming.on("data", (chunk: Buffer) => chunks.push(chunk))
  incoming.on("end", () =>
    outgoing.end(JSON.stringify({ ...incoming.headers, body: Buffer.concat(chunks).toString() }))
  )
}

describe("BrowserHttp", () => {
  Chromium.layer()((it) => {
    it.scoped("sends what was asked for and nothing that traces a person or a request", () =>
      Effect.gen(function* () {
        const { context, send, server } = yield* opened(echo)
        yield* Effect.promise(() => context.addCookies([{ name: "a", value: "b", url: server }]))
        const answer = yield* send("/?q=1", { method: "POST", headers: { authorization: secret }, body: "text" })
        assert.isTrue(answer.ok)
        if (!answer.ok) return
        const received = JSON.parse(answer.value.text) as Record<string, string>
        assert.deepInclude(received, { authorization: secret, body: "text" })
        for (const name of ["cookie", "referer", "traceparent", "b3"]) assert.notProperty(received, name)
        assert.notMatch(answer.value.shown, /s3cr3t|q=1|text/)
      })
    )

    it.scoped("nothing is taken from the browser's cache, nor put there", () =>
      Effect.gen(function* () {
        let count = 0
        const { send } = yield* opened((_, outgoing) => {
          outgoing.setHeader("cache-control", "max-age=1000")
          outgoing.end(String(++count))
        })
        yield* send("/")
        const again = yield* send("/")
        assert.isTrue(again.ok && again.value.text === "2", JSON.stringify(again))
      })
    )

    it.scoped("a stream is gathered and sent whole, also over HTTP/1.1", () =>
      Effect.gen(function* () {
        const { send } = yield* opened(echo)
        const answer = yield* send("/", { method: "POST", body: "streamed", streamed: true })
        assert.isTrue(answer.ok && JSON.parse(answer.value.text).body === "streamed", JSON.stringify(answer))
      })
    )

    it.scoped("a redirect is not followed, whatever it leads to", () =>
      Effect.gen(function* () {
        const paths: Array<string> = []
        const { send } = yield* opened((incoming, outgoing) => {
          paths.push(incoming.url ?? "")
          outgoing.writeHead(307, { location: "/elsewhere" }).end()
        })
        const answer = yield* send("/start", { method: "POST", body: "password" })
        assert.isTrue(answer.ok && answer.value.status === 302, JSON.stringify(answer))
        assert.deepStrictEqual(paths, ["/start"])
      })
    )

    it.scoped("an answer without a body is one", () =>
      Effect.gen(function* () {
        const { send } = yield* opened((_, outgoing) => outgoing.writeHead(204).end())
        const answer = yield* send("/")
        assert.isTrue(answer.ok && answer.value.status === 204 && answer.value.text === "", JSON.stringify(answer))
      })
    )

    it.scoped("the query, the body and the credentials are in no error", () =>
      Effect.gen(function* () {
        const { send } = yield* opened((incoming) => incoming.socket.destroy())
        const asked = { method: "POST", headers: { authorization: secret }, body: "passw0rd" }
        const failed = yield* send("/path?refreshToken=t0ken", asked)
        assert.deepInclude(failed, { ok: false, tag: "RequestError", reason: "Transport" })
        assert.notMatch(JSON.stringify(failed), /s3cr3t|passw0rd|t0ken/)
        const invalid = yield* Chromium.call<Told<Answer>>((yield* opened(echo)).page, "send", {
          ...asked,
          url: "http://"
        })
        assert.deepInclude(invalid, { ok: false, tag: "RequestError", reason: "InvalidUrl" })
        assert.notMatch(JSON.stringify(invalid), /s3cr3t|passw0rd/)
      })
    )

    it.scoped("who is late is left: with its headers, and in the middle of its body", () =>
      Effect.gen(function* () {
        const left = yield* Deferred.make<void>()
        const arrived = yield* Deferred.make<void>()
        const { cause, page } = yield* opened((incoming, outgoing) => {
          if (incoming.url === "/body") outgoing.write("half")
          else Deferred.unsafeDone(arrived, Effect.void)
          outgoing.on("close", () => Deferred.unsafeDone(left, Effect.void))
        })
        // The page's clock is turned once the request has come, however long that took.
        yield* Effect.promise(() => page.clock.install())
        const headers = yield* Effect.fork(cause("/headers", { options: { headersTimeout: 120_000 } }))
        yield* Deferred.await(arrived)
        yield* Effect.promise(() => page.clock.fastForward(120_000))
        assert.deepInclude(yield* Fiber.join(headers), { code: "MLS_HEADERS_TIMEOUT", sent: true })
        yield* Deferred.await(left)
        const body = yield* cause("/body", { options: { bodyTimeout: 500 } })
        assert.deepInclude(body, { code: "MLS_BODY_TIMEOUT", sent: true })
      })
    )

    it.scoped("who sends too much is left at the limit, counted after decompression", () =>
      Effect.gen(function* () {
        const left = yield* Deferred.make<void>()
        const { cause } = yield* opened((_, outgoing) => {
          outgoing.on("close", () => Deferred.unsafeDone(left, Effect.void))
          const more = () => outgoing.write("x".repeat(65_536), more)
          more()
        })
        const failed = yield* cause("/", { options: { maxResponseBytes: 100_000 } })
        assert.deepInclude(failed, { code: "MLS_BODY_TOO_LARGE" })
        yield* Deferred.await(left)
      })
    )

    it.scoped("an answer that breaks off is no answer", () =>
      Effect.gen(function* () {
        const { cause } = yield* opened((_, outgoing) => {
          // What was written arrives before the end of its connection.
          outgoing.writeHead(200, { "content-length": 100 }).write("half", () => outgoing.socket?.end())
        })
        assert.deepInclude(yield* cause("/"), { code: "MLS_BODY_BROKEN", sent: true })
      })
    )

    it.scoped("without AbortSignal.any, which not every browser has, calls and their interruption work", () =>
      Effect.gen(function* () {
        const left = yield* Deferred.make<void>()
        const arrived = yield* Deferred.make<void>()
        const { page, send, server } = yield* opened((incoming, outgoing) => {
          if (incoming.url !== "/slow") return echo(incoming, outgoing)
          outgoing.on("close", () => Deferred.unsafeDone(left, Effect.void))
          return Deferred.unsafeDone(arrived, Effect.void)
        })
        yield* Effect.promise(() => page.evaluate(() => void Reflect.deleteProperty(AbortSignal, "any")))
        assert.isTrue((yield* send("/")).ok)
        yield* Chromium.call(page, "begin", { url: `${server}/slow` })
        yield* Deferred.await(arrived)
        yield* Chromium.call(page, "leave")
        yield* Deferred.await(left)
      })
    )

    it.scoped("interrupting a call ends its request", () =>
      Effect.gen(function* () {
        const left = yield* Deferred.make<void>()
        const arrived = yield* Deferred.make<void>()
        const { page, server } = yield* opened((_, outgoing) => {
          Deferred.unsafeDone(arrived, Effect.void)
          outgoing.on("close", () => Deferred.unsafeDone(left, Effect.void))
        })
        yield* Chromium.call(page, "begin", { url: server })
        yield* Deferred.await(arrived)
        yield* Chromium.call(page, "leave")
        yield* Deferred.await(left)
      })
    )

    it.scoped("offline nothing was sent, and that is said", () =>
      Effect.gen(function* () {
        const { context, page } = yield* opened(echo)
        yield* Effect.promise(() => context.setOffline(true))
        const elsewhere = yield* Chromium.call<object>(page, "cause", { url: "http://mls.example/" })
        assert.deepInclude(elsewhere, { code: "MLS_OFFLINE", sent: false })
        // This machine can be reached without a network, so nobody knows.
        assert.deepInclude(yield* Chromium.call<object>(page, "cause", { url: "http://127.0.0.1:1/" }), {
          code: "MLS_FETCH_FAILED",
          sent: true
        })
      })
    )
  })
})
