import { NodeHttp } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import type { HttpClient } from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Http from "node:http"
import type { Duplex } from "node:stream"
import * as Loopback from "./loopback.js"

const FIFTY = Array.from({ length: 50 }, (_, index) => index)
const RIGHT = `Basic ${Buffer.from("ada:right").toString("base64")}`

type Reply = (authorization: string | undefined, pass: () => void, refuse: (status: number) => void) => void

/**
 * A proxy that answers for each server itself: what it was asked with, and how it replies. Tunnels end at once, which is
 * enough to see that there was one.
 */
const counting = (reply: Reply) =>
  Effect.gen(function* () {
    const asked: Array<string> = []
    const server = Http.createServer(({ headers, url }, response) => {
      if (url === "/probe") return void response.end()
      asked.push(headers["proxy-authorization"] ?? "-")
      reply(
        headers["proxy-authorization"],
        () => response.end("through"),
        (status) => response.writeHead(status).end()
      )
      return undefined
    })
    server.on("connect", ({ headers }: Http.IncomingMessage, socket: Duplex) => {
      asked.push(headers["proxy-authorization"] ?? "-")
      socket.on("error", () => {})
      reply(
        headers["proxy-authorization"],
        () => socket.end("HTTP/1.1 200 OK\r\n\r\n"),
        (status) => socket.end(`HTTP/1.1 ${status} No\r\n\r\n`)
      )
    })
    const { port } = yield* Loopback.listen(server, "http")
    const through = (user: string) => {
      const address = `http://${user}127.0.0.1:${port}`
      return NodeHttp.make({ proxy: { http: address, https: address } })
    }
    const direct = yield* NodeHttp.make()
    const probe = Effect.flatMap(direct.get(`http://127.0.0.1:${port}/probe`), ({ text }) => text)
    return { asked, probe, through }
  })

const checking: Reply = (authorization, pass, refuse) => (authorization === RIGHT ? pass() : refuse(407))

const codes = (client: HttpClient, url: (index: number) => string) =>
  Effect.forEach(
    FIFTY,
    (index) =>
      Effect.match(client.get(url(index)), {
        onFailure: ({ cause }) => {
          const { code, status } = cause as { readonly code?: string; readonly status?: number }
          return `${code} ${status ?? ""}`.trim()
        },
        onSuccess: ({ status }) => String(status)
      }),
    { concurrency: "unbounded" }
  )

const told = (outcomes: ReadonlyArray<string>) => Array.from(new Set(outcomes))

describe.each([
  ["https", (index: number) => `https://mls${index}.test/`],
  ["http", (index: number) => `http://mls${index}.test/`]
] as const)("%s through a proxy with a password", (_, url) => {
  it.scopedLive("a wrong one, fifty at once: one attempt, and every caller is told the same", () =>
    Effect.gen(function* () {
      const { asked, through } = yield* counting(checking)
      const client = yield* through("ada:wrong@")
      assert.deepStrictEqual(told(yield* codes(client, url)), ["MLS_PROXY_REFUSED 407"])
      assert.strictEqual(asked.length, 1)
      // Nor by another client of this process; another password is another matter.
      assert.deepStrictEqual(told(yield* codes(yield* through("ada:wrong@"), url)), ["MLS_PROXY_REFUSED 407"])
      assert.strictEqual(asked.length, 1)
      yield* codes(yield* through("ada:right@"), url)
      assert.isAbove(asked.filter((seen) => seen === RIGHT).length, 1)
    })
  )

  it.scopedLive("the right one: all go once the first was let through, also where its caller has left", () =>
    Effect.gen(function* () {
      const release: Array<() => void> = []
      const { asked, probe, through } = yield* counting((_, pass) => {
        if (asked.length > 1) pass()
        else release.push(pass)
      })
      const client = yield* through("ada:right@")
      const first = yield* Effect.fork(client.get(url(0)))
      const others = yield* Effect.fork(codes(client, url))
      // Whatever was to come to the proxy by now has come.
      yield* Effect.repeatN(probe, 4)
      assert.strictEqual(asked.length, 1)
      // A connection that is being made is for others too; a request that is given up gives its place to the next.
      yield* Fiber.interrupt(first)
      release.forEach((pass) => pass())
      yield* Fiber.join(others)
      assert.strictEqual(asked.length, 51)
    })
  )

  it.scopedLive("closing the client ends those who wait", () =>
    Effect.gen(function* () {
      const { asked, through } = yield* counting(() => {})
      const outcomes = yield* Effect.scoped(
        Effect.gen(function* () {
          const client = yield* through("ada:right@")
          return yield* Effect.fork(codes(client, url))
        })
      ).pipe(Effect.flatMap(Fiber.join))
      assert.deepStrictEqual(told(outcomes), ["MLS_CLIENT_CLOSED"])
      assert.isAtMost(asked.length, 1)
    })
  )
})
