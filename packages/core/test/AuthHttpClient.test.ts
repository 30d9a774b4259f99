import { describe, expect, it } from "@effect/vitest"
import { AuthHttpClient, Credential, ServerEndpoint, UnauthorizedPolicy } from "@mlserver-auth/core"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { ada, world } from "./support/world.js"

const asAda = Credential.usernamePassword(ada)

/** Counts what goes over the wire, and to whom a token travels. */
const recording = () => {
  const sent: Array<{ readonly url: string; readonly authorization: boolean }> = []
  const wrap = (bare: HttpClient.HttpClient): HttpClient.HttpClient =>
    HttpClient.mapRequest(bare, (request) => {
      sent.push({ url: request.url, authorization: "authorization" in request.headers })
      return request
    })
  return { sent, wrap }
}

/**
 * A client that answers every request to another host by itself, and the rest by the server. What it has seen is noted at
 * that moment: afterwards the header is masked.
 */
const withElsewhere = (seen: Array<"signed" | "unsigned">) => (bare: HttpClient.HttpClient) =>
  HttpClient.makeWith<never, never, never, never>(
    (effect) =>
      Effect.flatMap(effect, (request) =>
        request.url.startsWith("https://elsewhere.example")
          ? Effect.sync(() => {
              seen.push("authorization" in request.headers ? "signed" : "unsigned")
              return HttpClientResponse.fromWeb(request, new Response("elsewhere"))
            })
          : Effect.orDie(bare.execute(request))
      ),
    Effect.succeed
  )

const published = { code: "x <- 1", runtimeType: "R" }

describe("a request answered 401", () => {
  it.scoped("is repeated once with a renewed token, body and query included", () =>
    Effect.gen(function* () {
      const { client, control, session } = yield* world()
      yield* session.signIn(asAda)
      yield* control.expireAccessTokens
      const request = HttpClientRequest.bodyUnsafeJson(HttpClientRequest.post("/services/mine/1.0.0?x=1"), published)
      expect((yield* client.execute(request)).status).toBe(201)
      expect(yield* control.counts).toMatchObject({ refreshes: 1, api: 2, unauthorized: 1 })
    })
  )

  it.scoped("twice ends typed, and is not sent a third time", () =>
    Effect.gen(function* () {
      const { client, control, session } = yield* world()
      yield* session.signIn(asAda)
      yield* control.rejectNext(2)
      expect(yield* Effect.flip(client.get("/services?secret=1"))).toMatchObject({
        _tag: "RequestUnauthorized",
        reason: "RejectedTwice",
        method: "GET",
        url: "http://127.0.0.1:12800/services",
        challenge: "invalid_token"
      })
      expect(yield* control.counts).toMatchObject({ api: 2, refreshes: 1 })
    })
  )

  it.scoped(
    "with a stream for a body is not repeated: the token is renewed for the next call; unless it says that it can be",
    () =>
      Effect.gen(function* () {
        const { client, control, session } = yield* world()
        yield* session.signIn(asAda)
        yield* control.expireAccessTokens
        const bytes = new TextEncoder().encode(JSON.stringify(published))
        const request = HttpClientRequest.bodyStream(HttpClientRequest.post("/services/mine/1.0.0"), Stream.make(bytes))
        const told = { _tag: "RequestUnauthorized", reason: "NotReplayable", retryable: true }
        expect(yield* Effect.flip(client.execute(request))).toMatchObject(told)
        expect(yield* control.counts).toMatchObject({ api: 1, refreshes: 1 })
        expect((yield* client.execute(request)).status).toBe(201)
        yield* control.expireAccessTokens
        Object.assign(request.body, { [AuthHttpClient.replayable]: true })
        expect((yield* client.execute(HttpClientRequest.setMethod(request, "PATCH"))).status).toBe(200)
      })
  )

  it.scoped("whose renewal fails ends with that failure", () =>
    Effect.gen(function* () {
      const { client, control, session } = yield* world()
      yield* session.signIn(asAda)
      yield* control.rejectNext(1)
      yield* control.failNext({ on: "refresh", status: 503 })
      expect(yield* Effect.flip(client.get("/services"))).toMatchObject({ _tag: "RenewalUncertain" })
    })
  )

  it.scoped("that says the scope is too small is not renewed for", () =>
    Effect.gen(function* () {
      const { client, control, session } = yield* world()
      yield* session.signIn(asAda)
      yield* control.answerNext({
        on: "api",
        status: 401,
        headers: { "www-authenticate": 'Bearer error="insufficient_scope"' }
      })
      expect(yield* Effect.flip(client.get("/services"))).toMatchObject({
        reason: "Refused",
        challenge: "insufficient_scope"
      })
      expect((yield* control.counts).refreshes).toBe(0)
    })
  )
})

describe("other answers pass as they are", () => {
  it.scoped("403 is a permission: no renewal", () =>
    Effect.gen(function* () {
      const { client, control, session } = yield* world()
      yield* session.signIn(asAda)
      yield* control.failNext({ on: "api", status: 403 })
      expect((yield* client.get("/services")).status).toBe(403)
      expect((yield* control.counts).refreshes).toBe(0)
    })
  )

  it.scoped("500 and 404 too", () =>
    Effect.gen(function* () {
      const { client, control, session } = yield* world()
      yield* session.signIn(asAda)
      expect((yield* client.get("/services/no-such-service/1.0.0")).status).toBe(404)
      yield* control.failNext({ on: "api", status: 500 })
      expect((yield* client.get("/services")).status).toBe(500)
    })
  )
})

describe("a token goes only where it belongs", () => {
  it.scoped("relative paths go to the endpoint, with the token", () =>
    Effect.gen(function* () {
      const { sent, wrap } = recording()
      const { client, session } = yield* world({ client: wrap })
      yield* session.signIn(asAda)
      yield* client.get("services")
      expect(sent.at(-1)).toEqual({ url: "http://127.0.0.1:12800/services", authorization: true })
    })
  )

  it.scoped.each([
    "https://elsewhere.example/services",
    "https://elsewhere.example:12800/http://127.0.0.1:12800/",
    "https://elsewhere.example/?http://127.0.0.1:12800"
  ])("a request to another origin is sent without it: %s", (url) =>
    Effect.gen(function* () {
      const seen: Array<"signed" | "unsigned"> = []
      const { client, session } = yield* world({ client: withElsewhere(seen) })
      yield* session.signIn(asAda)
      yield* client.get(url)
      expect(seen).toEqual(["unsigned"])
    })
  )

  it.scoped("a redirect to another origin is followed without it, if the caller follows redirects", () =>
    Effect.gen(function* () {
      const seen: Array<"signed" | "unsigned"> = []
      const { client, control, session } = yield* world({ client: withElsewhere(seen) })
      yield* session.signIn(asAda)
      yield* control.redirectNext({ on: "api", location: "https://elsewhere.example/taken", status: 307 })
      const following = HttpClient.followRedirects(client, 3)
      const answer = yield* following.post("/services/mine/1.0.0", {
        body: HttpClientRequest.bodyUnsafeJson(HttpClientRequest.post("/"), published).body
      })
      expect(yield* answer.text).toBe("elsewhere")
      expect(seen).toEqual(["unsigned"])
    })
  )

  it.scoped("a redirect is not followed unless the caller says so", () =>
    Effect.gen(function* () {
      const { client, control, session } = yield* world()
      yield* session.signIn(asAda)
      yield* control.redirectNext({ on: "api", location: "https://elsewhere.example/taken" })
      expect((yield* client.get("/services")).status).toBe(302)
    })
  )

  it.scoped("a caller's own Authorization header is left alone, and its 401 passes", () =>
    Effect.gen(function* () {
      const { client, control, session } = yield* world()
      yield* session.signIn(asAda)
      const answer = yield* client.get("/services", { headers: { authorization: "Bearer my.own.token" } })
      expect(answer.status).toBe(401)
      expect((yield* control.counts).refreshes).toBe(0)
    })
  )
})

describe("composition", () => {
  it.scoped("a retry outside signs anew each time", () =>
    Effect.gen(function* () {
      const { client, control, session } = yield* world()
      yield* session.signIn(asAda)
      yield* control.failNext({ on: "api", times: 2, status: 503 })
      const answer = yield* HttpClient.retryTransient(HttpClient.filterStatusOk(client), { times: 3 }).get("/services")
      expect(answer.status).toBe(200)
    })
  )

  it.scoped("the request of an answer can be sent again, and is signed again", () =>
    Effect.gen(function* () {
      const { client, session } = yield* world()
      yield* session.signIn(asAda)
      const answer = yield* client.get("/services")
      expect(answer.request.headers["authorization"]).toBe("<redacted>")
      expect((yield* client.execute(answer.request)).status).toBe(200)
    })
  )

  it.scoped("another policy is followed, and still bound to two sends", () =>
    Effect.gen(function* () {
      const { dev, control, endpoint, session } = yield* world()
      yield* session.signIn(asAda)
      const stubborn: UnauthorizedPolicy.Service = { decide: ({ status }) => (status >= 400 ? "Renew" : "Pass") }
      const client = yield* Effect.provideService(
        AuthHttpClient.make(dev.client, session, endpoint),
        UnauthorizedPolicy.UnauthorizedPolicy,
        stubborn
      )
      yield* control.failNext({ on: "api", times: 5, status: 403 })
      expect(yield* Effect.flip(client.get("/services"))).toMatchObject({ _tag: "RequestUnauthorized" })
      expect(yield* control.counts).toMatchObject({ api: 2, refreshes: 1 })
    })
  )

  it.scoped("a policy that never renews hands the 401 over", () =>
    Effect.gen(function* () {
      const { dev, control, endpoint, session } = yield* world()
      yield* session.signIn(asAda)
      const client = yield* Effect.provideService(
        AuthHttpClient.make(dev.client, session, endpoint),
        UnauthorizedPolicy.UnauthorizedPolicy,
        UnauthorizedPolicy.never
      )
      yield* control.expireAccessTokens
      expect((yield* client.get("/services")).status).toBe(401)
      expect((yield* control.counts).refreshes).toBe(0)
    })
  )

  it.scoped("log-ins do not pass through the 401 loop", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world()
      yield* Effect.flip(session.signIn(Credential.usernamePassword({ username: "ada", password: "no" })))
      expect(yield* control.counts).toMatchObject({ requests: 1, loginsRefused: 1, refreshes: 0 })
    })
  )

  it.scoped("a small body that the 401 leaves behind is read whole, and so frees its connection", () =>
    Effect.gen(function* () {
      const endpoint = yield* ServerEndpoint.make("https://mls.example")
      const { session } = yield* world()
      yield* session.signIn(asAda)
      const answers: Array<Response> = []
      const bare = HttpClient.make((request) =>
        Effect.sync(() => {
          const answer = new Response("{}", { status: 401, headers: { "content-length": "2" } })
          answers.push(answer)
          return HttpClientResponse.fromWeb(request, answer)
        })
      )
      const client = yield* AuthHttpClient.make(bare, session, endpoint)
      yield* Effect.flip(client.get("/services"))
      expect(answers.map((answer) => answer.bodyUsed)).toEqual([true, true])
    })
  )

  it.scoped("a body that the 401 leaves behind is drained, but not for ever", () =>
    Effect.gen(function* () {
      const endpoint = yield* ServerEndpoint.make("https://mls.example")
      const { session } = yield* world()
      yield* session.signIn(asAda)
      let pulled = 0
      let released = 0
      const endless = () => {
        const pull = (controller: ReadableStreamDefaultController) => {
          pulled++
          controller.enqueue(new Uint8Array(1024))
        }
        return new Response(new ReadableStream({ pull, cancel: () => void released++ }), { status: 401 })
      }
      const bare = HttpClient.make((request) => Effect.sync(() => HttpClientResponse.fromWeb(request, endless())))
      const client = yield* AuthHttpClient.make(bare, session, endpoint)
      expect(yield* Effect.flip(client.get("/services"))).toMatchObject({ reason: "RejectedTwice" })
      expect(released).toBe(2)
      expect(pulled).toBeLessThan(300)
    })
  )
})
