import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClient from "@effect/platform/HttpClient"
import { NodeHttp } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Http from "node:http"
import type * as Tls from "node:tls"
import * as Authority from "./authority.js"
import * as Loopback from "./loopback.js"

const text = (client: HttpClient.HttpClient, url: string) =>
  Effect.flatMap(client.get(url), (response) => response.text)

/** Waits for the events that Node still has to tell of a request: then its connection is put back. */
const turn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

/** A server that says that it keeps connections for so many seconds, and keeps them for longer. */
const keeping = (seconds: number) =>
  Effect.suspend(() => {
    const server = Http.createServer({ keepAliveTimeout: 3_600_000 }, (_, response) => {
      response.setHeader("connection", "keep-alive")
      response.setHeader("keep-alive", `timeout=${seconds}`)
      response.end("ok")
    })
    return Loopback.listen(server, "http")
  })

describe("a kept connection", () => {
  it.scopedLive("is closed a second before its server would", () =>
    Effect.gen(function* () {
      const server = yield* keeping(2)
      const client = yield* NodeHttp.make()
      assert.strictEqual(yield* text(client, server.url), "ok")
      assert.strictEqual(yield* text(client, server.url), "ok")
      assert.deepStrictEqual([server.accepted(), server.open()], [1, 1])
      yield* server.drained
    })
  )

  it.scopedLive("is not kept for a server that would close it within a second", () =>
    Effect.gen(function* () {
      const server = yield* keeping(1)
      const client = yield* NodeHttp.make()
      assert.strictEqual(yield* text(client, server.url), "ok")
      yield* server.drained
      assert.strictEqual(yield* text(client, server.url), "ok")
      assert.strictEqual(server.accepted(), 2)
    })
  )

  it.scopedLive("keeps no program alive while it is idle", () =>
    Effect.gen(function* () {
      const server = yield* keeping(60)
      const client = yield* NodeHttp.make()
      assert.strictEqual(yield* text(client, server.url), "ok")
      yield* turn
      const sockets = process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap")
      assert.strictEqual(server.open(), 1)
      assert.lengthOf(sockets, 1, "the end of the server, which is in this process too")
    })
  )

  it.scopedLive("ends with the client", () =>
    Effect.gen(function* () {
      const server = yield* keeping(60)
      assert.strictEqual(
        yield* Effect.scoped(Effect.flatMap(NodeHttp.make(), (client) => text(client, server.url))),
        "ok"
      )
      yield* server.drained
    })
  )
})

describe.skipIf(!Authority.available)("a connection with TLS (certificates need openssl)", () => {
  it.scopedLive("takes up the session of the one before", () =>
    Effect.gen(function* () {
      const authority = yield* Authority.make
      const server = yield* Loopback.https(yield* authority.issue("IP:127.0.0.1"), (request, response) => {
        response.end(String((request.socket as Tls.TLSSocket).isSessionReused()))
      })
      const client = yield* NodeHttp.make({ caFile: authority.caFile })
      const once = HttpClientRequest.get(server.url, { headers: { connection: "close" } })
      const reused = Effect.flatMap(client.execute(once), (response) => response.text)
      assert.deepStrictEqual([yield* reused, yield* reused], ["false", "true"])
      assert.strictEqual(server.accepted(), 2)
    })
  )
})
