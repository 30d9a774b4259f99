/** Sessions that run while other programs sign in and out, over one directory. */
import { Credential, Session } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { NodeAuth } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Path from "node:path"
import * as Authority from "./authority.js"
import * as Processes from "./processes.js"

const { password, username } = Accounts.ada
const credential = Credential.usernamePassword({ username, password })

/** A session that runs, and what other programs do beside it. */
const running = Effect.gen(function* () {
  const server = yield* DevServer.make()
  const directory = Path.join(yield* Authority.directory, "state")
  const auth = NodeAuth.layer({ server: server.url, store: { directory }, http: { proxy: "none" } })
  const session = Context.get(yield* Layer.build(auth), Session.Session)
  const elsewhere = <A, E>(use: (session: Session.Service) => Effect.Effect<A, E>) =>
    Effect.provide(Effect.flatMap(Session.Session, use), Layer.fresh(auth))
  const until = (is: () => boolean) => Stream.runDrain(Stream.takeUntil(session.changes, is))
  return { ...server, directory, session, elsewhere, until }
})

describe("a session that runs", () => {
  it.scopedLive("follows a sign-in and a sign-out of other programs, also where it began before them all", () =>
    Effect.gen(function* () {
      const { control, elsewhere, session, until } = yield* running
      yield* Effect.flip(session.token)
      yield* elsewhere((other) => other.signIn(credential))
      yield* until(() => session.tokenIfFresh() !== undefined)
      assert.deepInclude(yield* session.peek, { _tag: "SignedIn", principal: username })
      assert.deepInclude(yield* control.counts, { logins: 1, refreshes: 0 })
      yield* elsewhere((other) => other.signOut)
      yield* until(() => session.tokenIfFresh() === undefined)
      assert.deepInclude(yield* session.peek, { _tag: "SignedOut" })
    })
  )

  it.scopedLive("takes over what another program has renewed, and costs no renewal more", () =>
    Effect.gen(function* () {
      const { control, directory, session, until, url } = yield* running
      const first = yield* session.signIn(credential)
      const program = yield* Effect.flatten(Processes.starter)
      yield* Effect.all([Processes.expire(directory), control.expireAccessTokens, control.resetCounts])
      const answer = yield* program.ask({ _tag: "Request", server: url, directory, times: 1, locked: true })
      assert.deepStrictEqual(answer, ["200"])
      yield* until(() => session.tokenIfFresh()?.generation === first.generation + 1)
      yield* session.renew(first)
      assert.deepInclude(yield* control.counts, { refreshes: 1, reusedRefreshTokens: 0 })
    })
  )
})
