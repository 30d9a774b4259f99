import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import { DirectCall, NodeHttp } from "@mlserver-auth/node"
import * as Effect from "effect/Effect"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"

/** A server that answers in two pieces, the second when it is told to, and keeps the tokens that it was sent. */
const makeServer = Effect.acquireRelease(
  Effect.promise(async () => {
    const sent: Array<string | undefined> = []
    let more: () => void = () => undefined
    const server = Http.createServer(({ headers }, answer) => {
      sent.push(headers.authorization)
      answer.writeHead(200, { "content-length": "4" }).write("ab")
      more = () => answer.end("cd")
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as AddressInfo
    return { sent, server, more: () => more(), url: (path: string) => new URL(`http://127.0.0.1:${port}${path}`) }
  }),
  ({ server }) =>
    Effect.promise(() => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    })
)

const asked = (url: URL, token: string) => HttpClientRequest.get(url, { headers: { authorization: token } })

const call = (url: URL, token: string) =>
  Effect.acquireRelease(
    Effect.promise(() => DirectCall.get(url, token)),
    (made) => Effect.sync(() => made.end())
  )

describe("a call that was begun without Effect", () => {
  it.scopedLive("is gone on with where it is asked for again, once, and nothing is sent for that", () =>
    Effect.gen(function* () {
      const { more, sent, url } = yield* makeServer
      const client = yield* NodeHttp.make({ proxy: "none" })
      const made = yield* call(url("/a?b=c"), "Bearer one")
      assert.strictEqual(made.status, 200)
      made.handOver()
      const response = yield* client.execute(asked(url("/a?b=c"), "Bearer one"))
      more()
      assert.strictEqual(yield* response.text, "abcd")
      assert.deepStrictEqual(sent, ["Bearer one"])
      yield* client.execute(asked(url("/a?b=c"), "Bearer one"))
      assert.strictEqual(sent.length, 2)
    })
  )

  it.scopedLive("is another one than that of another token, address or method", () =>
    Effect.gen(function* () {
      const { sent, url } = yield* makeServer
      const client = yield* NodeHttp.make({ proxy: "none" })
      const others = [
        asked(url("/a"), "Bearer two"),
        asked(url("/b"), "Bearer one"),
        asked(url("/a?b"), "Bearer one"),
        HttpClientRequest.setMethod(asked(url("/a"), "Bearer one"), "DELETE"),
        HttpClientRequest.get(url("/a"))
      ]
      for (const other of others) {
        const made = yield* call(url("/a"), "Bearer one")
        made.handOver()
        sent.length = 0
        yield* client.execute(other)
        assert.strictEqual(sent.length, 1)
      }
    })
  )

  it.scopedLive("goes on behind what was shown, also where the token was replaced meanwhile", () =>
    Effect.gen(function* () {
      const { more, sent, url } = yield* makeServer
      const client = yield* NodeHttp.make({ proxy: "none" })
      const made = yield* call(url("/a"), "Bearer one")
      const shown: Array<string> = []
      yield* Effect.promise(() =>
        made.each((piece) => Promise.resolve(shown.push(Buffer.from(piece).toString("utf8")) === 0))
      )
      made.handOver()
      const response = yield* client.execute(asked(url("/a"), "Bearer two"))
      more()
      assert.strictEqual(shown.join("") + (yield* response.text), "abcd")
      assert.deepStrictEqual(sent, ["Bearer one"])
    })
  )

  it.scopedLive("fails there with what it failed with here", () =>
    Effect.gen(function* () {
      const { server, url } = yield* makeServer
      yield* Effect.promise(() => new Promise((resolve) => server.close(resolve)))
      const client = yield* NodeHttp.make({ proxy: "none" })
      const made = yield* call(url("/a"), "Bearer one")
      assert.strictEqual(made.status, 0)
      made.handOver()
      const error = yield* Effect.flip(client.execute(asked(url("/a"), "Bearer one")))
      assert.deepInclude(error.cause, { code: "ECONNREFUSED", sent: false })
    })
  )
})
