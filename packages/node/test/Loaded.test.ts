/** What of Node a program loads that signs in and calls: each part that it does not need is work at its start. */
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { program } from "./program.js"
import { run } from "./programs.js"

/** Prints what Node has loaded by then; Node says it nowhere else. */
const LOADED = `process.stdout.write(process.moduleLoadList.join("\\n"))`

const HAND = `
  import { AuthHttpClient } from "@mlserver-auth/core/AuthHttpClient"
  import * as Credential from "@mlserver-auth/core/Credential"
  import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
  import * as MlServerAuth from "@mlserver-auth/core/MlServerAuth"
  import * as TokenStore from "@mlserver-auth/core/TokenStore"
  import * as NodeHttp from "@mlserver-auth/node/NodeHttp"
  import * as Effect from "effect/Effect"
  import * as Layer from "effect/Layer"
  const [server, username, password] = process.argv.slice(2)
  const Auth = MlServerAuth.layer({ server }).pipe(
    Layer.provide(NodeHttp.layer()),
    Layer.provide(TokenStore.layerMemory),
    Layer.provide(CredentialSource.layer(Credential.usernamePassword({ username, password })))
  )
  const call = Effect.flatMap(AuthHttpClient, (client) => client.get("/services"))
  const { status } = await Effect.runPromise(Effect.provide(call, Auth))
  if (status === 200) ${LOADED}`

/** The names of Node's own parts for which a call over plain http has no use. */
const NEEDLESS = ["internal/deps/undici/undici", "http2", "zlib", "tls", "https", "crypto"]

const needlessIn = (printed: string): ReadonlyArray<string> => {
  const loaded = printed.split("\n").map((name) => name.replace(/^NativeModule /, ""))
  assert.include(loaded, "http")
  return NEEDLESS.filter((name) => loaded.includes(name))
}

describe("what a program loads of Node", () => {
  it.scopedLive("that signs in and calls over plain http: neither TLS nor codings nor another HTTP client", () =>
    Effect.gen(function* () {
      const { url } = yield* DevServer.make()
      const { password, username } = Accounts.ada
      const printed = yield* run(process.execPath, [yield* program(HAND), url, username, password])
      assert.deepStrictEqual(needlessIn(printed), [])
    })
  )
})
