import { assert, describe, it } from "@effect/vitest"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import type * as Http from "node:http"
import { client, failure, listen, rejection } from "./support/serving.js"

const { password, username } = Accounts.ada
const credential = { username, password }
const accessToken = { accessToken: "s3cr3t" }

/** What a server has heard of a request. */
interface Heard {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: Http.IncomingHttpHeaders
  readonly body: string
}

const heard = async (incoming: Http.IncomingMessage): Promise<Heard> => {
  const parts: Array<Buffer> = []
  for await (const part of incoming) parts.push(part as Buffer)
  const { headers, method, url } = incoming
  return { method, url, headers, body: Buffer.concat(parts).toString() }
}

/** Tells what it has heard. */
const echo = listen((incoming, outgoing) => {
  void heard(incoming).then((told) => outgoing.setHeader("content-type", "application/json").end(JSON.stringify(told)))
})

/** `Promise.withResolvers`, which Node 20 lacks. */
const resolvers = () => {
  let resolve = (): void => undefined
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve: () => resolve() }
}

const told = (response: Promise<Response>): Effect.Effect<Heard> =>
  Effect.promise(() => response.then((it) => it.json() as Promise<Heard>))

describe("fetch", () => {
  it.scopedLive("sends what the global one sends, signed: texts, forms, bytes, blobs, a Request", () =>
    Effect.gen(function* () {
      const server = `${yield* echo}/base`
      const { fetch } = yield* client({ server, credential: accessToken })
      const plain = yield* told(fetch("/services?x=1"))
      assert.deepInclude(plain, { method: "GET", url: "/base/services?x=1", body: "" })
      assert.strictEqual(plain.headers.authorization, "Bearer s3cr3t")
      const bodies: ReadonlyArray<readonly [NonNullable<RequestInit["body"]>, RegExp, string]> = [
        ["text", /^text\/plain;charset=UTF-8$/i, "text"],
        [new URLSearchParams({ a: "b c" }), /^application\/x-www-form-urlencoded/, "a=b+c"],
        [new Uint8Array([104, 105]), /^undefined$/, "hi"],
        [new Uint16Array([26_984]), /^undefined$/, "hi"],
        [new TextEncoder().encode("hi").buffer, /^undefined$/, "hi"],
        [new Blob(["hi"], { type: "text/csv" }), /^text\/csv$/, "hi"]
      ]
      for (const [body, type, text] of bodies) {
        const sent = yield* told(fetch("/x", { method: "post", body }))
        assert.deepInclude(sent, { method: "POST", body: text })
        assert.match(String(sent.headers["content-type"]), type)
      }
      const form = new FormData()
      form.set("file", new Blob(["hi"]), "hi.txt")
      assert.match((yield* told(fetch("/x", { method: "POST", body: form }))).body, /filename="hi\.txt"/)
      const request = new Request(`${server}/x`, {
        method: "PUT",
        headers: { "content-type": "application/json", "x-more": "1" },
        body: '{"a":1}'
      })
      const sent = yield* told(fetch(request, { headers: { "content-type": "application/json", "x-more": "2" } }))
      assert.deepInclude(sent, { method: "PUT", body: '{"a":1}' })
      assert.deepInclude(sent.headers, { "x-more": "2", "content-type": "application/json" })
      const answer = yield* Effect.promise(() => fetch(new URL(`${server}/y`)))
      assert.deepInclude({ url: answer.url, ok: answer.ok }, { url: `${server}/y`, ok: true })
      assert.strictEqual((yield* Effect.promise(() => answer.clone().json() as Promise<Heard>)).url, "/base/y")
    })
  )

  it.scopedLive("is bound to its origin, and to bodies that can be sent; nothing is sent otherwise", () =>
    Effect.gen(function* () {
      const hits: Array<string> = []
      const elsewhere = yield* listen((incoming, outgoing) => {
        hits.push(incoming.url ?? "")
        outgoing.end()
      })
      const { fetch } = yield* client({ server: yield* echo, credential: accessToken })
      for (const address of [elsewhere, `//${new URL(elsewhere).host}/x`, new URL(elsewhere), new Request(elsewhere)]) {
        assert.deepInclude(yield* failure(fetch(address)), { code: "ConfigurationInvalid" })
      }
      const untyped = { a: 1 } as unknown as string
      const error = yield* failure(fetch("/x", { method: "POST", body: untyped }))
      assert.match(error.message, /body: not a text.*JSON\.stringify/)
      assert.deepStrictEqual(hits, [])
    })
  )

  it.scopedLive("a Request is sent once more after a 401, a stream is not; the next call has the new token", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const { fetch } = yield* client({ server: server.url, credential })
      const body = JSON.stringify({ hp: 120, wt: 2.8 })
      const headers = { "content-type": "application/json" }
      const address = `${server.url}/api/manualTransmission/1.0.0`
      yield* Effect.promise(() => fetch("/services"))
      yield* server.control.revokeAccessTokens()
      const again = yield* Effect.promise(() => fetch(new Request(address, { method: "POST", headers, body })))
      assert.strictEqual(again.status, 200)
      yield* server.control.revokeAccessTokens()
      const stream = new Blob([body]).stream()
      const init = { method: "POST", headers, body: stream, duplex: "half" } as RequestInit
      const error = yield* failure(fetch(address, init))
      assert.deepInclude(error, { code: "RequestUnauthorized", reason: "NotReplayable", retryable: true })
      const fresh = { method: "POST", headers, body: new Blob([body]).stream(), duplex: "half" } as RequestInit
      assert.strictEqual((yield* Effect.promise(() => fetch(address, fresh))).status, 200)
      assert.deepInclude(yield* server.control.counts, { refreshes: 2, reusedRefreshTokens: 0 })
    })
  )

  it.scopedLive("a redirect is an answer, and an answer without a body has none", () =>
    Effect.gen(function* () {
      const server = yield* listen((incoming, outgoing) =>
        incoming.url === "/moved" ? outgoing.writeHead(302, { location: "/x" }).end() : outgoing.writeHead(204).end()
      )
      const { fetch } = yield* client({ server, credential: accessToken })
      const moved = yield* Effect.promise(() => fetch("/moved"))
      assert.deepStrictEqual([moved.status, moved.headers.get("location")], [302, "/x"])
      const nothing = yield* Effect.promise(() => fetch("/"))
      assert.deepStrictEqual([nothing.status, yield* Effect.promise(() => nothing.text())], [204, ""])
    })
  )
})

describe("fetch with a signal", () => {
  it.scopedLive("one of two callers leaves, with its own reason: the renewal goes on for the other", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const { fetch } = yield* client({ server: server.url, credential })
      yield* Effect.promise(() => fetch("/services"))
      yield* server.control.revokeAccessTokens()
      const gate = yield* server.control.hold("refresh")
      const leaving = new AbortController()
      const reason = new Error("enough")
      const left = rejection(fetch("/services", { signal: leaving.signal }))
      yield* gate.awaitWaiting()
      const stays = fetch("/services")
      leaving.abort(reason)
      assert.strictEqual(yield* left, reason)
      yield* gate.release
      assert.strictEqual((yield* Effect.promise(() => stays)).status, 200)
      assert.deepInclude(yield* server.control.counts, { logins: 1, refreshes: 1, reusedRefreshTokens: 0 })
    })
  )

  it.scopedLive("aborted before, while its answer is waited for, and while that is read", () =>
    Effect.gen(function* () {
      const server = yield* listen((incoming, outgoing) => {
        if (incoming.url === "/never") return
        outgoing.write("begun")
      })
      const { authorization, fetch } = yield* client({ server, credential: accessToken })
      const reason = new Error("enough")
      assert.strictEqual(yield* rejection(fetch("/never", { signal: AbortSignal.abort(reason) })), reason)
      assert.strictEqual(yield* rejection(authorization({ signal: AbortSignal.abort(reason) })), reason)
      const waiting = new AbortController()
      const request = new Request(`${server}/never`, { signal: waiting.signal })
      const waited = rejection(fetch(request))
      waiting.abort(reason)
      assert.strictEqual(yield* waited, reason)
      const reading = new AbortController()
      const answer = yield* Effect.promise(() => fetch("/begun", { signal: reading.signal }))
      const reader = answer.body?.getReader()
      assert.strictEqual(new TextDecoder().decode((yield* Effect.promise(async () => reader?.read()))?.value), "begun")
      const next = rejection(reader?.read() ?? Promise.resolve())
      reading.abort(reason)
      assert.strictEqual(yield* next, reason)
    })
  )
})

describe("streams", () => {
  it.scopedLive("go up and come down piece by piece, each before the next", () =>
    Effect.gen(function* () {
      // Each piece is answered when it has come, so that who gathers anything first waits for ever.
      const server = yield* listen((incoming, outgoing) => {
        outgoing.writeHead(200, { "content-type": "text/plain" }).flushHeaders()
        incoming.on("data", (piece: Buffer) => outgoing.write(`<${piece.toString()}>`)).on("end", () => outgoing.end())
      })
      const { fetch } = yield* client({ server, credential: accessToken })
      const up = new TransformStream<Uint8Array, Uint8Array>()
      const writer = up.writable.getWriter()
      const init = { method: "POST", body: up.readable, duplex: "half" } as RequestInit
      const text = yield* Effect.promise(async () => {
        const sent = fetch("/", init)
        await writer.write(new TextEncoder().encode("0"))
        const reader = (await sent).body?.getReader()
        let seen = ""
        for (let piece = 1; ; piece++) {
          const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
          if (done) return seen
          seen += new TextDecoder().decode(value)
          await (piece < 4 ? writer.write(new TextEncoder().encode(String(piece))) : writer.close())
        }
      })
      assert.strictEqual(text, "<0><1><2><3>")
    })
  )

  it.scopedLive("a reader that stops ends the request; one that is slow holds the server back", () =>
    Effect.gen(function* () {
      let written = 0
      const over = resolvers()
      const stuck = resolvers()
      const server = yield* listen((_, outgoing) => {
        outgoing.on("close", () => over.resolve())
        const fill = () => {
          while (outgoing.write(Buffer.alloc(65_536))) written++
          stuck.resolve()
        }
        outgoing.on("drain", fill)
        fill()
      })
      const { fetch } = yield* client({ server, credential: accessToken })
      const answer = yield* Effect.promise(() => fetch("/"))
      yield* Effect.promise(() => stuck.promise)
      assert.isBelow(written, 1000)
      yield* Effect.promise(async () => answer.body?.cancel())
      yield* Effect.promise(() => over.promise)
    })
  )

  it.scopedLive("an answer that breaks off is told as such, in words", () =>
    Effect.gen(function* () {
      const server = yield* listen((_, outgoing) => {
        outgoing.writeHead(200, { "content-length": "100000" })
        outgoing.write("s3cr3t", () => outgoing.destroy())
      })
      const { fetch } = yield* client({ server, credential: accessToken })
      const answer = yield* Effect.promise(() => fetch("/?q=s3cr3t"))
      const error = yield* failure(answer.text())
      assert.deepInclude(error, { code: "ResponseUnreadable", reason: "Decode" })
      assert.notInclude(`${error.message} ${error.stack ?? ""}`, "s3cr3t")
    })
  )
})
