/** A port of this machine that waits for one answer and hears no other, and may lead a browser to where it is given. */
import * as AuthorizationCode from "@mlserver-auth/core/AuthorizationCode"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { randomBytes } from "node:crypto"
import type * as NodeHttp from "node:http"
import type { AddressInfo } from "node:net"
import { Http } from "../builtins.js"
import { HEADERS, page } from "./page.js"

/** The name of this machine in an address. */
export type HostName = "127.0.0.1" | "localhost"

/** A port that is listened on until the scope closes. */
export interface Waiting {
  readonly origin: string
  readonly port: number
  /** The address of the one request that answers this one; the browser has its page by then. */
  readonly answerTo: (request: AuthorizationCode.AuthorizationRequest) => Effect.Effect<Redacted.Redacted<string>>
  /**
   * An address here that leads on to the request's own, once. For what other users of the machine can read, as the
   * arguments of a program: who knows the request can answer it, and sign the person in as another user.
   */
  readonly entranceTo: (request: AuthorizationCode.AuthorizationRequest) => string
}

/** Where a browser is sent on from. */
interface Entrance {
  readonly path: string
  readonly url: string
}

/** What is waited for; nothing yet at first. */
interface Expected {
  readonly request: AuthorizationCode.AuthorizationRequest
  readonly answer: Deferred.Deferred<Redacted.Redacted<string>>
}

/** More than a browser opens at once; and one short request does not take long. */
const LIMITS = { maxConnections: 32, headersTimeout: 5000, requestTimeout: 5000 } as const

/** Why no port could be had, as the system says it. */
export interface Unheard {
  readonly code: string
}

/** Listens on a free port of 127.0.0.1, and where the name may mean that too on the same port of ::1. */
export const listen = (name: HostName): Effect.Effect<Waiting, Unheard, Scope.Scope> =>
  Effect.gen(function* () {
    let expected: Expected | undefined
    let entrance: Entrance | undefined
    let origin = ""
    const listener: NodeHttp.RequestListener = (incoming, outgoing) => {
      const callback = origin + (incoming.url ?? "")
      const ours = incoming.method === "GET" && `http://${incoming.headers.host ?? ""}` === origin
      if (ours && entrance !== undefined && incoming.url === entrance.path) {
        const { url: location } = entrance
        // Who comes second learns nothing.
        entrance = undefined
        return void outgoing.writeHead(302, { ...HEADERS, location }).end()
      }
      if (!ours || expected === undefined || !AuthorizationCode.isAnswerTo(expected.request, callback)) {
        return void outgoing.writeHead(404, HEADERS).end()
      }
      const { answer, request } = expected
      // The second one finds nothing.
      expected = undefined
      const declined = AuthorizationCode.parametersOf(request, callback)?.has("error") === true
      outgoing.once("close", () => Deferred.unsafeDone(answer, Effect.succeed(Redacted.make(callback))))
      outgoing.writeHead(200, HEADERS).end(page(declined))
    }
    const port = yield* opened(listener, "127.0.0.1", 0)
    origin = `http://${name}:${port}`
    // Else another user of this machine could take it, and get what a browser sends to `localhost` by way of ::1.
    if (name === "localhost") {
      yield* Effect.catchIf(
        opened(listener, "::1", port),
        ({ code }) => ABSENT.has(code),
        () => Effect.void
      )
    }
    return {
      origin,
      port,
      entranceTo: ({ url }) => {
        const path = `/${randomBytes(16).toString("base64url")}`
        entrance = { path, url }
        return origin + path
      },
      answerTo: (request) =>
        Effect.gen(function* () {
          const answer = yield* Deferred.make<Redacted.Redacted<string>>()
          expected = { request, answer }
          return yield* Deferred.await(answer)
        })
    }
  })

/** This machine has no IPv6. */
const ABSENT: ReadonlySet<string> = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT"])

const opened = (
  listener: NodeHttp.RequestListener,
  host: string,
  port: number
): Effect.Effect<number, Unheard, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<NodeHttp.Server, Unheard>((resume) => {
      const server = Object.assign(Http.createServer(listener), LIMITS)
      server.once("error", ({ code = "unknown" }: NodeJS.ErrnoException) => resume(Effect.fail({ code })))
      server.listen({ host, port, exclusive: true }, () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  ).pipe(Effect.map((server) => (server.address() as AddressInfo).port))
