import { assert, describe, it } from "@effect/vitest"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { vi } from "vitest"
import { client, failure } from "./support/serving.js"

const { password, username } = Accounts.ada

const directory = Effect.acquireRelease(
  Effect.promise(() => Fs.mkdtemp(Path.join(Os.tmpdir(), "client-"))),
  (path) => Effect.promise(() => Fs.rm(path, { recursive: true, force: true }))
)

describe("a client with a store", () => {
  for (const sealing of ["none", "keyFile"] as const) {
    it.scopedLive(`files, ${sealing}: the next client is still signed in, and follows a sign-out elsewhere`, () =>
      Effect.gen(function* () {
        const server = yield* DevServer.make()
        const store = { directory: yield* directory, sealing }
        const first = yield* client({ server: server.url, store })
        yield* Effect.promise(() => first.signIn({ username, password }))
        const second = yield* client({ server: server.url, store })
        assert.strictEqual((yield* Effect.promise(() => second.fetch("/services"))).status, 200)
        assert.strictEqual((yield* server.control.counts).logins, 1)
        const states = second.states()[Symbol.asyncIterator]()
        assert.strictEqual((yield* Effect.promise(() => states.next())).value?._tag, "SignedIn")
        const next = states.next()
        yield* Effect.promise(() => first.signOut())
        assert.strictEqual((yield* Effect.promise(() => next)).value?._tag, "SignedOut")
      })
    )
  }

  it.scopedLive("a store that cannot be had is told at once, and every warning is one of Node's", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const path = yield* directory
      yield* Effect.promise(() => Fs.writeFile(Path.join(path, "file"), ""))
      const one = yield* client({ server: server.url, store: { directory: Path.join(path, "file") } })
      assert.deepInclude(yield* failure(one.signIn({ username, password })), { code: "StoreUnavailable" })
    })
  )

  it.scopedLive(
    "takes the credential of the environment, and warns of a line break at its end without quoting it",
    () =>
      Effect.gen(function* () {
        const server = yield* DevServer.make()
        vi.stubEnv("MLS_USERNAME", username)
        vi.stubEnv("MLS_PASSWORD", `${password}\n`)
        const emitted = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined)
        yield* Effect.addFinalizer(() =>
          Effect.sync(() => {
            vi.unstubAllEnvs()
            emitted.mockRestore()
          })
        )
        const one = yield* client({ server: server.url })
        assert.deepInclude(yield* failure(one.fetch("/services")), { code: "CredentialRejected" })
        const [warning, type] = emitted.mock.calls[0] ?? []
        assert.deepStrictEqual([/line break/.test(String(warning)), type], [true, "MlServerAuthWarning"])
        assert.notInclude(JSON.stringify(emitted.mock.calls), password)
        vi.stubEnv("MLS_PASSWORD", password)
        const other = yield* client({ server: server.url })
        assert.strictEqual((yield* Effect.promise(() => other.fetch("/services"))).status, 200)
      })
  )
})
