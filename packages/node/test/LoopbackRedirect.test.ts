import { AuthorizationCode } from "@mlserver-auth/core"
import { LoopbackRedirect } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Net from "node:net"
import * as Os from "node:os"
import { vi } from "vitest"
import * as Visitor from "./visitor.js"

/** A sign-in that waits for its person: the address they were shown, and a way to send them back. */
const waiting = (options: LoopbackRedirect.Options = {}) =>
  Effect.gen(function* () {
    yield* Visitor.allowed
    const shown = yield* Deferred.make<LoopbackRedirect.Visit>()
    const show = (visit: LoopbackRedirect.Visit) => Effect.asVoid(Deferred.succeed(shown, visit))
    const redirect = LoopbackRedirect.make({ browser: false, show, ...options })
    const request = yield* Deferred.make<AuthorizationCode.AuthorizationRequest>()
    const fiber = yield* Effect.fork(
      Effect.scoped(
        Effect.gen(function* () {
          const way = yield* redirect
          const begun = yield* AuthorizationCode.begin(
            { endpoint: "https://login.example.com/authorize", parameters: {} },
            way
          )
          yield* Deferred.succeed(request, begun)
          return Redacted.value(yield* way.visit(begun))
        })
      )
    )
    const visit = yield* Deferred.await(shown)
    const { redirectUri, state } = yield* Deferred.await(request)
    return { fiber, visit, redirectUri, state, answer: `${redirectUri}?code=the-code&state=${state}` }
  })

describe("the port that waits", () => {
  it.scopedLive("answers one request with a page that holds nothing and may do nothing", () =>
    Effect.gen(function* () {
      const { answer, fiber } = yield* waiting()
      const { headers, status, text } = yield* Visitor.open(answer)
      assert.strictEqual(status, 200)
      assert.match(
        headers.get("content-security-policy") ?? "",
        /^default-src 'none'; style-src 'sha256-[^ ]+'; form-action 'none'/
      )
      assert.strictEqual(headers.get("referrer-policy"), "no-referrer")
      assert.strictEqual(headers.get("cache-control"), "no-store")
      assert.isNull(headers.get("access-control-allow-origin"))
      assert.notInclude(text, "the-code")
      assert.strictEqual(yield* Fiber.join(fiber), answer)
    })
  )

  it.scopedLive("tells everybody else that there is nothing, and waits on", () =>
    Effect.gen(function* () {
      const { answer, fiber, redirectUri, state } = yield* waiting()
      const { port } = new URL(redirectUri)
      const others: ReadonlyArray<readonly [string, RequestInit?]> = [
        [redirectUri],
        [`${redirectUri}favicon.ico`],
        [`${redirectUri}?code=1&state=${"A".repeat(43)}`],
        [`${redirectUri}?code=1&state=`],
        [`${redirectUri}other?code=1&state=${state}`],
        [`${redirectUri}?code=1&state=${state}&state=${state}`],
        [`${redirectUri}?error=access_denied`],
        [`http://localhost:${port}/?code=1&state=${state}`],
        [answer, { method: "POST" }],
        [
          answer,
          { method: "OPTIONS", headers: { origin: "https://evil.example", "access-control-request-method": "GET" } }
        ]
      ]
      for (const [url, init] of others) {
        const page = yield* Visitor.open(url, init)
        assert.deepStrictEqual([url, page.status, page.text], [url, 404, ""])
        assert.isNull(page.headers.get("access-control-allow-origin"))
      }
      assert.strictEqual((yield* Visitor.open(answer)).status, 200)
      assert.strictEqual(yield* Fiber.join(fiber), answer)
    })
  )

  it.scopedLive("is closed when the answer is there: nobody can send another", () =>
    Effect.gen(function* () {
      const { answer, fiber, visit } = yield* waiting()
      yield* Visitor.open(answer)
      yield* Fiber.join(fiber)
      assert.isFalse(yield* Visitor.connects("127.0.0.1", visit.port))
    })
  )

  it.scopedLive("is closed at once when the sign-in is given up, whoever holds a connection open", () =>
    Effect.gen(function* () {
      const { fiber, visit } = yield* waiting()
      const socket = yield* Effect.acquireRelease(
        Effect.sync(() => Net.connect({ host: "127.0.0.1", port: visit.port })),
        (socket) => Effect.sync(() => socket.destroy())
      )
      const closed = yield* Effect.fork(
        Effect.async<void>((resume) => {
          socket.on("error", () => {})
          socket.once("close", () => resume(Effect.void))
        })
      )
      yield* Effect.async<void>((resume) => {
        socket.write("GET / HTTP/1.1\r\nHost:", () => resume(Effect.void))
      })
      const [took] = yield* Effect.timed(Fiber.interrupt(fiber))
      assert.isBelow(Duration.toMillis(took), 1000)
      yield* Fiber.join(closed)
      assert.isFalse(yield* Visitor.connects("127.0.0.1", visit.port))
    })
  )

  it.scopedLive("is a port of this machine alone, another one each time", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* waiting(), yield* waiting()]
      assert.notStrictEqual(one.visit.port, other.visit.port)
      assert.match(one.redirectUri, /^http:\/\/127\.0\.0\.1:\d+\/$/)
      const elsewhere = Object.values(Os.networkInterfaces()).flatMap((all) =>
        (all ?? []).filter(({ internal }) => !internal)
      )
      for (const { address } of [...elsewhere, { address: "::1" }]) {
        assert.isFalse(yield* Visitor.connects(address, one.visit.port))
      }
    })
  )

  it.scopedLive("is kept on both addresses of this machine when it is called localhost", () =>
    Effect.gen(function* () {
      const { answer, fiber, redirectUri, visit } = yield* waiting({ host: "localhost", path: "/back" })
      assert.strictEqual(redirectUri, `http://localhost:${visit.port}/back`)
      const six = Object.values(Os.networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"))
      assert.strictEqual(yield* Visitor.connects("::1", visit.port), six)
      yield* Visitor.open(answer)
      assert.strictEqual(yield* Fiber.join(fiber), answer)
    })
  )
})

describe("the person", () => {
  it.scopedLive("is told the address whole, and whether a browser has it already", () =>
    Effect.gen(function* () {
      const opened: Array<string> = []
      const { visit } = yield* waiting({ browser: (url) => Effect.sync(() => opened.push(url) > 0) })
      assert.deepStrictEqual([opened, visit.opened], [[visit.url], true])
      const unopened = yield* waiting()
      assert.isFalse(unopened.visit.opened)
    })
  )

  it.scopedLive("reads it on standard error, and the port to forward where no browser could be opened", () =>
    Effect.gen(function* () {
      const written = yield* Deferred.make<string>()
      yield* Visitor.allowed
      const write = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
        Deferred.unsafeDone(written, Effect.succeed(String(text)))
        return true
      })
      yield* Effect.addFinalizer(() => Effect.sync(() => write.mockRestore()))
      const way = yield* LoopbackRedirect.make({ browser: false })
      const request = yield* AuthorizationCode.begin(
        { endpoint: "https://login.example.com/authorize", parameters: {} },
        way
      )
      yield* Effect.fork(way.visit(request))
      const text = yield* Deferred.await(written)
      assert.include(text, request.url)
      assert.include(text, `forward port ${new URL(way.redirectUri).port}`)
      assert.notInclude(text, Redacted.value(request.verifier))
    })
  )

  for (const [name, options, env] of [
    ["prompts are switched off", { interactive: false }, {}],
    ["CI is set", {}, { CI: "true" }],
    ["MLS_NO_INPUT is set", {}, { MLS_NO_INPUT: "1" }]
  ] as const) {
    it.scopedLive(`is not bothered where ${name}`, () =>
      Effect.gen(function* () {
        yield* Visitor.allowed
        for (const [variable, value] of Object.entries(env)) vi.stubEnv(variable, value)
        const error = yield* Effect.flip(LoopbackRedirect.make(options))
        assert.strictEqual(Visitor.told(error), "CredentialRequired NotInteractive")
        assert.include(error.message, name)
      })
    )
  }
})
