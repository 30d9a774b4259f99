import { Credential, Sessions, TokenStore } from "@mlserver-auth/core"
import { Accounts, AzureDirectory, DevServer } from "@mlserver-auth/dev-server"
import { NodeAuth } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Authority from "./authority.js"

const http = { proxy: "none" } as const
const people = [Accounts.ada, Accounts.olga]

const signIn = ({ password, username }: { readonly username: string; readonly password: string }) =>
  Effect.gen(function* () {
    const { session } = yield* (yield* Sessions.Sessions).get(username)
    return yield* session.signIn(Credential.usernamePassword({ username, password }))
  })

const whoami = ({ username }: { readonly username: string }) =>
  Effect.gen(function* () {
    const { client, session } = yield* (yield* Sessions.Sessions).get(username)
    const response = yield* client.get("/services")
    yield* response.text
    return [(yield* session.token).principal, response.status]
  })

const EACH = people.map(({ username }) => [username, 200])

describe("NodeAuth.layerSessions", () => {
  it.scopedLive("each user signs in and calls with their own token; another program finds them in the files", () =>
    Effect.gen(function* () {
      const { control, url: server } = yield* DevServer.make()
      const directory = yield* Authority.directory
      const Users = () => NodeAuth.layerSessions({ server, http, store: { directory, sealing: "keyFile" } })
      yield* Effect.provide(Effect.forEach(people, signIn), Users())
      const found = yield* Effect.provide(Effect.forEach(people, whoami), Users())
      assert.deepStrictEqual(found, EACH)
      assert.strictEqual((yield* control.counts).logins, 2)
    })
  )

  it.scopedLive("what another program does with a user's files is done here too, for each user and no other", () =>
    Effect.gen(function* () {
      const { control, url: server } = yield* DevServer.make()
      const directory = yield* Authority.directory
      const Users = () => NodeAuth.layerSessions({ server, http, store: { directory } })
      yield* Effect.provide(Effect.forEach(people, signIn), Users())
      const here = Context.get(yield* Layer.build(Users()), Sessions.Sessions)
      const running = ({ username }: { readonly username: string }) =>
        Effect.flatMap(here.get(username), ({ session }) => Effect.as(session.token, session))
      const [ada, olga] = yield* Effect.all([running(Accounts.ada), running(Accounts.olga)])
      const leave = Effect.flatMap(Sessions.Sessions, ({ get }) =>
        Effect.flatMap(get(Accounts.ada.username), ({ session }) => session.signOut)
      )
      yield* Effect.provide(leave, Users())
      yield* Stream.runDrain(Stream.takeUntil(ada.changes, () => ada.tokenIfFresh() === undefined))
      assert.strictEqual((yield* ada.peek)._tag, "SignedOut")
      assert.isDefined(olga.tokenIfFresh())
      assert.deepInclude(yield* control.counts, { refreshes: 0, revocations: 1 })
    })
  )

  it.scopedLive("with a store of the application's, as one that machines share", () =>
    Effect.gen(function* () {
      const { url: server } = yield* DevServer.make()
      const store = yield* TokenStore.makeMemory
      const Users = () => NodeAuth.layerSessions({ server, http, store: Layer.succeed(TokenStore.TokenStore, store) })
      yield* Effect.provide(Effect.forEach(people, signIn), Users())
      assert.deepStrictEqual(yield* Effect.provide(Effect.forEach(people, whoami), Users()), EACH)
    })
  )

  it.scopedLive("in the cloud the same", () =>
    Effect.gen(function* () {
      const { azure, url: server } = yield* DevServer.make({ azure: {} })
      const Users = NodeAuth.layerSessions({ server, http, entra: azure })
      const { username } = AzureDirectory.ada
      const found = yield* Effect.provide(Effect.zipRight(signIn(AzureDirectory.ada), whoami({ username })), Users)
      assert.deepStrictEqual(found, [username, 200])
    })
  )

  it.scopedLive("an address that is refused is told where the layer is built", () =>
    Effect.gen(function* () {
      const Users = NodeAuth.layerSessions({ server: "http://mlserver.contoso.com", http })
      const error = yield* Effect.flip(Effect.provide(whoami(Accounts.ada), Users))
      assert.strictEqual(error._tag, "ConfigurationInvalid")
    })
  )
})
