import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { assertFailed, check, those } from "./DoctorReading.js"
import type * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const posix = process.getuid !== undefined

const offline = ["doctor", "--offline", "--json"]

const recordIn = (server: Sandbox.Sandbox) => Effect.map(server.records, ([name = ""]) => Path.join(server.state, name))

const modeOf = (path: string) => Effect.promise(async () => (await Fs.stat(path)).mode & 0o777)

describe("mls doctor on files that cannot be used", () => {
  it.scopedLive("a configuration that is none: exit 3, and it stays", () =>
    Effect.gen(function* () {
      const { home, mls } = yield* Servers.makeSignedIn()
      const path = Path.join(home, "config", "mls", "config.json")
      yield* Effect.promise(() => Fs.writeFile(path, "{ nothing"))
      const ended = yield* mls(offline)
      assert.strictEqual(ended.code, 3)
      assertFailed(ended, "config", /config\.json/, /mls login URL/)
      assert.strictEqual(yield* Effect.promise(() => Fs.readFile(path, "utf8")), "{ nothing")
    })
  )

  it.scopedLive("a file in the place of the store: exit 3, whatever else is wrong", () =>
    Effect.gen(function* () {
      const { mls, state } = yield* Servers.makeSignedIn()
      yield* Effect.promise(() => Fs.rm(state, { recursive: true }))
      yield* Effect.promise(() => Fs.writeFile(state, ""))
      const ended = yield* mls(["doctor", "--server", "https://mls.invalid", "--timeout", "20s", "--json"])
      assert.strictEqual(ended.code, 3)
      assert.deepStrictEqual(those(ended, "FAIL"), ["store", "dns"])
      assertFailed(ended, "store", /no plain directory/, /mls login/)
      assert.deepStrictEqual(those(ended, "skip").slice(0, 2), ["lock", "token"])
    })
  )

  it.scopedLive.skipIf(!posix)(
    "a store and a record that others can read: the very chmod, which is not done for you",
    () =>
      Effect.gen(function* () {
        const server = yield* Servers.makeSignedIn()
        const record = yield* recordIn(server)
        for (const [path, loose, tight] of [
          [server.state, 0o755, 0o700],
          [record, 0o644, 0o600]
        ] as const) {
          yield* Effect.promise(() => Fs.chmod(path, loose))
          const ended = yield* server.mls(offline)
          assert.strictEqual(ended.code, 3)
          assert.strictEqual(check(ended, "store").fix, `chmod ${tight.toString(8)} ${path}`)
          assert.strictEqual(yield* modeOf(path), loose)
          yield* Effect.promise(() => Fs.chmod(path, tight))
        }
        assert.strictEqual((yield* server.mls(offline)).code, 0)
      })
  )

  it.scopedLive("a record that is none, and a key that is gone: exit 3, and nothing is set aside", () =>
    Effect.gen(function* () {
      const server = yield* Servers.makeSignedIn()
      const record = yield* recordIn(server)
      const key = Path.join(server.state, "store.key")
      yield* Effect.promise(() => Fs.rename(key, `${key}.away`))
      const keyless = yield* server.mls(offline)
      assert.strictEqual(keyless.code, 3)
      assertFailed(keyless, "store", /the key .* is gone/, /^mls login$/)
      yield* Effect.promise(() => Fs.rename(`${key}.away`, key))
      assert.strictEqual((yield* server.mls(offline)).code, 0)
      yield* Effect.promise(() => Fs.writeFile(record, "scribble"))
      const scribbled = yield* server.mls(offline)
      assert.strictEqual(scribbled.code, 3)
      assertFailed(scribbled, "store", /no record/, /mls login/)
      assert.strictEqual(yield* Effect.promise(() => Fs.readFile(record, "utf8")), "scribble")
    })
  )
})

describe("mls doctor on a record that another key sealed", () => {
  it.scopedLive("says that nobody is signed in any more, and why: exit 4", () =>
    Effect.gen(function* () {
      const { mls, state } = yield* Servers.makeSignedIn()
      const other = yield* Servers.makeSignedIn()
      const key = "store.key"
      yield* Effect.promise(() => Fs.copyFile(Path.join(other.state, key), Path.join(state, key)))
      const ended = yield* mls(offline)
      assert.strictEqual(ended.code, 4, ended.stdout)
      assertFailed(ended, "token", /could not decrypt the record with its key/, /^mls login /)
    })
  )
})

describe("mls doctor on a lock", () => {
  it.scopedLive("names who holds it; one that a dead process left is no failure, and is left alone", () =>
    Effect.gen(function* () {
      const server = yield* Servers.makeSignedIn()
      const lock = (yield* recordIn(server)).replace(/\.json$/, ".lock")
      yield* server.control.expireAccessTokens
      const gate = yield* server.control.hold("refresh")
      // A process: only one that was killed leaves a lock.
      const renewing = yield* server.startProcess(["api", "services"])
      yield* gate.awaitWaiting()
      const held = yield* server.mls(offline)
      assert.match(check(held, "lock").message, /^held by process \d+ on .* for \d+ s/)
      assert.strictEqual(held.code, 0)
      yield* renewing.signal("SIGKILL")
      yield* renewing.ended
      const left = yield* server.mls(offline)
      assert.match(check(left, "lock").message, /^left by process \d+ on .*, which has ended/)
      assert.strictEqual(left.code, 0)
      yield* Effect.promise(() => Fs.access(lock))
    })
  )

  it.scopedLive("held by this very machine's living process for an hour is exit 8, with its number", () =>
    Effect.gen(function* () {
      const server = yield* Servers.makeSignedIn()
      const lock = (yield* recordIn(server)).replace(/\.json$/, ".lock")
      yield* server.control.expireAccessTokens
      const gate = yield* server.control.hold("refresh")
      yield* server.startProcess(["api", "services"])
      yield* gate.awaitWaiting()
      const text = yield* Effect.promise(() => Fs.readFile(lock, "utf8"))
      const { holder, since } = JSON.parse(text) as {
        readonly holder: { readonly pid: number }
        readonly since: number
      }
      yield* Effect.promise(() => Fs.writeFile(lock, text.replace(String(since), String(since - 3_600_000))))
      const ended = yield* server.mls(offline)
      assert.strictEqual(ended.code, 8)
      assert.strictEqual(check(ended, "lock").fix, `kill ${holder.pid}`)
      // As where a system does not tell when a process was started: the number may be another one's by now.
      const unproved = text.replace(String(since), String(since - 3_600_000)).replace(/"started":"\d+"/, '"x":0')
      yield* Effect.promise(() => Fs.writeFile(lock, unproved))
      const unknown = yield* server.mls(offline)
      assert.strictEqual(unknown.code, 8)
      assert.notMatch(check(unknown, "lock").fix ?? "", /kill/)
    })
  )
})
