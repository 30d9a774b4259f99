import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { NodeHttp } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Readable } from "node:stream"
import * as Loopback from "./loopback.js"

/** Sends a request to a server that answers with what it saw. */
const mirrored = (make: (url: string) => HttpClientRequest.HttpClientRequest) =>
  Effect.gen(function* () {
    const server = yield* Loopback.http(Loopback.mirror)
    const client = yield* NodeHttp.make()
    const response = yield* client.execute(make(server.url))
    return (yield* response.json) as Loopback.Mirrored
  })

const failing = (make: (url: string) => HttpClientRequest.HttpClientRequest) =>
  Effect.gen(function* () {
    let arrived = 0
    const server = yield* Loopback.http((_, response) => {
      arrived++
      response.end()
    })
    const client = yield* NodeHttp.make()
    const error = yield* Effect.flip(client.execute(make(server.url)))
    return { error, arrived }
  })

const bytes = (text: string) => new TextEncoder().encode(text)

describe("what NodeHttp sends", () => {
  it.scopedLive("method, path, query parameters and headers as asked; the fragment stays here", () =>
    Effect.gen(function* () {
      const seen = yield* mirrored((url) =>
        HttpClientRequest.del(`${url}/a%20b?x=1`, {
          urlParams: [
            ["y", "a/b+c=="],
            ["y", "é"]
          ],
          hash: "part",
          headers: { "X-Mixed-Case": "yes" }
        })
      )
      assert.strictEqual(seen.method, "DELETE")
      assert.strictEqual(seen.url, "/a%20b?x=1&y=a%2Fb%2Bc%3D%3D&y=%C3%A9")
      assert.strictEqual(seen.headers["x-mixed-case"], "yes")
    })
  )

  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const) {
    it.scopedLive(`${method} without a body`, () =>
      Effect.map(
        mirrored((url) => HttpClientRequest.make(method)(url)),
        (seen) => {
          assert.strictEqual(seen.method, method)
          assert.strictEqual(seen.body, "")
        }
      )
    )
  }

  it.scopedLive("JSON bodies, with their type and length", () =>
    Effect.gen(function* () {
      const seen = yield* mirrored((url) =>
        HttpClientRequest.bodyUnsafeJson(HttpClientRequest.post(url), { name: "ü" })
      )
      assert.strictEqual(seen.body, `{"name":"ü"}`)
      assert.strictEqual(seen.headers["content-type"], "application/json")
      assert.strictEqual(seen.headers["content-length"], "13")
    })
  )

  it.scopedLive("a view into a larger buffer, and only that view", () =>
    Effect.gen(function* () {
      const view = bytes("before-body-after").subarray(7, 11)
      const seen = yield* mirrored((url) => HttpClientRequest.bodyUint8Array(HttpClientRequest.post(url), view))
      assert.strictEqual(seen.body, "body")
    })
  )

  it.scopedLive("raw bodies: text and Node streams", () =>
    Effect.gen(function* () {
      const raw = (body: unknown) => (url: string) =>
        HttpClientRequest.setBody(HttpClientRequest.post(url), HttpBody.raw(body, { contentType: "text/plain" }))
      assert.strictEqual((yield* mirrored(raw("text"))).body, "text")
      const streamed = yield* mirrored(raw(Readable.from(["a", "b"])))
      assert.strictEqual(streamed.body, "ab")
      assert.strictEqual(streamed.headers["content-type"], "text/plain")
    })
  )

  it.scopedLive("forms in the way of token endpoints, with their type and length", () =>
    Effect.gen(function* () {
      const form = { grant_type: "password", scope: "openid profile", password: "a+b&c=ü%" }
      const seen = yield* mirrored((url) => HttpClientRequest.bodyUrlParams(HttpClientRequest.post(url), form))
      assert.deepStrictEqual(Object.fromEntries(new URLSearchParams(seen.body)), form)
      assert.strictEqual(seen.headers["content-type"], "application/x-www-form-urlencoded")
      assert.strictEqual(seen.headers["content-length"], String(Buffer.byteLength(seen.body)))
    })
  )

  it.scopedLive("forms with files, with a boundary", () =>
    Effect.gen(function* () {
      const form = new FormData()
      form.append("field", "value")
      form.append("file", new Blob(["content"]), "name.txt")
      const seen = yield* mirrored((url) => HttpClientRequest.bodyFormData(HttpClientRequest.post(url), form))
      assert.match(seen.headers["content-type"] ?? "", /^multipart\/form-data; boundary=/)
      assert.match(seen.body, /name="field"\r\n\r\nvalue\r\n/)
      assert.match(seen.body, /filename="name.txt"[\s\S]*\r\n\r\ncontent\r\n/)
    })
  )

  it.scopedLive("streams, chunked or with the length that was told", () =>
    Effect.gen(function* () {
      const stream = Stream.make(bytes("ab"), bytes("c"))
      const chunked = yield* mirrored((url) => HttpClientRequest.bodyStream(HttpClientRequest.post(url), stream))
      assert.strictEqual(chunked.body, "abc")
      assert.strictEqual(chunked.headers["transfer-encoding"], "chunked")
      const sized = yield* mirrored((url) =>
        HttpClientRequest.bodyStream(HttpClientRequest.post(url), stream, { contentLength: 3 })
      )
      assert.strictEqual(sized.body, "abc")
      assert.strictEqual(sized.headers["content-length"], "3")
    })
  )

  it.scopedLive("asks for compressed answers unless the caller asks for something", () =>
    Effect.gen(function* () {
      const asked = yield* mirrored((url) => HttpClientRequest.get(url))
      assert.strictEqual(asked.headers["accept-encoding"], "gzip, deflate, br")
      const own = yield* mirrored((url) => HttpClientRequest.get(url, { headers: { "accept-encoding": "identity" } }))
      assert.strictEqual(own.headers["accept-encoding"], "identity")
    })
  )

  it.scopedLive("does not follow redirects", () =>
    Effect.gen(function* () {
      let requests = 0
      const server = yield* Loopback.http((_, response) => {
        requests++
        response.writeHead(307, { location: "/elsewhere" }).end()
      })
      const client = yield* NodeHttp.make()
      const response = yield* client.get(server.url)
      assert.strictEqual(response.status, 307)
      assert.strictEqual(response.headers["location"], "/elsewhere")
      assert.strictEqual(requests, 1)
    })
  )

  it.scopedLive("keeps connections: one for requests one after the other, whatever their number", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.http(Loopback.mirror)
      const client = yield* NodeHttp.make()
      for (let i = 0; i < 20; i++) yield* Effect.flatMap(client.get(server.url), (response) => response.text)
      assert.strictEqual(server.accepted(), 1)
    })
  )

  it.scopedLive("opens no more connections than allowed, and serves everybody", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.http(Loopback.mirror)
      const client = yield* NodeHttp.make({ connections: 3 })
      const texts = yield* Effect.forEach(
        Array.from({ length: 50 }, (_, i) => i),
        (i) => Effect.flatMap(client.get(`${server.url}/${i}`), (response) => response.json),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        texts.map((seen) => (seen as Loopback.Mirrored).url),
        Array.from({ length: 50 }, (_, i) => `/${i}`)
      )
      assert.isAtMost(server.accepted(), 3)
    })
  )
})

describe("what NodeHttp refuses to send", () => {
  for (const [name, url] of [
    ["a relative address", "/services"],
    ["another scheme", "ftp://localhost/"],
    ["user information", "http://user:canary-password@localhost/"],
    ["nonsense", "http://"]
  ] as const) {
    it.scopedLive(`${name}: InvalidUrl, and the address's secrets are not repeated`, () =>
      Effect.gen(function* () {
        const { error } = yield* failing(() => HttpClientRequest.get(url))
        assert.strictEqual(error._tag, "RequestError")
        assert.strictEqual(error.reason, "InvalidUrl")
        assert.notInclude(error.message, "canary")
      })
    )
  }

  it.scopedLive("a header with a line break: Encode, nothing arrives, the value is not repeated", () =>
    Effect.gen(function* () {
      const { arrived, error } = yield* failing((url) =>
        HttpClientRequest.get(url, { headers: { "x-evil": "canary\r\nhost: other" } })
      )
      assert.strictEqual(error.reason, "Encode")
      assert.strictEqual(arrived, 0)
      assert.notInclude(`${error.message} ${String(error.cause)}`, "canary")
    })
  )

  it.scopedLive("a stream that fails: Encode with the stream's own error inside", () =>
    Effect.gen(function* () {
      const { arrived, error } = yield* failing((url) =>
        HttpClientRequest.bodyStream(HttpClientRequest.post(url), Stream.fail(new Error("no file")))
      )
      assert.strictEqual(error.reason, "Encode")
      assert.strictEqual(arrived, 0)
      assert.strictEqual(((error.cause as Error).cause as Error).message, "no file")
    })
  )

  it.scopedLive("a one-shot stream sent a second time: Encode, and no empty request arrives", () =>
    Effect.gen(function* () {
      const once = new ReadableStream<Uint8Array>({
        start: (controller) => {
          controller.enqueue(bytes("once"))
          controller.close()
        }
      })
      const server = yield* Loopback.http(Loopback.mirror)
      const client = yield* NodeHttp.make()
      const request = HttpClientRequest.bodyStream(
        HttpClientRequest.post(server.url),
        Stream.fromReadableStream(
          () => once,
          (cause) => cause
        )
      )
      const reader = once.getReader()
      const error = yield* Effect.flip(client.execute(request))
      assert.strictEqual(error.reason, "Encode")
      reader.releaseLock()
      const seen = (yield* Effect.flatMap(client.execute(request), (response) => response.json)) as Loopback.Mirrored
      assert.strictEqual(seen.body, "once")
    })
  )
})
