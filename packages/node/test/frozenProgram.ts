/** A program that renews a token, and is not there when the answer comes: stopped from outside, or busy with itself. */
import { Credential, MlServerIssuer, ServerEndpoint, type Token } from "@mlserver-auth/core"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Fs from "node:fs"
import * as NodeHttp from "../src/NodeHttp.js"

/** What the program is started with. */
export interface Order {
  readonly server: string
  /** Milliseconds that the answer to the renewal may take, for the issuer and for the transport. */
  readonly limit: number
}

const order = JSON.parse(process.argv[2] ?? "") as Order

/** Announces it, and keeps the thread for longer than the limit. */
const busy = () => {
  Fs.writeSync(1, "busy\n")
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, order.limit * 2)
}
process.stdin.once("data", busy)

const program = Effect.gen(function* () {
  const endpoint = yield* ServerEndpoint.make(order.server)
  const signIn = yield* MlServerIssuer.make({ endpoint })
  const first = yield* signIn.grant(Credential.usernamePassword({ username: "ada", password: "canary-password" }))
  const { renew } = yield* MlServerIssuer.make({ endpoint, timeout: order.limit })
  const renewed = yield* Effect.either(renew(first))
  return Either.match(renewed, {
    onLeft: (error) => `${error._tag} ${"reason" in error ? error.reason : ""}`,
    onRight: (token: Token.Token) => Redacted.value(token.accessToken)
  })
}).pipe(Effect.provide(NodeHttp.layer({ proxy: "none", headersTimeout: order.limit })))

const said = await Effect.runPromise(program)
Fs.writeSync(1, `${said}\n`)
process.exit()
