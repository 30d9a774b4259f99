import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Accounts from "../src/Accounts.js"
import * as DevServer from "../src/DevServer.js"
import { type Pair } from "./Adapters.js"

const { password, username } = Accounts.ada
const text = JSON.stringify({ username, password })
const opaque = { tokenFormat: "opaque" } as const
const encoded = new TextEncoder().encode(text)

describe("a server in process", () => {
  it.scoped.each([
    ["text", HttpClientRequest.bodyText(text)],
    ["bytes", HttpClientRequest.bodyUint8Array(encoded)],
    ["a stream", HttpClientRequest.bodyStream(Stream.make(encoded.slice(0, 5), encoded.slice(5)))]
  ] as const)("takes a body that is %s", ([, withBody]) =>
    Effect.gen(function* () {
      const { client, url } = yield* DevServer.makeInProcess(opaque)
      const response = yield* client.execute(withBody(HttpClientRequest.post(`${url}/login`)))
      expect(yield* response.json).toMatchObject({ token_type: "Bearer" })
    })
  )

  it.scoped("gives a body in every form there is", () =>
    Effect.gen(function* () {
      const { client, control, url } = yield* DevServer.makeInProcess(opaque)
      yield* control.answerNext({ on: "api", times: 9, body: "a=1&ü=2", headers: { "set-cookie": "c=1" } })
      const response = yield* client.get(`${url}/services`)
      expect(yield* response.text).toBe("a=1&ü=2")
      expect(new TextDecoder().decode(yield* response.arrayBuffer)).toBe("a=1&ü=2")
      expect(yield* response.urlParamsBody).toEqual([
        ["a", "1"],
        ["ü", "2"]
      ])
      const chunks = yield* Stream.runCollect(response.stream)
      expect(new TextDecoder().decode(Chunk.unsafeHead(chunks))).toBe("a=1&ü=2")
      expect((yield* Effect.flip(response.json)).reason).toBe("Decode")
      expect(response.headers["content-length"]).toBe("8")
    })
  )

  it.scoped("is all that its client reaches", () =>
    Effect.gen(function* () {
      const { client, control } = yield* DevServer.makeInProcess(opaque)
      const error = yield* Effect.flip(client.get("http://127.0.0.1:1/services"))
      expect([error._tag, error.reason]).toEqual(["RequestError", "Transport"])
      expect((yield* control.counts).requests).toBe(0)
    })
  )

  it.effect("ends requests under way as a lost connection when it stops, and later ones as well", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { client, control, url } = yield* Scope.extend(DevServer.makeInProcess(opaque), scope)
      const gate = yield* control.hold("any")
      const fiber = yield* Effect.fork(client.get(`${url}/services`))
      yield* gate.awaitWaiting()
      yield* Scope.close(scope, Exit.void)
      expect((yield* Effect.flip(Fiber.join(fiber))).reason).toBe("Transport")
      expect((yield* Effect.flip(client.get(`${url}/services`))).reason).toBe("Transport")
    })
  )

  it.scoped("does what was asked though its caller was interrupted, and counts it out again", () =>
    Effect.gen(function* () {
      const { client, control, url } = yield* DevServer.makeInProcess(opaque)
      const response = yield* client.execute(HttpClientRequest.bodyText(HttpClientRequest.post(`${url}/login`), text))
      const pair = (yield* response.json) as Pair
      const gate = yield* control.hold("refresh", "after")
      const body = JSON.stringify({ refreshToken: pair.refresh_token })
      const request = HttpClientRequest.bodyText(HttpClientRequest.post(`${url}/login/refreshToken`), body)
      const fiber = yield* Effect.fork(client.execute(request))
      yield* gate.awaitWaiting()
      expect(Exit.isInterrupted(yield* Fiber.interrupt(fiber))).toBe(true)
      yield* gate.release
      yield* Effect.repeat(control.counts, { until: ({ inFlight }) => inFlight === 0 })
      expect((yield* control.counts).refreshes).toBe(1)
    })
  )

  it.scoped("serves a thousand callers at once, each with an answer of its own", () =>
    Effect.gen(function* () {
      const { client, control, url } = yield* DevServer.makeInProcess(opaque)
      const login = client.execute(HttpClientRequest.bodyText(HttpClientRequest.post(`${url}/login`), text))
      const each = Effect.map(
        Effect.flatMap(login, (it) => it.json),
        (it) => (it as Pair).refresh_token
      )
      const tokens = yield* Effect.all(
        Array.from({ length: 1000 }, () => each),
        { concurrency: "unbounded" }
      )
      expect(new Set(tokens).size).toBe(1000)
      expect((yield* control.counts).logins).toBe(1000)
    })
  )
})
