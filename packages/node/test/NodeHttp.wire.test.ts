import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { NodeHttp } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Cause from "effect/Cause"
import * as Stream from "effect/Stream"
import { spawn } from "node:child_process"
import Dns from "node:dns"
import Http from "node:http"
import { syncBuiltinESMExports } from "node:module"
import * as Net from "node:net"
import { vi } from "vitest"
import * as Loopback from "./loopback.js"

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

/** Answers each request, known by the end of its head, with this text. */
const saying = (text: (request: number, socket: Net.Socket) => string) =>
  Effect.suspend(() => {
    let requests = 0
    return Effect.map(
      Loopback.tcp((socket) => {
        socket.on("data", (data) => {
          if (data.includes("\r\n\r\n")) socket.write(text(++requests, socket))
        })
      }),
      (server) => ({ ...server, requests: () => requests })
    )
  })

const fetched = (request: HttpClientRequest.HttpClientRequest, options?: NodeHttp.Options) =>
  Effect.scoped(
    Effect.flatMap(Effect.orDie(NodeHttp.make(options)), (client) =>
      Effect.flatMap(client.execute(request), (response) => response.text)
    )
  )

const causeOf = (error: { readonly cause?: unknown }) =>
  error.cause as { readonly code?: string; readonly sent?: boolean }

describe("interim answers", () => {
  it.scopedLive("an unasked 100 Continue, and 103, are passed over", () =>
    Effect.gen(function* () {
      const server = yield* saying(() => `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n${OK}`)
      assert.strictEqual(yield* fetched(HttpClientRequest.get(server.url)), "ok")
    })
  )

  it.scopedLive("a flood of them is given up, whatever the time limit", () =>
    Effect.gen(function* () {
      const server = yield* saying((_, socket) => {
        const more = (): void => void (socket.writable && socket.write("HTTP/1.1 103 x\r\n\r\n".repeat(20), more))
        more()
        return ""
      })
      const error = yield* Effect.flip(fetched(HttpClientRequest.get(server.url), { headersTimeout: "1 hour" }))
      assert.strictEqual(causeOf(error).code, "MLS_INTERIM_FLOOD")
      yield* server.drained
    })
  )

  it.scopedLive("a change of protocol that was not asked for is a failure", () =>
    Effect.gen(function* () {
      const server = yield* saying(() => "HTTP/1.1 101 x\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n")
      const error = yield* Effect.flip(fetched(HttpClientRequest.get(server.url)))
      assert.strictEqual(error._tag, "RequestError")
    })
  )
})

describe("a kept connection that the server closes as the next request comes", () => {
  const dying = saying((request, socket) => {
    if (request !== 2) return OK
    socket.destroy()
    return ""
  })

  it.scopedLive("GET is sent again over another one", () =>
    Effect.gen(function* () {
      const server = yield* dying
      const client = yield* NodeHttp.make()
      const get = Effect.flatMap(client.get(server.url), (response) => response.text)
      assert.deepStrictEqual([yield* get, yield* get], ["ok", "ok"])
      assert.deepStrictEqual([server.requests(), server.accepted()], [3, 2])
    })
  )

  it.scopedLive("POST is not, since it may have been done: it may have been sent", () =>
    Effect.gen(function* () {
      const server = yield* dying
      const client = yield* NodeHttp.make()
      const post = Effect.flatMap(client.post(server.url), (response) => response.text)
      yield* post
      const error = yield* Effect.flip(post)
      assert.deepStrictEqual(
        [error._tag, causeOf(error).code, causeOf(error).sent],
        ["RequestError", "ECONNRESET", undefined]
      )
      assert.strictEqual(server.requests(), 2)
    })
  )
})

describe("what belongs to the connection", () => {
  for (const [name, value] of [
    ["transfer-encoding", "chunked"],
    ["upgrade", "h2c"],
    ["expect", "100-continue"],
    ["connection", "authorization"],
    ["content-length", "7"]
  ] as const) {
    it.scopedLive(`${name}: ${value} cannot be set: Encode, and it is named`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(
          fetched(HttpClientRequest.setHeader(HttpClientRequest.get("http://127.0.0.1:1"), name, value))
        )
        assert.strictEqual(error.reason, "Encode")
        assert.include((error.cause as Error).message, name)
      })
    )
  }

  for (const bytes of [2, 4]) {
    it.scopedLive(`a stream of ${bytes} bytes that was announced with 3: Encode`, () =>
      Effect.gen(function* () {
        const server = yield* Loopback.http(Loopback.mirror)
        const body = Stream.make(new Uint8Array(bytes))
        const request = HttpClientRequest.bodyStream(HttpClientRequest.post(server.url), body, { contentLength: 3 })
        assert.strictEqual((yield* Effect.flip(fetched(request))).reason, "Encode")
      })
    )
  }
})

it.scopedLive("a fault of the program's own is a defect, and no outage", () =>
  Effect.gen(function* () {
    const broken = vi.spyOn(Http, "request").mockImplementation(() => {
      throw new TypeError("a slip")
    })
    syncBuiltinESMExports()
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        broken.mockRestore()
        syncBuiltinESMExports()
      })
    )
    const exit = yield* Effect.exit(fetched(HttpClientRequest.get("http://127.0.0.1:1")))
    assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
  })
)

/** An address of this machine at which connections hang: its program sleeps, and those that it could take are used up. */
const hanging = (port: number) =>
  Effect.gen(function* () {
    const script = `require("node:net").createServer().listen({ port: ${port}, host: "127.0.0.2", backlog: 1 }, () => {
      require("node:fs").writeSync(1, "on")
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    })`
    const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] })
    yield* Effect.addFinalizer(() => Effect.sync(() => void child.kill("SIGKILL")))
    yield* Effect.async<void>((resume) => void child.stdout.once("data", () => resume(Effect.void)))
    for (let i = 0; i < 4; i++) {
      const used = Net.connect(port, "127.0.0.2").on("error", () => {})
      yield* Effect.addFinalizer(() => Effect.sync(() => void used.destroy()))
    }
    yield* Effect.sleep("100 millis")
  })

it.runIf(process.platform === "linux")(
  "a name with two addresses, of which the first is dead: the second is tried in time",
  () =>
    Effect.gen(function* () {
      const server = yield* Loopback.http((_, response) => void response.end("alive"))
      yield* hanging(server.port)
      const found = [
        { address: "127.0.0.2", family: 4 },
        { address: "127.0.0.1", family: 4 }
      ]
      const lookup = vi
        .spyOn(Dns, "lookup")
        .mockImplementation(((_: string, __: object, done: (...all: ReadonlyArray<unknown>) => void) =>
          done(null, found)) as unknown as typeof Dns.lookup)
      yield* Effect.addFinalizer(() => Effect.sync(() => lookup.mockRestore()))
      const request = HttpClientRequest.get(`http://two.test:${server.port}/`)
      assert.strictEqual(yield* fetched(request, { connectTimeout: "8 seconds", proxy: "none" }), "alive")
    }).pipe(Effect.scoped, Effect.runPromise)
)
