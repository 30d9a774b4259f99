/** An engine, a server, who has signed in there, and programs that share both. */
import { Credential, CredentialSource, MlServerAuth, Session, Token, TokenKey, TokenStore } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as NodeHttp from "@mlserver-auth/node/NodeHttp"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type Engine, PATIENT, type Way } from "./engine.js"
import type { Start } from "./programs.js"

export interface Wishes {
  readonly many: number
  readonly lease?: number
  /** Milliseconds, of every second program. */
  readonly ahead?: number
}

export const world = (engine: Engine, way: Way, start: Start, { ahead = 0, lease = 15_000, many }: Wishes) =>
  Effect.gen(function* () {
    const running = yield* engine.server
    const server = yield* DevServer.make()
    const key = TokenKey.make({ issuer: server.url })
    const [at, place] = [running.at, "shared"]
    const store = yield* way.store(at, place, PATIENT)
    /** By a program of its own. */
    const signIn = Effect.provide(
      Effect.flatMap(Session.Session, (session) => session.signIn(Credential.usernamePassword(Accounts.ada))),
      MlServerAuth.layer({ server: server.url }).pipe(
        Layer.provide([
          NodeHttp.layer({ proxy: "none" }),
          Layer.succeed(TokenStore.TokenStore, store),
          CredentialSource.layerNone
        ])
      )
    )
    yield* signIn
    // A server that answers at once would hide that others ask meanwhile.
    yield* server.control.delay({ on: "refresh", duration: "50 millis" })
    const programs = yield* Effect.forEach(
      Array.from({ length: many }, (_, program) => program % 2 === 1),
      (isOdd) => start({ way: way.name, at, place, url: server.url, lease, ahead: isOdd ? ahead : 0 }),
      { concurrency: 4 }
    )
    /** Known to the programs, which read it in the store, and to the server. */
    const expire = Effect.gen(function* () {
      const token = Option.getOrThrow(yield* store.read(key))
      const { accessToken, clockDifference, obtainedAt, refreshToken } = token
      const expired = { accessToken, clockDifference, obtainedAt, refreshToken, expiresAt: 1 }
      yield* store.write(key, Token.next(token, expired))
      yield* server.control.expireAccessTokens
      yield* server.control.resetCounts
    })
    /** Every program makes its requests in a session of its own. */
    const everyone = (times = 1, locked = true) =>
      Effect.map(
        Effect.forEach(programs, ({ ask }) => ask({ _tag: "Request", times, locked }), { concurrency: "unbounded" }),
        (answers) => answers.flat()
      )
    /** Everyone, with the one renewal that it takes held back at the server until the gate is opened. */
    const renewing = Effect.gen(function* () {
      yield* expire
      const gate = yield* server.control.hold("refresh")
      const working = yield* Effect.fork(everyone())
      yield* gate.awaitWaiting()
      return { gate, working }
    })
    return { ...server, engine: running, key, store, programs, signIn, expire, everyone, renewing }
  })
