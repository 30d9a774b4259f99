import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Keyring from "./Keyring.js"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const byPassword = ["--user", "grace", "--password-stdin"]
const stdin = Servers.passwords.grace

const withKeyring = Effect.gen(function* () {
  const keyring = yield* Keyring.make
  return { ...(yield* Servers.make({}, Sandbox.makeOf(keyring.entry))), keyring }
})

/** Where `mls status` says that the tokens are. */
const kindOf = ({ stdout }: Sandbox.Ended) =>
  (Sandbox.jsonOf(stdout) as { readonly store: { readonly kind: string } }).store.kind

const listOf = (directory: string) => Effect.promise(() => Fs.readdir(directory))

describe("tokens at rest, where nobody chose", () => {
  it.scopedLive(
    "are sealed with a key in a file where there is no keyring: said by the first login, and by no other command",
    () =>
      Effect.gen(function* () {
        const { control, mls, state, url } = yield* Servers.make()
        const login = yield* mls(["login", url, ...byPassword], { stdin })
        assert.strictEqual(login.code, 0, login.stderr)
        const file = Path.join(state, "store.key")
        assert.strictEqual(login.stderr.split("! The tokens are encrypted with a key in").length, 2)
        assert.include(login.stderr, file)
        assert.include(login.stderr, "Set MLS_STORE=encrypted to choose this without the message")
        yield* control.expireAccessTokens
        for (const args of [["status"], ["api", "services"], ["token"]]) {
          const { code, stderr } = yield* mls(args, { answersSecrets: true })
          assert.strictEqual(code, 0, stderr)
          assert.notInclude(stderr, "sealed")
        }
        assert.include((yield* mls(["status"])).stdout, `encrypted with the key in ${file}`)
        for (const env of [{}, { MLS_STORE: "encrypted" }]) {
          const again = yield* mls(["login", "--force", ...byPassword], { stdin, env })
          assert.strictEqual(again.code, 0, again.stderr)
          assert.notInclude(again.stderr, "!")
        }
        const elsewhere = yield* mls(["login", url, "-p", "other", ...byPassword], { stdin })
        assert.include(elsewhere.stderr, "! The tokens are encrypted with a key in")
      })
  )

  it.scopedLive("are sealed with a key in the keyring where there is one, which each command asks once at most", () =>
    Effect.gen(function* () {
      const { control, keyring, mls, state, url } = yield* withKeyring
      const login = yield* mls(["login", url, ...byPassword], { stdin })
      assert.strictEqual(login.code, 0, login.stderr)
      assert.include(login.stderr, "encrypted with a key in the keyring")
      assert.notInclude(login.stderr, "!")
      assert.include(yield* listOf(state), "store.keyring")
      assert.notInclude(yield* listOf(state), "store.key")
      yield* mls(["login", url, ...byPassword, "--profile", "second"], { stdin })
      yield* keyring.asked
      yield* control.expireAccessTokens
      for (const args of [["api", "services"], ["status"], ["status", "--all"]]) {
        assert.strictEqual((yield* mls(args)).code, 0)
        assert.strictEqual(yield* keyring.asked, 1, args.join(" "))
      }
      assert.strictEqual((yield* control.counts).refreshes, 1)
      assert.strictEqual(kindOf(yield* mls(["status", "--json"])), "keyring")
    })
  )

  it.scopedLive("stay in the keyring's care when it is locked later: nothing is taken for gone, or put elsewhere", () =>
    Effect.gen(function* () {
      const { keyring, mls, records, state, url } = yield* withKeyring
      yield* mls(["login", url, ...byPassword], { stdin })
      yield* mls(["login", url, ...byPassword, "--profile", "second"], { stdin, env: { MLS_STORE: "encrypted" } })
      const before = yield* records
      yield* keyring.lock
      const refused = yield* mls(["api", "services"])
      assert.strictEqual(refused.code, 3, refused.stderr)
      assert.match(refused.stderr, /keyring is locked|does not return the key/)
      const all = yield* mls(["status", "--all"])
      assert.strictEqual(all.code, 0, all.stderr)
      assert.match(all.stdout, /^● 127\.0\.0\.1 +\? +password +cannot be read: .*keyring/m)
      assert.match(all.stdout, /^○ second +grace +password +access 60 min .* encrypted$/m)
      const { stdout } = yield* mls(["status", "--all", "--json"])
      assert.match(stdout, /"signedIn":null,"usable":false,"error":\{"code":"StoreUnavailable",.*"docs":"http/)
      assert.deepStrictEqual(yield* records, before)
      yield* keyring.unlock
      assert.strictEqual((yield* mls(["api", "services"])).code, 0)
      assert.include(yield* listOf(state), "store.keyring")
    })
  )

  it.scopedLive("are replaced by a sign-in also where the keyring is locked: a person is not locked out by it", () =>
    Effect.gen(function* () {
      const { keyring, mls, records, url } = yield* withKeyring
      yield* mls(["login", url, ...byPassword], { stdin })
      yield* keyring.lock
      const chosen = yield* mls(["login", ...byPassword, "--store", "keyring"], { stdin })
      assert.strictEqual(chosen.code, 3, chosen.stderr)
      const login = yield* mls(["login", ...byPassword], { stdin })
      assert.strictEqual(login.code, 0, login.stderr)
      assert.include(login.stderr, "The stored session cannot be read, and a sign-in replaces it")
      assert.include(login.stderr, "because the keyring is locked")
      assert.strictEqual((yield* mls(["api", "services"])).code, 0)
      assert.strictEqual(kindOf(yield* mls(["status", "--json"])), "encrypted")
      assert.strictEqual((yield* records).length, 1)
    })
  )

  it.scopedLive("are deleted by logout also where the keyring is locked, which cannot tell the server then", () =>
    Effect.gen(function* () {
      const { control, keyring, mls, records, url } = yield* withKeyring
      yield* mls(["login", url, ...byPassword], { stdin })
      yield* keyring.lock
      const logout = yield* mls(["logout", "--json"])
      assert.strictEqual(logout.code, 0, logout.stderr)
      assert.deepStrictEqual(Sandbox.jsonOf(logout.stdout), {
        server: url,
        wasSignedIn: true,
        revocation: "unreachable",
        forgotten: null
      })
      assert.deepStrictEqual(yield* records, [])
      assert.strictEqual((yield* control.counts).revocations, 0)
      assert.include((yield* mls(["logout"])).stderr, "No user was signed in")
    })
  )

  it.scopedLive(
    "in clear are not used where somebody chose a store that seals: exit 3; login moves them, logout ends them",
    () =>
      Effect.gen(function* () {
        const { control, mls, url } = yield* Servers.make()
        const file = { env: { MLS_STORE: "file" } }
        const encrypted = { env: { MLS_STORE: "encrypted" } }
        yield* mls(["login", url, ...byPassword], { stdin, ...file })
        for (const args of [["api", "services"], ["token"], ["refresh"], ["services", "list"]]) {
          const { code, stderr } = yield* mls(args, encrypted)
          assert.strictEqual(code, 3, `${args.join(" ")}: ${stderr}`)
          assert.include(stderr, "is in clear")
        }
        assert.strictEqual((yield* control.counts).refreshes, 0)
        assert.strictEqual(kindOf(yield* mls(["status", "--json"], encrypted)), "file")
        assert.strictEqual((yield* mls(["login", "--store", "encrypted"])).code, 0)
        assert.strictEqual((yield* mls(["api", "services"], encrypted)).code, 0)
        yield* mls(["login", url, ...byPassword, "--force"], { stdin, ...file })
        yield* control.resetCounts
        assert.strictEqual((yield* mls(["logout"], encrypted)).code, 0)
        assert.strictEqual((yield* control.counts).revocations, 1)
      })
  )

  it.scopedLive("in clear from an older version are read, and sealed by the next write", () =>
    Effect.gen(function* () {
      const { control, home, mls, records, state, url } = yield* Servers.make()
      yield* mls(["login", url, ...byPassword], { stdin, env: { MLS_STORE: "file" } })
      const config = Path.join(home, "config", "mls", "config.json")
      yield* Effect.promise(() =>
        Fs.writeFile(config, JSON.stringify({ version: 2, default: "old", profiles: [{ name: "old", url }] }))
      )
      assert.strictEqual(kindOf(yield* mls(["status", "--json"])), "file")
      yield* control.expireAccessTokens
      assert.strictEqual((yield* mls(["api", "services"])).code, 0)
      assert.strictEqual(kindOf(yield* mls(["status", "--json"])), "encrypted")
      const [record = ""] = yield* records
      assert.notInclude(yield* Effect.promise(() => Fs.readFile(Path.join(state, record), "utf8")), "grace")
    })
  )
})

describe("a store that was chosen", () => {
  it.scopedLive("and is not there fails before anybody types a password: exit 3, nothing sent or stored", () =>
    Effect.gen(function* () {
      const { control, home, mls, url } = yield* Servers.make()
      for (const run of [
        mls(["login", url, ...byPassword, "--store", "keyring"], { stdin }),
        mls(["login", url, ...byPassword], { stdin, env: { MLS_STORE: "keyring" } })
      ]) {
        const { code, stderr } = yield* run
        assert.strictEqual(code, 3, stderr)
        assert.include(stderr, "@napi-rs/keyring is not installed")
        assert.include(stderr, "`--store encrypted`, or MLS_STORE=encrypted")
      }
      assert.strictEqual((yield* control.counts).requests, 0)
      assert.notInclude(yield* listOf(home), "config")
      assert.notInclude(yield* listOf(home), "state")
    })
  )

  it.scopedLive("is kept for the profile, and strict in every command that could renew", () =>
    Effect.gen(function* () {
      const { control, keyring, mls, url } = yield* withKeyring
      const login = yield* mls(["login", url, ...byPassword, "--store", "keyring"], { stdin })
      assert.strictEqual(login.code, 0, login.stderr)
      yield* control.expireAccessTokens
      yield* keyring.lock
      yield* control.resetCounts
      assert.strictEqual((yield* mls(["token"], { answersSecrets: true })).code, 3)
      assert.strictEqual((yield* control.counts).requests, 0)
      yield* keyring.unlock
      assert.strictEqual((yield* mls(["token"], { answersSecrets: true })).code, 0)
      assert.strictEqual(kindOf(yield* mls(["status", "--json"])), "keyring")
    })
  )

  it.scopedLive("that a renewed token could not be put into keeps the session as it is: exit 3, nothing sent", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      yield* control.expireAccessTokens
      yield* control.resetCounts
      const env = { MLS_STORE: "keyring" }
      for (const args of [
        ["api", "services"],
        ["token", "--force-refresh"],
        ["status", "--check"]
      ]) {
        assert.strictEqual((yield* mls(args, { env })).code, 3)
      }
      assert.strictEqual((yield* control.counts).requests, 0)
      assert.strictEqual((yield* mls(["api", "services"])).code, 0)
    })
  )

  it.scopedLive("moves a live session that login leaves alone otherwise", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      const moved = yield* mls(["login", "--store", "file"], { env: { MLS_STORE: "file" } })
      assert.strictEqual(moved.code, 0, moved.stderr)
      const status = yield* mls(["status"])
      assert.match(status.stdout, /^Stored in .*not encrypted \(readable by you only\)$/m)
      assert.strictEqual((yield* mls(["login", "--store", "encrypted"])).code, 0)
      assert.strictEqual(kindOf(yield* mls(["status", "--json"])), "encrypted")
      assert.strictEqual((yield* control.counts).logins, 1)
    })
  )

  it.scopedLive("of memory keeps nothing: no sign-in, but a credential of the environment works", () =>
    Effect.gen(function* () {
      const { control, home, mls, url } = yield* Servers.make()
      const env = { MLS_STORE: "memory" }
      for (const run of [
        mls(["login", url, ...byPassword], { stdin, env }),
        mls(["login", url, ...byPassword, "--store", "memory"], { stdin })
      ]) {
        const { code, stderr } = yield* run
        assert.strictEqual(code, 2, stderr)
        assert.include(stderr, "MLS_ACCESS_TOKEN")
      }
      assert.strictEqual((yield* control.counts).requests, 0)
      const program = { ...env, MLS_HOST: url, MLS_USERNAME: "grace", MLS_PASSWORD: stdin }
      assert.strictEqual((yield* mls(["api", "services"], { env: program })).code, 0)
      assert.strictEqual((yield* mls(["api", "services"], { env: program })).code, 0)
      assert.strictEqual((yield* control.counts).logins, 2)
      assert.deepStrictEqual(yield* listOf(home), [])
    })
  )

  it.scopedLive("that does not exist is exit 2", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.makeSignedIn()
      const { code, stderr } = yield* mls(["status"], { env: { MLS_STORE: "plaintext" } })
      assert.strictEqual(code, 2)
      assert.include(stderr, "keyring, encrypted, file, memory")
    })
  )
})
