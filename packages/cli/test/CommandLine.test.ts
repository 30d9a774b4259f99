import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const commands = ["login", "logout", "status", "whoami", "token", "refresh", "api", "dev-server"]

describe("the command line", () => {
  it.scopedLive("answers help and version on stdout: exit 0", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      const bare = yield* mls([])
      for (const args of [["--help"], ["-h"]]) assert.deepStrictEqual(yield* mls(args), bare)
      assert.deepInclude(bare, { code: 0, stderr: "" })
      for (const command of commands) {
        const { code, stderr, stdout } = yield* mls([command, "--help"])
        assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: "" }, command)
        assert.include(stdout, "--json")
        assert.notInclude(stdout, "\u001b")
      }
      for (const group of ["profile", "config"]) {
        const bare = yield* mls([group])
        assert.deepInclude(bare, { code: 0, stderr: "" })
        assert.include(bare.stdout, `mls ${group} show`)
        assert.deepStrictEqual(yield* mls([group, "--help"]), bare)
        assert.include((yield* mls([group, "show", "--help"])).stdout, "--json")
      }
      assert.match((yield* mls(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/)
    })
  )

  it.scopedLive("repeats nothing that may be a secret in the wrong place: exit 2", () =>
    Effect.gen(function* () {
      const { mls, plant } = yield* Sandbox.make
      const secret = "Tr0ub4dor&3"
      plant(secret)
      plant("hunter")
      for (const args of [
        [secret],
        ["login", "--password", secret],
        ["login", `--password=${secret}`],
        ["login", `-p${secret}`],
        ["login", `--${secret}`],
        ["login", "https://localhost", secret],
        ["login", "https://localhost", "hunter"],
        ["login", "https://localhost", "--method", secret],
        ["login", "https://localhost", "--wire", secret],
        ["login", "https://localhost", "--new-codes", secret],
        ["login", "https://localhost", "--claims", secret],
        ["login", "https://localhost", "--tenant", secret],
        ["login", "https://localhost", "--store", secret],
        ["login", "https://localhost", "--profile", secret],
        ["profile", secret],
        ["profile", "add", secret, "https://localhost"],
        ["profile", "list", secret],
        ["profile", "export", "lab", secret],
        ["profile", "edit", "lab", "--unset", secret],
        ["profile", "import", "--force", "lab.json", secret],
        ["logout", "--all", secret],
        ["completions", secret],
        ["--completions", secret],
        [`--completions=${secret}`],
        ["help", secret, "--json"],
        ["config", "show", secret],
        ["status", secret],
        ["token", "--min-ttl", secret],
        ["token", "--hedaer", secret],
        ["token", "--env-format", secret],
        ["refresh", secret],
        ["services", secret],
        ["services", "list", `--${secret}`],
        ["services", "delete", "add", "1.0.0", secret],
        ["services", "consume", "add", "-F", `x:=${secret}`],
        ["services", "consume", "add", "--input", secret],
        ["api", "GET", "services", secret],
        ["api", secret, "services"],
        ["api", "-f", secret, "services"],
        ["api", "-F", `x:=${secret}`, "services"],
        ["api", "-H", secret, "services"],
        ["dev-server", "--port", secret]
      ]) {
        const { code, stderr, stdout } = yield* mls(args, { env: { MLS_HOST: "http://127.0.0.1:1" } })
        assert.deepStrictEqual({ code, stdout }, { code: 2, stdout: "" }, stderr)
      }
    })
  )

  it.scopedLive("points a person who passes a password as an argument to stdin", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      const { stderr } = yield* mls(["login", "https://localhost", "--password", "x"])
      assert.include(stderr, "--password-stdin")
    })
  )

  it.scopedLive("has none of the options that the parser has in every command", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      for (const option of ["--wizard", "--log-level=all", "--completions=bash"]) {
        const { code, stderr, stdout } = yield* mls(["status", option])
        assert.deepStrictEqual({ code, stdout }, { code: 2, stdout: "" }, stderr)
        assert.match(stderr, /is unknown here|Unknown argument/)
      }
    })
  )

  it.scopedLive("takes options before and after arguments", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.makeSignedIn()
      assert.strictEqual((yield* mls(["api", "--json", "GET", "services"])).code, 0)
      assert.strictEqual((yield* mls(["api", "GET", "services", "--json"])).code, 0)
      assert.strictEqual((yield* mls(["api", "GET", "--json", "services"])).code, 0)
    })
  )
})

describe("stdout is the answer and nothing else", () => {
  it.scopedLive("in every command, with everything told on stderr", () =>
    Effect.gen(function* () {
      const { mls, url } = yield* Servers.make()
      const stdin = Servers.passwords.grace
      const login = yield* mls(["login", url, "--user", "grace", "--password-stdin", "--json", "-v"], { stdin })
      assert.deepInclude(Sandbox.jsonOf(login.stdout), { signedIn: true, server: url, user: "grace", changed: true })
      assert.include(login.stderr, "message=http")
      const status = yield* mls(["status", "--json", "-v"])
      assert.deepInclude(Sandbox.jsonOf(status.stdout), { signedIn: true, source: "stored", renewable: true })
      const checked = yield* mls(["status", "--check", "--json", "-v"])
      assert.property(Sandbox.jsonOf(checked.stdout), "check")
      const token = yield* mls(["token", "--json", "-v"], { answersSecrets: true })
      assert.deepInclude(Sandbox.jsonOf(token.stdout), { tokenType: "Bearer", profile: "127.0.0.1", user: "grace" })
      const api = yield* mls(["api", "services", "--json", "-v"])
      assert.deepInclude(Sandbox.jsonOf(api.stdout), { status: 200 })
      const refresh = yield* mls(["refresh", "--json", "-v"])
      assert.deepInclude(Sandbox.jsonOf(refresh.stdout), { signedIn: true, usable: true })
      const services = yield* mls(["services", "list", "--json", "-v"])
      assert.property(Sandbox.jsonOf(services.stdout), "services")
      const silent = yield* mls(["api", "services", "--silent", "-v"])
      assert.strictEqual(silent.stdout, "")
      const logout = yield* mls(["logout", "-v"])
      assert.strictEqual(logout.stdout, "")
    })
  )

  it.scopedLive("also where a command fails: the error is JSON on stderr", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      for (const args of [["api", "services"], ["token"], ["login"], ["status", "--nope"], ["logout", "x"], ["api"]]) {
        const { code, stderr, stdout } = yield* mls([...args, "--json"])
        assert.strictEqual(stdout, "")
        const { error } = JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "") as { readonly error: object }
        assert.hasAllKeys(error, ["code", "exit", "message", "transient", "fix", "docs"])
        assert.propertyVal(error, "exit", code)
      }
    })
  )

  it.scopedLive("and one that cannot be written is told: exit 3", () =>
    Effect.gen(function* () {
      const { shell } = yield* Sandbox.make
      const { code, stderr } = yield* (yield* shell("mls --help > /dev/full")).ended
      assert.strictEqual(code, 3)
      assert.include(stderr, "ENOSPC")
    })
  )

  it.scopedLive("and a reader who leaves early is no failure", () =>
    Effect.gen(function* () {
      const { shell } = yield* Servers.makeSignedIn()
      const piped = yield* shell(`{ mls api services; echo "exit $?" >&2; } | head -c 1`)
      const { stderr, stdout } = yield* piped.ended
      assert.strictEqual(stdout, "[")
      assert.include(stderr, "exit 0")
    })
  )
})
