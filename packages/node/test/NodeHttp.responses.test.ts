import * as Cookies from "@effect/platform/Cookies"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import { NodeHttp } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as Http from "node:http"
import { inspect } from "node:util"
import * as Zlib from "node:zlib"
import * as Loopback from "./loopback.js"

const answered = (handler: Http.RequestListener, options?: NodeHttp.Options) =>
  Effect.gen(function* () {
    const server = yield* Loopback.http(handler)
    const client = yield* NodeHttp.make(options)
    return { server, response: yield* client.get(server.url) }
  })

const text =
  (body: string | Buffer, headers: Http.OutgoingHttpHeaders = {}): Http.RequestListener =>
  (_, response) =>
    void response.writeHead(200, headers).end(body)

const all = <E>(stream: Stream.Stream<Uint8Array, E>) =>
  Effect.map(Stream.runCollect(stream), (chunks) => Buffer.concat(Chunk.toReadonlyArray(chunks)).toString())

describe("what NodeHttp hands over", () => {
  it.scopedLive("status, headers with repeated ones joined, cookies one by one, no remote address", () =>
    Effect.gen(function* () {
      const { response } = yield* answered((_, answer) => {
        answer.setHeader("x-many", ["a", "b"])
        answer.setHeader("set-cookie", ["one=1; Path=/", "two=2; HttpOnly"])
        answer.writeHead(418).end()
      })
      assert.strictEqual(response.status, 418)
      assert.strictEqual(response.headers["x-many"], "a, b")
      assert.deepStrictEqual(Cookies.toRecord(response.cookies), { one: "1", two: "2" })
      assert.isTrue(Option.isNone(response.remoteAddress))
    })
  )

  it.scopedLive("the body in every form, as often as asked", () =>
    Effect.gen(function* () {
      const { response } = yield* answered(text(`{"a":"ü"}`, { "content-type": "application/json" }))
      assert.strictEqual(yield* response.text, `{"a":"ü"}`)
      assert.deepStrictEqual(yield* response.json, { a: "ü" })
      assert.strictEqual(yield* response.text, `{"a":"ü"}`)
      assert.strictEqual(Buffer.from(yield* response.arrayBuffer).toString(), `{"a":"ü"}`)
      assert.strictEqual(yield* all(response.stream), `{"a":"ü"}`)
    })
  )

  it.scopedLive("one body for many fibers that ask at the same time", () =>
    Effect.gen(function* () {
      const { response } = yield* answered(text("x".repeat(300_000)))
      const lengths = yield* Effect.all(
        Array.from({ length: 5 }, () => Effect.map(response.text, (all) => all.length)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(lengths, [300_000, 300_000, 300_000, 300_000, 300_000])
    })
  )

  it.scopedLive("forms, URL-encoded and multipart", () =>
    Effect.gen(function* () {
      const encoded = yield* answered(text("a=1&b=%C3%BC", { "content-type": "application/x-www-form-urlencoded" }))
      assert.deepStrictEqual(
        Array.from(yield* encoded.response.urlParamsBody, ([...pair]) => pair),
        [
          ["a", "1"],
          ["b", "ü"]
        ]
      )
      const part = `--edge\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--edge--\r\n`
      const multipart = yield* answered(text(part, { "content-type": "multipart/form-data; boundary=edge" }))
      assert.strictEqual((yield* multipart.response.formData).get("a"), "1")
    })
  )

  for (const status of [204, 403]) {
    it.scopedLive(`an empty body, ${status}: empty text, null as JSON, an empty stream`, () =>
      Effect.gen(function* () {
        const { response } = yield* answered((_, answer) => void answer.writeHead(status).end())
        assert.strictEqual(response.status, status)
        assert.strictEqual(yield* response.text, "")
        assert.strictEqual(yield* response.json, null)
        assert.strictEqual(yield* all(response.stream), "")
      })
    )
  }

  it.scopedLive("text without its byte order mark", () =>
    Effect.gen(function* () {
      const { response } = yield* answered(text(`\u{feff}{"a":1}`))
      assert.deepStrictEqual(yield* response.json, { a: 1 })
    })
  )

  it.scopedLive("a megabyte as a stream, once; then it says that it is gone", () =>
    Effect.gen(function* () {
      const { response } = yield* answered(text(Buffer.alloc(1_000_000, "m")))
      assert.strictEqual((yield* all(response.stream)).length, 1_000_000)
      assert.strictEqual((yield* Effect.flip(response.text)).reason, "Decode")
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(response.stream))).reason, "Decode")
    })
  )

  it.scopedLive("the first piece of a stream before the last one is sent", () =>
    Effect.gen(function* () {
      let finish: () => void = () => {}
      const { response } = yield* answered((_, answer) => {
        answer.write("first")
        finish = () => answer.end("last")
      })
      const pieces: Array<string> = []
      yield* Stream.runForEach(response.stream, (piece) =>
        Effect.sync(() => {
          pieces.push(Buffer.from(piece).toString())
          if (pieces.length === 1) finish()
        })
      )
      assert.deepStrictEqual(pieces, ["first", "last"])
    })
  )
})

describe("compressed answers", () => {
  const plain = JSON.stringify({ rows: Array.from({ length: 5000 }, (_, i) => ({ i })) })
  for (const [coding, compressed] of [
    ["gzip", Zlib.gzipSync(plain)],
    ["X-GZIP", Zlib.gzipSync(plain)],
    ["br", Zlib.brotliCompressSync(plain)],
    ["deflate", Zlib.deflateSync(plain)],
    ["deflate", Zlib.deflateRawSync(plain)],
    ["identity", Buffer.from(plain)]
  ] as const) {
    it.scopedLive(`${coding} of ${compressed.length} bytes is read, whole and as a stream`, () =>
      Effect.gen(function* () {
        const whole = yield* answered(text(compressed, { "content-encoding": coding }))
        assert.strictEqual(yield* whole.response.text, plain)
        const streamed = yield* answered(text(compressed, { "content-encoding": coding }))
        assert.strictEqual(yield* all(streamed.response.stream), plain)
      })
    )
  }

  it.scopedLive("an empty one is empty", () =>
    Effect.gen(function* () {
      const { response } = yield* answered(text("", { "content-encoding": "gzip" }))
      assert.strictEqual(yield* response.text, "")
    })
  )

  for (const [name, broken] of [
    ["garbage", Buffer.from("this is no gzip")],
    ["cut off", Zlib.gzipSync(plain).subarray(0, -20)]
  ] as const) {
    it.scopedLive(`${name}: Decode`, () =>
      Effect.gen(function* () {
        const { response } = yield* answered(text(broken, { "content-encoding": "gzip" }))
        const error = yield* Effect.flip(response.text)
        assert.strictEqual(error.reason, "Decode")
      })
    )
  }

  const twice = Zlib.gzipSync(Zlib.gzipSync(plain))
  for (const [name, headers, body] of [
    ["gzip, gzip in one header", ["content-encoding", "gzip, gzip"], twice],
    ["gzip, gzip in two headers", ["content-encoding", "gzip", "content-encoding", "gzip"], twice],
    ["identity, gzip", ["content-encoding", "identity, gzip"], Zlib.gzipSync(plain)],
    ["br, gzip", ["content-encoding", "br, gzip"], Zlib.gzipSync(Zlib.brotliCompressSync(plain))]
  ] as const) {
    it.scopedLive(`${name}: undone from the last to the first`, () =>
      Effect.gen(function* () {
        const { response } = yield* answered((_, outgoing) => void outgoing.writeHead(200, [...headers]).end(body))
        assert.strictEqual(yield* response.text, plain)
      })
    )
  }

  it.scopedLive("a coding that is not known here is handed over as it is, and the header says which", () =>
    Effect.gen(function* () {
      const { response } = yield* answered(text(Zlib.gzipSync("zstandard"), { "content-encoding": "zstd, gzip" }))
      assert.strictEqual(yield* response.text, "zstandard")
      assert.strictEqual(response.headers["content-encoding"], "zstd, gzip")
    })
  )

  it.scopedLive("ten megabytes hidden in ten kilobytes are refused at the limit", () =>
    Effect.gen(function* () {
      const bomb = text(Zlib.gzipSync(Buffer.alloc(10_000_000)), { "content-encoding": "gzip" })
      const { response, server } = yield* answered(bomb, { maxResponseBytes: 1_000_000 })
      const error = yield* Effect.flip(response.text)
      assert.strictEqual(error.reason, "Decode")
      assert.include(error.message, "larger than 1000000 bytes")
      const streamed = yield* answered(bomb, { maxResponseBytes: 1_000_000 })
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(streamed.response.stream))).reason, "Decode")
      assert.isAtMost(server.open(), 1)
    })
  )
})

describe("answers that go wrong", () => {
  it.scopedLive("an endless one is refused at the limit, and its connection closed", () =>
    Effect.gen(function* () {
      const { response, server } = yield* answered(
        (_, answer) => {
          const more = (): void => {
            while (!answer.destroyed && answer.write("x".repeat(10_000)));
          }
          answer.on("drain", more)
          more()
        },
        { maxResponseBytes: 200_000 }
      )
      assert.strictEqual((yield* Effect.flip(response.json)).reason, "Decode")
      yield* server.drained
    })
  )

  it.scopedLive("one reader may set a lower limit", () =>
    Effect.gen(function* () {
      const { response } = yield* answered(text("x".repeat(5000)))
      const error = yield* Effect.flip(HttpIncomingMessage.withMaxBodySize(response.text, Option.some(1000)))
      assert.include(error.message, "larger than 1000 bytes")
    })
  )

  it.scopedLive("one that is not JSON: Decode, without quoting it", () =>
    Effect.gen(function* () {
      const { response } = yield* answered(text("canary-token is not JSON"))
      const error = yield* Effect.flip(response.json)
      assert.strictEqual(error.reason, "Decode")
      assert.notInclude(inspect(error, { depth: 10 }) + JSON.stringify(error), "canary")
    })
  )

  it.scopedLive("one that breaks off: Decode with its code", () =>
    Effect.gen(function* () {
      const { response } = yield* answered((_, answer) => {
        answer.writeHead(200, { "content-length": 100 }).write("half", () => answer.destroy())
      })
      const error = yield* Effect.flip(response.text)
      assert.strictEqual(error.reason, "Decode")
      assert.strictEqual((error.cause as { code?: string }).code, "ECONNRESET")
    })
  )
})
