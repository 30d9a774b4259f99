import * as Http from "node:http"
import * as Net from "node:net"
import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Accounts from "../src/Accounts.js"
import * as DevServer from "../src/DevServer.js"

const portOf = (url: string): number => Number(new URL(url).port)

/** A connection on which raw bytes are sent, and what comes back until `enough`. */
const exchange = (url: string, bytes: string, enough: (text: string) => boolean) =>
  Effect.acquireRelease(
    Effect.async<{ readonly socket: Net.Socket; readonly text: string }, Error>((resume) => {
      let text = ""
      const socket = Net.connect(portOf(url), "127.0.0.1", () => socket.write(bytes))
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1")
        if (enough(text)) resume(Effect.succeed({ socket, text }))
      })
      socket.on("error", (error) => resume(Effect.fail(error)))
    }),
    ({ socket }) => Effect.sync(() => socket.destroy())
  )

const closed = (socket: Net.Socket) =>
  Effect.async<void>((resume) => {
    if (socket.closed) resume(Effect.void)
    else socket.once("close", () => resume(Effect.void))
  })

describe("a server on a socket", () => {
  it.scopedLive("listens on loopback, at a free port unless told", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    })
  )

  it.scopedLive.each(["0.0.0.0", "::", "192.168.1.4", "example.com", "127.0.0.1.example.com", ""])(
    "refuses to listen on %s, which others could reach",
    (host) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(DevServer.make({ host }))
        expect(error).toMatchObject({ _tag: "ListenError", reason: "NotLoopback" })
        expect(error.message).toContain("127.0.0.1")
      })
  )

  it.scopedLive("says that a port is taken", () =>
    Effect.gen(function* () {
      const port = portOf((yield* DevServer.make()).url)
      const error = yield* Effect.flip(DevServer.make({ port }))
      expect(error).toMatchObject({ reason: "PortInUse", port })
      expect(error.message).toContain(`127.0.0.1:${port}`)
    })
  )

  it.scopedLive.each([70_000, -1, 80.5, Number.NaN])("says that %s is no port", (port) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(DevServer.make({ port }))
      expect(error.reason).toBe("NoSuchPort")
    })
  )

  it.scopedLive("closes at once, with connections idle and a request held, and its port is free again", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const server = yield* Scope.extend(DevServer.make(), scope)
      const done = (text: string) => text.includes("\r\n\r\n")
      const idle = yield* exchange(server.url, "GET /services HTTP/1.1\r\nHost: x\r\n\r\n", done)
      expect(idle.text).toMatch(/^HTTP\/1\.1 401 /)
      yield* server.control.hold("login")
      const held = Http.request(`${server.url}/login`, { method: "POST" })
      const cut = yield* Effect.fork(Effect.async<void>((resume) => void held.on("error", () => resume(Effect.void))))
      held.end("{}")
      yield* server.control.awaitArrival("login")
      const [took] = yield* Effect.timed(Scope.close(scope, Exit.void))
      yield* Fiber.join(cut)
      yield* closed(idle.socket)
      expect(Duration.toMillis(took)).toBeLessThan(500)
      expect((yield* DevServer.make({ port: portOf(server.url) })).url).toBe(server.url)
    })
  )

  it.scopedLive("answers many requests on one connection", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const ask = "GET /services HTTP/1.1\r\nHost: x\r\n\r\n"
      const { text } = yield* exchange(server.url, ask.repeat(3), (text) => text.split("HTTP/1.1 401").length === 4)
      expect(text.match(/content-length: \d+/gi)?.length).toBe(3)
      expect(yield* server.control.counts).toMatchObject({ connections: 1, unauthorized: 3 })
    })
  )

  it.scopedLive("ignores what content type a body claims to be, or that it claims none", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const { password, username } = Accounts.ada
      const body = JSON.stringify({ username, password })
      const post = (type: string) =>
        exchange(
          server.url,
          `POST /login HTTP/1.1\r\nHost: x\r\n${type}Content-Length: ${body.length}\r\n\r\n${body}`,
          (text) => text.includes("\r\n\r\n")
        )
      expect((yield* post("")).text).toMatch(/^HTTP\/1\.1 200 /)
      expect((yield* post("Content-Type: text/plain\r\n")).text).toMatch(/^HTTP\/1\.1 200 /)
      expect((yield* post("Content-Type: application/x-www-form-urlencoded\r\n")).text).toMatch(/^HTTP\/1\.1 200 /)
    })
  )

  it.scopedLive("cuts the connection when a planned answer cannot be sent, instead of leaving its client waiting", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      yield* server.control.answerNext({ on: "api", headers: { "x-bad": "a\r\nb" } })
      const failed = yield* Effect.flip(Effect.tryPromise(() => fetch(`${server.url}/services`)))
      expect(failed._tag).toBe("UnknownException")
      expect((yield* Effect.promise(() => fetch(`${server.url}/services`))).status).toBe(401)
    })
  )

  it.live("is provided as a layer", () =>
    Effect.gen(function* () {
      const { url } = yield* DevServer.DevServer
      expect((yield* Effect.promise(() => fetch(`${url}/status`))).status).toBe(401)
    }).pipe(Effect.provide(DevServer.layer()))
  )
})
