import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Net from "node:net"
import * as Path from "node:path"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

/** A port on loopback where nobody listens any more. */
const deadPort = Effect.async<number>((resume) => {
  const server = Net.createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 1)))
  })
})

describe("signing in, refused", () => {
  it.scopedLive("tells a wrong password from everything else: exit 5, tried once", () =>
    Effect.gen(function* () {
      const { control, mls, url } = yield* Servers.make()
      const { code, stderr, stdout } = yield* mls(["login", url, "--user", "grace", "--password-stdin"], {
        stdin: "wrong"
      })
      assert.deepStrictEqual({ code, stdout }, { code: 5, stdout: "" })
      assert.include(stderr, "✗ ")
      assert.include(stderr, "refused this user name and password")
      assert.strictEqual((yield* control.counts).loginsRefused, 1)
    })
  )

  it.scopedLive("never waits for a password where there is no terminal, and names the options: exit 2", () =>
    Effect.gen(function* () {
      const { mls, shell, startProcess, url } = yield* Servers.make()
      const script = (redirection: string) =>
        Effect.flatMap(shell(`mls login '${url}' --user grace ${redirection}`), ({ ended }) => ended)
      const held = yield* startProcess(["login", url, "--user", "grace"], { stdin: Sandbox.OPEN })
      const ends = [
        yield* mls(["login", url]),
        yield* mls(["login", url, "--user", "grace"], { stdin: "" }),
        yield* script("</dev/null"),
        yield* script("<&-"),
        yield* held.ended
      ]
      for (const { code, stderr, stdout } of ends) {
        assert.deepStrictEqual({ code, stdout }, { code: 2, stdout: "" }, stderr)
        assert.include(stderr, "--password-stdin")
        assert.include(stderr, "MLS_PASSWORD")
      }
    })
  )

  it.scopedLive("says that a user name is missing before it reads a password", () =>
    Effect.gen(function* () {
      const { mls, url } = yield* Servers.make()
      const { code, stderr } = yield* mls(["login", url, "--password-stdin"], { stdin: Servers.passwords.grace })
      assert.strictEqual(code, 2)
      assert.include(stderr, "--user")
    })
  )

  it.scopedLive("refuses passwords that cannot be one: exit 2, nothing sent", () =>
    Effect.gen(function* () {
      const { control, mls, url } = yield* Servers.make()
      const login = (stdin: string | Uint8Array) =>
        mls(["login", url, "--user", "grace", "--password-stdin"], { stdin })
      assert.strictEqual((yield* login("\n")).code, 2)
      assert.strictEqual((yield* login("x".repeat(10_240))).code, 2)
      assert.strictEqual((yield* login("x".repeat(1_000_000))).code, 2)
      assert.strictEqual((yield* login(Uint8Array.of(0xff, 0xfe, 0x41))).code, 2)
      assert.strictEqual((yield* control.counts).requests, 0)
    })
  )

  it.scopedLive("refuses addresses that a token must not go to: exit 3, nothing sent or remembered", () =>
    Effect.gen(function* () {
      const { home, mls } = yield* Sandbox.make
      for (const url of [
        "http://mlserver.invalid:12800",
        "ftp://x",
        "mlserver:12800",
        "https://u:p@host",
        "https://h/?q=1"
      ]) {
        const { code, stderr } = yield* mls(["login", url, "--user", "a", "--password-stdin"], { stdin: "p" })
        assert.strictEqual(code, 3, `${url}: ${stderr}`)
      }
      const { stderr } = yield* mls(["login", "http://mlserver.invalid:12800"])
      assert.include(stderr, "--allow-http")
      const left = yield* Effect.promise(() => Fs.readdir(home))
      assert.notInclude(left, "config")
    })
  )

  it.scopedLive("tells a server that is not there, as transient: exit 7", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      const url = `http://127.0.0.1:${yield* deadPort}`
      const { code, stderr } = yield* mls(["login", url, "--user", "a", "--password-stdin", "--json"], { stdin: "p" })
      assert.strictEqual(code, 7)
      const last = stderr.trimEnd().split("\n").at(-1) ?? ""
      const { error } = JSON.parse(last) as { readonly error: Record<string, unknown> }
      assert.deepInclude(error, { code: "ServerUnavailable", exit: 7, transient: true, server: url })
      assert.include(String(error["message"]), "ECONNREFUSED")
    })
  )

  it.scopedLive("tells an address that is no Machine Learning Server: exit 3", () =>
    Effect.gen(function* () {
      const { control, mls, url } = yield* Servers.make()
      yield* control.htmlNext({ on: "login" })
      const { code, stderr } = yield* mls(["login", url, "--user", "grace", "--password-stdin"], {
        stdin: Servers.passwords.grace
      })
      assert.strictEqual(code, 3)
      assert.include(stderr, "Is this the address of a Machine Learning Server")
    })
  )

  it.scopedLive("learns that nothing can be stored before it asks for a password: exit 3, nothing sent", () =>
    Effect.gen(function* () {
      const { control, home, mls, url } = yield* Servers.make()
      yield* Effect.promise(() => Fs.writeFile(Path.join(home, "state"), "a file in the way"))
      const { code } = yield* mls(["login", url, "--user", "grace", "--password-stdin"], {
        stdin: Servers.passwords.grace
      })
      assert.strictEqual(code, 3)
      assert.strictEqual((yield* control.counts).requests, 0)
    })
  )
})

describe("a session that is over", () => {
  it.scopedLive("is exit 4 by the server's proof, and is forgotten", () =>
    Effect.gen(function* () {
      const { control, mls, records } = yield* Servers.makeSignedIn()
      yield* control.revokeSessions()
      const { code, stderr, stdout } = yield* mls(["api", "services"])
      assert.deepStrictEqual({ code, stdout }, { code: 4, stdout: "" })
      assert.include(stderr, "mls login")
      assert.deepStrictEqual(yield* records, [])
      assert.strictEqual((yield* mls(["status"])).code, 4)
    })
  )

  it.scopedLive("survives a server that cannot be had: exit 7, and the session is kept", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      yield* control.expireAccessTokens
      yield* control.failNext({ on: "refresh", status: 503 })
      assert.strictEqual((yield* mls(["api", "services"])).code, 7)
      assert.strictEqual((yield* mls(["api", "services"])).code, 0)
    })
  )

  it.scopedLive("is told as what it is when a configuration file is broken or too new: exit 3", () =>
    Effect.gen(function* () {
      const { home, mls, url } = yield* Servers.makeSignedIn()
      const path = Path.join(home, "config", "mls", "config.json")
      yield* Effect.promise(() => Fs.writeFile(path, `{"version":99}`))
      assert.strictEqual((yield* mls(["status"])).code, 3)
      yield* Effect.promise(() => Fs.writeFile(path, "{"))
      assert.strictEqual((yield* mls(["status"])).code, 3)
      const login = yield* mls(["login", url], {
        env: { MLS_USERNAME: "grace", MLS_PASSWORD: Servers.passwords.grace }
      })
      assert.strictEqual(login.code, 0, login.stderr)
      assert.strictEqual((yield* mls(["status"])).code, 0)
    })
  )
})
