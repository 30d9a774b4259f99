import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { AuthError } from "@mlserver-auth/core"
import { plain } from "@mlserver-auth/core/promises"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import { connect, type MlServerAuthError, users } from "../src/index.js"
import { client, failure, listen } from "./support/serving.js"

const { password, username } = Accounts.ada
const credential = { username, password }
const server = "https://mlserver.contoso.com:12800"

/** One error of core for each tag, with what must be found of it. */
const CORE: ReadonlyArray<readonly [AuthError.AuthError, Partial<MlServerAuthError>]> = [
  [new AuthError.ConfigurationInvalid({ setting: "server", problem: "p", fix: "f" }), { reason: "", fix: "f" }],
  [new AuthError.CredentialRequired({ reason: "SignedOut", detail: "" }), { reason: "SignedOut", fix: "Sign in." }],
  [new AuthError.CredentialRejected({ reason: "InvalidCredentials", server }), { reason: "InvalidCredentials" }],
  [new AuthError.InteractionRequired({ reason: "MultiFactorRequired", server }), { reason: "MultiFactorRequired" }],
  [new AuthError.SessionExpired({ reason: "LostAnswer", server }), { reason: "LostAnswer", retryable: false }],
  [
    new AuthError.RequestUnauthorized({ reason: "NotReplayable", method: "POST", url: server, challenge: "" }),
    { reason: "NotReplayable", retryable: true }
  ],
  [
    new AuthError.ServerUnavailable({ operation: "renewal", server, reason: "Status", status: 503, retryAfter: 7000 }),
    { reason: "Status", retryable: true, retryAfter: 7000 }
  ],
  [
    new AuthError.RenewalUncertain({ server, reason: "Status", status: 502, retryAfter: 3000 }),
    { reason: "Status", retryable: true, retryAfter: 3000 }
  ],
  [
    new AuthError.InvalidResponse({ operation: "sign-in", server, status: 200, problem: "it is HTML" }),
    { reason: "", retryable: false }
  ],
  [
    new AuthError.StoreUnavailable({ operation: "lock", problem: "p", fix: "f", retryable: true, reason: "Held" }),
    { reason: "Held", retryable: true, fix: "f" }
  ]
]

describe("an MlServerAuthError", () => {
  for (const [error, expected] of CORE) {
    it(`has what ${error._tag} has`, () => {
      const found = plain(error)
      assert.instanceOf(found, Error)
      assert.deepInclude(found, { name: "MlServerAuthError", code: error._tag, ...expected })
      assert.deepInclude(found, { message: error.message, fix: error.fix, retryable: error.retryable })
    })
  }

  it.scopedLive("tells by its code what became of a call", () =>
    Effect.gen(function* () {
      const dev = yield* DevServer.make()
      const one = yield* client({ server: dev.url })
      const unreachable = yield* client({ server: "http://127.0.0.1:1", credential: { accessToken: "t" } })
      const asked = yield* client({ server: "http://127.0.0.1:1", credential })
      const table: ReadonlyArray<readonly [string, () => Promise<unknown>, Partial<MlServerAuthError>]> = [
        ["no address", () => connect({ server: "mlserver" }), { code: "ConfigurationInvalid" }],
        ["nobody there", () => one.fetch("/services"), { code: "CredentialRequired", reason: "NotSignedIn" }],
        ["nobody to ask", () => one.signIn(), { code: "CredentialRequired", reason: "NotInteractive" }],
        ["wrong password", () => one.signIn({ username, password: "no" }), { code: "CredentialRejected" }],
        ["no server", () => unreachable.fetch("/x"), { code: "RequestFailed", reason: "Transport", retryable: true }],
        ["no issuer", () => asked.fetch("/x"), { code: "ServerUnavailable", reason: "Transport", retryable: true }]
      ]
      for (const [what, call, expected] of table) assert.deepInclude(yield* failure(call()), expected, what)
      yield* Effect.promise(() => one.signIn(credential))
      yield* dev.control.revokeSessions()
      assert.deepInclude(yield* failure(one.fetch("/services")), { code: "SessionExpired", reason: "Refused" })
      yield* Effect.promise(() => one.signIn(credential))
      yield* dev.control.failNext({ on: "refresh", status: 503, retryAfter: "7" })
      yield* dev.control.revokeAccessTokens()
      assert.deepInclude(yield* failure(one.fetch("/services")), { code: "RenewalUncertain", retryAfter: 7000 })
    })
  )
})

describe("options by hand", () => {
  const refused: ReadonlyArray<readonly [string, () => Promise<unknown>, RegExp]> = [
    ["none", () => Reflect.apply(connect, undefined, []), /options: not an object/],
    ["misspelt", () => connect({ server, loginpath: "/x" } as never), /loginpath: .*Did you mean loginPath\?/],
    ["an unknown store", () => connect({ server, store: "files" as "file" }), /store: .*Did you mean file\?/],
    [
      "half a credential",
      () => connect({ server, credential: { username } as never }),
      /credential\.password: missing/
    ],
    [
      "two credentials",
      () => connect({ server, credential: { accessToken: "s3cr3t", deviceCode: true } as never }),
      /credential\.deviceCode: given beside accessToken/
    ],
    ["of entra", () => connect({ server, entra: { tenant: 7 } as never }), /entra\.tenant: not a text/],
    ["of users", () => users({ server, principal: "ada" } as never), /principal: there is no such option/]
  ]
  for (const [what, call, words] of refused) {
    it.live(`${what}: refused, and no value is repeated`, () =>
      Effect.gen(function* () {
        const error = yield* failure(call())
        assert.deepInclude(error, { code: "ConfigurationInvalid", retryable: false })
        assert.match(error.message, words)
        assert.notInclude(error.message, "s3cr3t")
      })
    )
  }
})

describe("no secret", () => {
  it.scopedLive("is in anything that a client, its answers, states and errors show, or that is printed", () =>
    Effect.gen(function* () {
      const dev = yield* DevServer.make()
      const printed: Array<string> = []
      const warned = (warning: Error) => printed.push(String(warning), inspect(warning))
      process.on("warning", warned)
      yield* Effect.addFinalizer(() => Effect.sync(() => process.off("warning", warned)))
      const one = yield* client({ server: dev.url, credential })
      const state = yield* Effect.promise(() => one.signIn())
      const secrets = [password, (yield* Effect.promise(() => one.authorization())).replace("Bearer ", "")]
      const answer = yield* Effect.promise(() => one.fetch("/services"))
      yield* dev.control.failNext({ on: "refresh", status: 500 })
      yield* dev.control.revokeAccessTokens()
      const uncertain = yield* failure(one.fetch("/services?token=q-s3cr3t"))
      const rejected = yield* failure(one.signIn({ username, password: "wr0ng-s3cr3t" }))
      const broken = yield* listen((_, outgoing) => outgoing.destroy())
      const other = yield* client({ server: broken, credential: { accessToken: "t0ken-s3cr3t" } })
      const body = "b0dy-s3cr3t"
      const failed = yield* failure(other.fetch("/x?q-s3cr3t", { method: "POST", body }))
      const line = yield* client({ server: dev.url, credential: { username, password: `${password}\n` } })
      const refused = yield* failure(line.fetch("/services"))
      const signOut = yield* Effect.promise(() => one.signOut())
      for (const shown of [one, other, state, answer, answer.headers, uncertain, rejected, failed, refused, signOut]) {
        printed.push(inspect(shown, { depth: 12, showHidden: true, getters: true }), inspect(shown))
        printed.push(JSON.stringify(shown) ?? "")
        if (shown instanceof Error) printed.push(shown.stack ?? "", String(shown))
      }
      for (const secret of [...secrets, "s3cr3t"]) assert.notInclude(printed.join("\n"), secret)
    })
  )
})
