import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { NodeHttp } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Http from "node:http"
import { vi } from "vitest"
import * as Loopback from "./loopback.js"

/** A server that tells when a request has come in. */
const announced = (handler: Http.RequestListener) =>
  Effect.gen(function* () {
    const arrived = yield* Deferred.make<void>()
    const runFork = Runtime.runFork(yield* Effect.runtime())
    const server = yield* Loopback.http((request, response) => {
      runFork(Deferred.succeed(arrived, undefined))
      handler(request, response)
    })
    return { server, arrived: Deferred.await(arrived) }
  })

/** More than a client holds for an answer that nobody reads, and more than the kernel's buffers. */
const endless: Http.RequestListener = (_, response) => {
  const more = (): void => {
    while (!response.destroyed && response.write("x".repeat(65_536)));
  }
  response.on("drain", more)
  more()
}

/** The time that limits go by is the test's; sockets have their own. */
const fakeTime = Effect.acquireRelease(
  Effect.sync(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] })),
  () => Effect.sync(() => void vi.useRealTimers())
)

const turn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

/** Until a count stays as it is, turn after turn of the event loop: both ends of a connection wait for each other. */
const stillness = (count: () => number): Effect.Effect<void> =>
  Effect.gen(function* () {
    let last = -1
    for (let still = 0; still < 20; still++) {
      if (count() !== last) still = 0
      last = count()
      yield* turn
    }
    assert.isAbove(last, 0)
  })

describe("interruption", () => {
  it.scopedLive("before the answer: the fiber ends and the connection is closed", () =>
    Effect.gen(function* () {
      const { arrived, server } = yield* announced(() => {})
      const client = yield* NodeHttp.make()
      const fiber = yield* Effect.fork(client.get(server.url))
      yield* arrived
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
      yield* server.drained
    })
  )

  it.scopedLive("while connecting: the fiber ends at once, and nothing is sent later", () =>
    Effect.gen(function* () {
      let requests = 0
      const server = yield* Loopback.http((_, response) => {
        requests++
        response.end()
      })
      const client = yield* NodeHttp.make({ connections: 1 })
      const fiber = yield* Effect.fork(client.get(`${server.url}/never`))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      yield* Effect.flatMap(client.get(server.url), (response) => response.text)
      assert.strictEqual(requests, 1)
    })
  )

  it.scopedLive("while waiting for a connection: those ahead are not disturbed", () =>
    Effect.gen(function* () {
      let answer: () => void = () => {}
      const { arrived, server } = yield* announced((_, response) => {
        answer = () => response.end("served")
      })
      const client = yield* NodeHttp.make({ connections: 1 })
      const first = yield* Effect.fork(Effect.flatMap(client.get(server.url), (response) => response.text))
      yield* arrived
      const second = yield* Effect.fork(client.get(server.url))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(second)
      answer()
      assert.strictEqual(yield* Fiber.join(first), "served")
    })
  )

  it.scopedLive("while the body is read: the connection is closed", () =>
    Effect.gen(function* () {
      const { server } = yield* announced((_, response) => void response.write("begun"))
      const client = yield* NodeHttp.make()
      const response = yield* client.get(server.url)
      const fiber = yield* Effect.fork(response.text)
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      yield* server.drained
    })
  )

  it.scopedLive("of one reader of two: the other still gets the body", () =>
    Effect.gen(function* () {
      let finish: () => void = () => {}
      const { server } = yield* announced((_, response) => {
        response.write("be")
        finish = () => response.end("gun")
      })
      const client = yield* NodeHttp.make()
      const response = yield* client.get(server.url)
      const leaving = yield* Effect.fork(response.text)
      const staying = yield* Effect.fork(response.text)
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(leaving)
      finish()
      assert.strictEqual(yield* Fiber.join(staying), "begun")
    })
  )

  it.scopedLive("of an upload: its source is interrupted too", () =>
    Effect.gen(function* () {
      const released = yield* Deferred.make<void>()
      const { arrived, server } = yield* announced((request) => void request.resume())
      const client = yield* NodeHttp.make()
      const source = Stream.make(new Uint8Array(10)).pipe(
        Stream.concat(Stream.never),
        Stream.ensuring(Deferred.succeed(released, undefined))
      )
      const fiber = yield* Effect.fork(
        client.execute(HttpClientRequest.bodyStream(HttpClientRequest.post(server.url), source))
      )
      yield* arrived
      yield* Fiber.interrupt(fiber)
      yield* Deferred.await(released)
      yield* server.drained
    })
  )

  it.scopedLive("an answer before the end of an upload ends the upload", () =>
    Effect.gen(function* () {
      const released = yield* Deferred.make<void>()
      const { server } = yield* announced((_, response) => void response.writeHead(413).end("too large"))
      const client = yield* NodeHttp.make()
      const source = Stream.repeatValue(new Uint8Array(1000)).pipe(
        Stream.take(100),
        Stream.concat(Stream.never),
        Stream.ensuring(Deferred.succeed(released, undefined))
      )
      const request = HttpClientRequest.bodyStream(HttpClientRequest.post(server.url), source)
      const response = yield* client.execute(request)
      assert.strictEqual(yield* response.text, "too large")
      yield* Deferred.await(released)
    })
  )

  it.scopedLive("a stream left early closes the connection", () =>
    Effect.gen(function* () {
      const { server } = yield* announced(endless)
      const client = yield* NodeHttp.make()
      const response = yield* client.get(server.url)
      yield* Stream.runDrain(Stream.take(response.stream, 1))
      yield* server.drained
    })
  )
})

describe("connections are given back", () => {
  it.scopedLive("a small answer frees its connection although nobody reads it", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.http((_, response) => void response.end("x".repeat(10_000)))
      const client = yield* NodeHttp.make({ connections: 1 })
      for (let i = 0; i < 10; i++) assert.strictEqual((yield* client.get(server.url)).status, 200)
      assert.strictEqual(server.accepted(), 1)
    })
  )

  it.scopedLive("a large answer that nobody reads is closed after the time for bodies", () =>
    Effect.gen(function* () {
      const { server } = yield* announced(endless)
      const client = yield* NodeHttp.make({ bodyTimeout: "50 millis" })
      const response = yield* client.get(server.url)
      yield* server.drained
      assert.strictEqual(((yield* Effect.flip(response.text)).cause as { code?: string }).code, "MLS_RESPONSE_UNREAD")
    })
  )

  it.scopedLive("a stream read slowly is not taken for one that nobody reads", () =>
    Effect.gen(function* () {
      let sent = 0
      let fills = () => false
      let finish = (): void => {}
      // Without an end until it is told to end: how much a kernel takes of an answer nobody reads is the machine's.
      const { server } = yield* announced((_, response) => {
        const piece = Buffer.alloc(65_536)
        const more = (): void => {
          for (let goesOn = true; goesOn; sent += piece.byteLength) goesOn = response.write(piece)
        }
        response.on("drain", more)
        fills = () => response.writableNeedDrain
        finish = () => void response.off("drain", more).end()
        more()
      })
      yield* fakeTime
      const client = yield* NodeHttp.make({ bodyTimeout: "1 minute" })
      const response = yield* client.get(server.url)
      let pieces = 0
      const slowly = Effect.gen(function* () {
        yield* stillness(() => sent)
        assert.isTrue(fills())
        vi.advanceTimersByTime(180_000)
        yield* turn
        if (pieces === 2) finish()
      })
      const read = yield* Stream.runFoldEffect(response.stream, 0, (sum, piece) =>
        Effect.as(pieces++ < 2 ? slowly : Effect.void, sum + piece.byteLength)
      )
      assert.strictEqual(read, sent)
      assert.isAbove(pieces, 2)
    })
  )

  it.scopedLive("HttpClient.withScope: the end of the scope ends the answer", () =>
    Effect.gen(function* () {
      const { server } = yield* announced(endless)
      const client = HttpClient.withScope(yield* NodeHttp.make())
      const scope = yield* Scope.make()
      const response = yield* Scope.extend(client.get(server.url), scope)
      assert.strictEqual(response.status, 200)
      yield* Scope.close(scope, Exit.void)
      yield* server.drained
    })
  )

  it.scopedLive("HttpClient.withScope: so it does where somebody traces", () =>
    Effect.gen(function* () {
      const { server } = yield* announced(endless)
      const client = HttpClient.withScope(yield* NodeHttp.make())
      assert.strictEqual((yield* Effect.scoped(client.get(server.url))).status, 200)
      yield* server.drained
    }).pipe(Effect.withSpan("caller"))
  )

  it.scopedLive("the end of the client's scope ends requests under way, promptly and typed", () =>
    Effect.gen(function* () {
      const { arrived, server } = yield* announced(() => {})
      const scope = yield* Scope.make()
      const client = yield* Scope.extend(NodeHttp.make(), scope)
      const fiber = yield* Effect.fork(Effect.flip(client.get(server.url)))
      yield* arrived
      yield* Scope.close(scope, Exit.void)
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag, "RequestError")
      assert.strictEqual((error.cause as { code?: string }).code, "MLS_CLIENT_CLOSED")
      yield* server.drained
      assert.strictEqual((yield* Effect.flip(client.get(server.url)))._tag, "RequestError")
    })
  )
})
