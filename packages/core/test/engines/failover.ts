/** An engine that another one follows, which takes its place before it has the newest record. */
import {
  Credential,
  CredentialSource,
  MlServerAuth,
  type Session,
  Token,
  TokenKey,
  TokenStore
} from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as NodeHttp from "@mlserver-auth/node/NodeHttp"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"

export interface Pair {
  readonly primary: TokenStore.Service
  /** A store on the one that follows. */
  readonly follower: TokenStore.Service
  /** Ends when the follower has what was written last. */
  readonly caughtUp: Effect.Effect<void>
  /** From now on the follower hears of nothing any more. */
  readonly part: Effect.Effect<void>
  /** The primary is gone, and its follower takes writes. */
  readonly promote: Effect.Effect<void>
}

/** Who holds the newest pair goes on, saves it in the new primary, and no refresh token is used twice. */
export const isSurvived = ({ caughtUp, follower, part, primary, promote }: Pair) =>
  Effect.gen(function* () {
    const { control, url } = yield* DevServer.make()
    // As a client that finds the primary by its name does.
    let current = primary
    const store: TokenStore.Service = {
      read: (key) => Effect.suspend(() => current.read(key)),
      write: (key, next, over) => Effect.suspend(() => current.write(key, next, over)),
      remove: (key, only) => Effect.suspend(() => current.remove(key, only)),
      exclusive: (key) => (effect) => Effect.suspend(() => current.exclusive(key)(effect)),
      watch: (key) => Effect.suspend(() => current.watch(key))
    }
    const http = yield* Layer.build(NodeHttp.layer({ proxy: "none" }))
    const auth = MlServerAuth.make({ server: url }).pipe(
      Effect.provide(http),
      Effect.provideService(CredentialSource.CredentialSource, CredentialSource.none),
      Effect.provideService(TokenStore.TokenStore, store)
    )
    const { session }: { readonly session: Session.Service } = yield* auth
    const first = yield* session.signIn(Credential.usernamePassword(Accounts.ada))
    yield* caughtUp
    yield* part
    const second = yield* session.renew(first)
    yield* promote
    current = follower
    // It is behind, or this would show nothing.
    const found = yield* follower.read(TokenKey.make({ issuer: url }))
    assert.isTrue(Token.isSame(Option.getOrThrow(found), first))
    assert.strictEqual((yield* session.renew(second)).generation, 3)
    // After that: one that has read the older pair before is told by news, which may still be on their way.
    const started = (yield* auth).session
    assert.strictEqual((yield* started.renew(second)).generation, 3)
    assert.deepInclude(yield* control.counts, { refreshes: 2, reusedRefreshTokens: 0, logins: 1 })
  })
