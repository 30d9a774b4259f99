import { describe, expect, it } from "@effect/vitest"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { gzipSync } from "node:zlib"
import * as Credential from "../src/Credential.js"
import * as MlServerIssuer from "../src/MlServerIssuer.js"
import * as ServerEndpoint from "../src/ServerEndpoint.js"
import { clear, held, operations, pair, run } from "./support/wire.js"

/** A server on a free port of this machine, and how often it was asked; closed with the scope. */
const serve = (answer: (request: IncomingMessage, response: ServerResponse) => void) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const asked: Array<string> = []
      const server = createServer((request, response) => {
        asked.push(`${request.method} ${request.url}`)
        request.resume().on("end", () => answer(request, response))
      }).listen(0, "127.0.0.1")
      await once(server, "listening")
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      return { server, asked, url: `http://127.0.0.1:${port}` }
    }),
    ({ server }) =>
      Effect.promise(async () => {
        server.closeAllConnections()
        if (server.listening) await new Promise((closed) => server.close(closed))
      })
  )

const issuerAt = (url: string, options: Partial<MlServerIssuer.Options> = {}) =>
  MlServerIssuer.make({ endpoint: Either.getOrThrow(ServerEndpoint.make(url)), ...options }).pipe(
    Effect.provide(FetchHttpClient.layer)
  )

describe("MlServerIssuer over the built-in fetch", () => {
  it.scopedLive.each([301, 302, 303, 307, 308])("follows no redirect (%i), to the same server neither", (status) =>
    Effect.gen(function* () {
      const elsewhere = yield* serve((_, response) => response.end(pair().body))
      for (const location of [`${elsewhere.url}/login`, "/elsewhere"]) {
        const here = yield* serve((_, response) => response.writeHead(status, { location }).end())
        const it = yield* issuerAt(here.url)
        for (const operation of operations) {
          expect(yield* Effect.flip(run(it, operation))).toMatchObject({ _tag: "InvalidResponse", status })
        }
        expect(here.asked).toHaveLength(operations.length)
      }
      expect(elsewhere.asked).toEqual([])
    })
  )

  it.scopedLive("follows none for an application that lets its own requests follow", () =>
    Effect.gen(function* () {
      const elsewhere = yield* serve((_, response) => response.end(pair().body))
      const here = yield* serve((_, response) => response.writeHead(307, { location: elsewhere.url }).end())
      const it = yield* issuerAt(here.url)
      const error = yield* Effect.flip(run(it, "grant")).pipe(
        Effect.provideService(FetchHttpClient.RequestInit, { redirect: "follow" })
      )
      expect([error._tag, elsewhere.asked]).toEqual(["InvalidResponse", []])
    })
  )

  it.scopedLive("refuses an answer that is small on the wire and too large unpacked", () =>
    Effect.gen(function* () {
      const packed = gzipSync(pair().body.padEnd(8 * 1024 * 1024))
      expect(packed.length).toBeLessThan(64 * 1024)
      const here = yield* serve((_, response) => response.setHeader("content-encoding", "gzip").end(packed))
      const it = yield* issuerAt(here.url)
      expect(yield* Effect.flip(run(it, "grant"))).toMatchObject({
        _tag: "InvalidResponse",
        problem: "the answer is larger than 1 MiB"
      })
    })
  )

  it.scopedLive("a port that nobody listens at: the renewal was surely not sent", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve((_, response) => response.end())
      yield* Effect.promise(() => new Promise((closed) => server.close(closed)))
      const it = yield* issuerAt(url)
      for (const operation of operations) {
        expect(yield* Effect.flip(run(it, operation))).toMatchObject({
          _tag: "ServerUnavailable",
          reason: "Transport",
          code: "ECONNREFUSED"
        })
      }
    })
  )

  it.scopedLive("a connection that is cut after the request: the renewal may have happened", () =>
    Effect.gen(function* () {
      const here = yield* serve((request) => request.socket.destroy())
      const it = yield* issuerAt(here.url)
      expect(yield* Effect.flip(run(it, "renew"))).toMatchObject({ _tag: "RenewalUncertain", reason: "Transport" })
      expect(yield* Effect.flip(run(it, "grant"))).toMatchObject({ _tag: "ServerUnavailable", reason: "Transport" })
      expect(here.asked).toEqual(["POST /login/refreshToken", "POST /login"])
    })
  )

  it.scopedLive("a connection that is cut within the answer: the renewal may have happened", () =>
    Effect.gen(function* () {
      const { body } = pair()
      const here = yield* serve((request, response) => {
        response.writeHead(200, { "content-length": body.length })
        response.write(body.slice(0, 20), () => request.socket.destroy())
      })
      const it = yield* issuerAt(here.url)
      expect(yield* Effect.flip(run(it, "renew"))).toMatchObject({ _tag: "RenewalUncertain", reason: "Transport" })
    })
  )

  it.scoped("an answer that stops half-way is waited for no longer than was said", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const here = yield* serve((_, response) => {
        response.writeHead(200).write("{", () => Deferred.unsafeDone(begun, Effect.void))
      })
      const it = yield* issuerAt(here.url, { timeout: "3 seconds" })
      const renewal = yield* Effect.fork(Effect.flip(run(it, "renew")))
      yield* Deferred.await(begun)
      yield* TestClock.adjust("3 seconds")
      expect(yield* Fiber.join(renewal)).toMatchObject({ _tag: "RenewalUncertain", reason: "Timeout" })
    })
  )
})

const ada = Credential.usernamePassword(Accounts.ada)

describe("MlServerIssuer with the development server", () => {
  const both = Effect.gen(function* () {
    const server = yield* DevServer.make()
    return { server, issuer: yield* issuerAt(server.url) }
  })

  it.scopedLive("logs in, renews, and revokes; a refresh token works once", () =>
    Effect.gen(function* () {
      const { issuer, server } = yield* both
      const first = yield* issuer.grant(ada)
      const second = yield* issuer.renew(first)
      expect(second.generation).toBe(2)
      expect(clear(second).refreshToken).not.toBe(clear(first).refreshToken)
      expect(yield* Effect.flip(issuer.renew(first))).toMatchObject({ _tag: "SessionExpired", reason: "Refused" })
      yield* issuer.revoke(second)
      expect(yield* Effect.flip(issuer.renew(second))).toMatchObject({ _tag: "SessionExpired", reason: "Refused" })
      yield* issuer.revoke(second)
      expect(yield* server.control.counts).toMatchObject({ logins: 1, refreshes: 1, revocations: 1 })
    })
  )

  it.scopedLive("says what the documentation says of the lives, whatever the server's clock shows", () =>
    Effect.gen(function* () {
      for (const minutes of [-10, 0, 10]) {
        const server = yield* DevServer.make({ clockOffset: minutes * 60_000, expiresIn: false, expiresOn: "string" })
        const token = yield* Effect.flatMap(issuerAt(server.url), (issuer) => issuer.grant(ada))
        expect(Math.abs((token.clockDifference ?? Infinity) - minutes * 60_000)).toBeLessThan(1500)
        expect(Math.abs((token.expiresAt ?? Infinity) - token.obtainedAt - 3_600_000)).toBeLessThan(2500)
      }
    })
  )

  it.scopedLive("a wrong password is refused, and sent once", () =>
    Effect.gen(function* () {
      const { issuer, server } = yield* both
      const wrong = Credential.usernamePassword({ username: "ada", password: "guess" })
      expect(yield* Effect.flip(issuer.grant(wrong))).toMatchObject({ _tag: "CredentialRejected" })
      expect(yield* server.control.counts).toMatchObject({ logins: 0, loginsRefused: 1 })
    })
  )

  it.scopedLive("names and passwords arrive as they were written", () =>
    Effect.gen(function* () {
      const user = { username: 'CONTOSO\\Zoë "Z" Müller', password: ' пароль\r\n\u0000🔑\\" ' }
      const server = yield* DevServer.make({ accounts: Accounts.directory({ users: [user] }) })
      const issuer = yield* issuerAt(server.url)
      expect((yield* issuer.grant(Credential.usernamePassword(user))).principal).toBe(user.username)
    })
  )
})

describe("MlServerIssuer with the development server in process", () => {
  const both = (options: DevServer.InProcessOptions = {}) =>
    Effect.gen(function* () {
      const server = yield* DevServer.makeInProcess({ tokenFormat: "opaque", ...options })
      const endpoint = Either.getOrThrow(ServerEndpoint.make(server.url))
      const { issuer } = yield* Effect.map(MlServerIssuer.make({ endpoint }), (issuer) => ({ issuer })).pipe(
        Effect.provideService(HttpClient.HttpClient, server.client)
      )
      return { server, issuer }
    })

  it.scoped("an answer that was lost after the renewal: the old pair is dead, and the error says so", () =>
    Effect.gen(function* () {
      const { issuer, server } = yield* both()
      const token = yield* issuer.grant(ada)
      yield* server.control.dropNext({ on: "refresh" })
      expect(yield* Effect.flip(issuer.renew(token))).toMatchObject({ _tag: "RenewalUncertain", reason: "Transport" })
      expect(yield* Effect.flip(issuer.renew(token))).toMatchObject({ _tag: "SessionExpired" })
      expect(yield* server.control.counts).toMatchObject({ refreshes: 1, reusedRefreshTokens: 1 })
    })
  )

  it.scoped("a page, a redirect and an outage leave the pair alive", () =>
    Effect.gen(function* () {
      const { issuer, server } = yield* both()
      const token = yield* issuer.grant(ada)
      yield* server.control.htmlNext({ on: "refresh" })
      yield* server.control.redirectNext({ on: "refresh", location: "https://evil.example" })
      yield* server.control.failNext({ on: "refresh", status: 503, retryAfter: 9 })
      expect(yield* Effect.flip(issuer.renew(token))).toMatchObject({ _tag: "RenewalUncertain" })
      expect(yield* Effect.flip(issuer.renew(token))).toMatchObject({ _tag: "InvalidResponse", status: 302 })
      expect(yield* Effect.flip(issuer.renew(token))).toMatchObject({ _tag: "RenewalUncertain", retryAfter: 9000 })
      expect((yield* issuer.renew(token)).generation).toBe(2)
    })
  )

  it.scoped.each([
    { accessTokenOnly: true },
    { expiresIn: false },
    { expiresOn: "string" },
    { revocation: "empty" },
    { apiVersion: "9.0.1" }
  ] as const)("speaks with a server that is set to %j", (options) =>
    Effect.gen(function* () {
      const { issuer } = yield* both(options)
      const token = yield* issuer.grant(ada)
      expect(token.expiresAt === undefined).toBe("accessTokenOnly" in options)
      if (token.refreshToken !== undefined) yield* issuer.revoke(yield* issuer.renew(token))
      const wrong = Credential.usernamePassword({ username: "ada", password: "guess" })
      expect(yield* Effect.flip(issuer.grant(wrong))).toMatchObject({ _tag: "CredentialRejected" })
    })
  )

  it.scoped("a login path that the server does not have is named as such", () =>
    Effect.gen(function* () {
      const { issuer } = yield* both({ loginPath: "/user/login" })
      const error = yield* Effect.flip(issuer.grant(ada))
      expect(error).toMatchObject({ _tag: "InvalidResponse", status: 404 })
      expect(error.message).toContain("/login")
    })
  )

  it.scoped("a refresh token that the server never gave is refused by proof, and revoked without complaint", () =>
    Effect.gen(function* () {
      const { issuer } = yield* both()
      expect(yield* Effect.flip(issuer.renew(held))).toMatchObject({ _tag: "SessionExpired", reason: "Refused" })
      yield* issuer.revoke(held)
    })
  )
})
