import { assert, describe, it } from "@effect/vitest"
import { AzureDirectory } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import { execFileSync } from "node:child_process"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import * as Person from "./Person.js"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

/** Signed in, and then the disk is gone that has the files whose path holds this. */
const onHangingDisk = (part: string) =>
  Effect.map(Servers.makeSignedIn(), ({ home, startProcess }) => {
    const pipe = Path.join(home, "never")
    execFileSync("mkfifo", [pipe])
    const preload = fileURLToPath(new URL("hangingDisk.cjs", import.meta.url))
    const env = { NODE_OPTIONS: `--require ${preload}`, MLS_TEST_HANGS: part, MLS_TEST_PIPE: pipe, MLS_TEST_TAP: "" }
    return { hanging: (args: ReadonlyArray<string>) => startProcess(args, { env }) }
  })

// A process is what gets a signal, and whose exit code says which it was.
describe("a signal", () => {
  it.scopedLive("ends a call that hangs: SIGINT is exit 130, SIGTERM 143", () =>
    Effect.gen(function* () {
      const { control, startProcess } = yield* Servers.makeSignedIn()
      for (const [signal, code] of [
        ["SIGINT", 130],
        ["SIGTERM", 143]
      ] as const) {
        const gate = yield* control.hold("api")
        const call = yield* startProcess(["api", "services"])
        yield* gate.awaitWaiting()
        yield* call.signal(signal)
        assert.deepInclude(yield* call.ended, { code, stdout: "" })
        yield* gate.release
      }
    })
  )

  it.scopedLive("lets a renewal that is under way finish, so that the session is not lost", () =>
    Effect.gen(function* () {
      const { control, mls, startProcess } = yield* Servers.makeSignedIn()
      yield* control.revokeAccessTokens()
      const gate = yield* control.hold("refresh", "after")
      const call = yield* startProcess(["api", "services"])
      yield* gate.awaitWaiting()
      yield* call.signal("SIGINT")
      yield* gate.release
      assert.deepInclude(yield* call.ended, { code: 130, stdout: "" })
      const next = yield* mls(["api", "services"])
      assert.strictEqual(next.code, 0, next.stderr)
      const counts = yield* control.counts
      assert.deepStrictEqual(
        { refreshes: counts.refreshes, reused: counts.reusedRefreshTokens },
        { refreshes: 1, reused: 0 }
      )
    })
  )

  it.scopedLive("ends it also where nobody reads its answer", () =>
    Effect.gen(function* () {
      const { control, home, shell } = yield* Servers.makeSignedIn()
      yield* control.answerNext({ on: "api", body: "x".repeat(4 * 1024 * 1024) })
      const call = yield* shell(`cd '${home}'; mkfifo f; exec 3<>f; exec "$NODE" "$MLS" api large >f`)
      yield* call.awaitPrinted("status=200")
      yield* call.signal("SIGTERM")
      assert.strictEqual((yield* call.ended).code, 143)
    })
  )

  it.scopedLive("ends it at once the second time", () =>
    Effect.gen(function* () {
      const { control, startProcess } = yield* Servers.makeSignedIn()
      yield* control.revokeAccessTokens()
      const gate = yield* control.hold("refresh")
      const call = yield* startProcess(["api", "services"])
      yield* gate.awaitWaiting()
      yield* call.signal("SIGINT")
      yield* call.signal("SIGTERM")
      const { code } = yield* call.ended
      assert.include([130, 143], code)
      yield* gate.release
    })
  )

  it.scopedLive("ends a command whose settings are on a disk that does not answer", () =>
    Effect.gen(function* () {
      const { hanging } = yield* onHangingDisk("config.json")
      for (const args of [["status"], ["login", "https://h.test"], ["profile", "list"], ["doctor"], ["token"]]) {
        const call = yield* hanging(args)
        yield* call.awaitPrinted("the disk does not answer")
        yield* call.signal("SIGINT")
        assert.strictEqual((yield* call.ended).code, null, args.join(" "))
      }
    })
  )

  it.scopedLive("ends one whose tokens are there the second time: the first one waits for the disk, as Node does", () =>
    Effect.gen(function* () {
      const { hanging } = yield* onHangingDisk("state/mls")
      const call = yield* hanging(["refresh"])
      yield* call.awaitPrinted("the disk does not answer")
      yield* call.signal("SIGINT")
      yield* call.awaitPrinted("the program leaves")
      yield* call.signal("SIGINT")
      assert.strictEqual((yield* call.ended).code, null)
    })
  )

  it.scopedLive("is how the dev server is meant to end: exit 0, for both", () =>
    Effect.gen(function* () {
      const { startProcess } = yield* Sandbox.make
      for (const signal of ["SIGINT", "SIGTERM"] as const) {
        const server = yield* startProcess(["dev-server", "--port", "0"])
        yield* server.awaitPrinted("Ctrl-C ends it.")
        yield* server.signal(signal)
        assert.strictEqual((yield* server.ended).code, 0)
      }
    })
  )
})

describe("mls dev-server", () => {
  it.scopedLive("prints lines that work when they are pasted", () =>
    Effect.gen(function* () {
      const { shell, start } = yield* Sandbox.make
      const server = yield* start(["dev-server", "--port", "0", "--login-path", "/user/login"])
      yield* server.awaitPrinted("Ctrl-C ends it.")
      yield* server.signal("SIGTERM")
      const { stdout } = yield* server.ended
      const pasted = stdout.split("\n").filter((line) => /^ {2}(printf|mls) /.test(line))
      assert.strictEqual(pasted.length, 2)
      const port = /:(\d+)/.exec(stdout)?.[1] ?? ""
      const again = yield* start(["dev-server", "--port", port, "--login-path", "/user/login", "-v"])
      yield* again.awaitPrinted("Ctrl-C ends it.")
      const { code, stderr } = yield* (yield* shell(pasted.join("\n"))).ended
      assert.strictEqual(code, 0, stderr)
      yield* again.awaitPrinted("path=/services")
      const taken = yield* (yield* start(["dev-server", "--port", port])).ended
      assert.strictEqual(taken.code, 3)
      assert.include(taken.stderr, "--port 0")
    })
  )

  it.scopedLive("has the local admin with --admin, and answers programs with --json", () =>
    Effect.gen(function* () {
      const { mls, start } = yield* Sandbox.make
      const server = yield* start(["dev-server", "--port", "0", "--admin", "--access-token-life", "30s", "--json"])
      yield* server.awaitPrinted("}]}")
      const { stdout } = yield* Effect.zipRight(server.signal("SIGTERM"), server.ended)
      assert.deepNestedInclude(Sandbox.jsonOf(stdout), { "users[0].role": "Owner" })
      assert.strictEqual((yield* mls(["dev-server", "--access-token-life", "soon"])).code, 2)
    })
  )

  it.scopedLive("with --azure prints lines that work when they are pasted, for a device code and for a password", () =>
    Effect.gen(function* () {
      const { shell, start } = yield* Sandbox.make
      const server = yield* start(["dev-server", "--port", "0", "--azure"], { answersSecrets: true })
      yield* server.awaitPrinted("Ctrl-C ends it.")
      const device = yield* server.awaitFound(/^ {2}(mls login .*)$/m)
      const password = yield* server.awaitFound(/^ {2}(printf .* --password-stdin)$/m)
      const page = yield* server.awaitFound(/The page for codes: (\S+)/)
      const login = yield* shell(`${device} && mls api services`)
      assert.strictEqual(yield* login.awaitFound(/To sign in, open +(\S+)/), page)
      yield* Person.approve(page, yield* login.awaitFound(/and enter +(\S+)\n/), AzureDirectory.olga)
      assert.strictEqual((yield* login.ended).code, 0)
      const second = yield* (yield* shell(`${password} --force && mls api services`)).ended
      assert.strictEqual(second.code, 0, second.stderr)
      assert.include(second.stderr, `Signed in as ${AzureDirectory.ada.username}`)
      yield* server.signal("SIGTERM")
      assert.strictEqual((yield* server.ended).code, 0)
      const both = yield* start(["dev-server", "--azure", "--admin"])
      assert.strictEqual((yield* both.ended).code, 2)
    })
  )
})
