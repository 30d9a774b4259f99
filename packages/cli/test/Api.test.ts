import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Servers from "./Servers.js"

const added = (stdout: string): unknown =>
  (JSON.parse(stdout) as { readonly outputParameters: unknown }).outputParameters

describe("mls api", () => {
  it.scopedLive("makes the body from fields: strings with -f, JSON with -F, and POST of it", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.makeSignedIn()
      const sum = yield* mls(["api", "/api/add/1.0.0", "-F", "x:=1", "-F", "y:=2.5"])
      assert.strictEqual(sum.code, 0, sum.stderr)
      assert.deepStrictEqual(added(sum.stdout), { result: 3.5 })
      const strings = yield* mls(["api", "POST", "/api/add/1.0.0", "-f", "x=1", "-f", "y=2"])
      assert.strictEqual(strings.code, 6)
      assert.include(strings.stdout, "message")
    })
  )

  it.scopedLive("sends a file or stdin as it is, and once more with a renewed token", () =>
    Effect.gen(function* () {
      const { control, home, mls } = yield* Servers.makeSignedIn()
      const path = Path.join(home, "row.json")
      yield* Effect.promise(() => Fs.writeFile(path, `{"x":40,"y":2}`))
      const file = yield* mls(["api", "api/add/1.0.0", "--input", path])
      assert.deepStrictEqual(added(file.stdout), { result: 42 })
      yield* control.revokeAccessTokens()
      const stdin = yield* mls(["api", "api/add/1.0.0", "--input", "-"], { stdin: `{"x":1,"y":1}` })
      assert.strictEqual(stdin.code, 0, stdin.stderr)
      assert.deepStrictEqual(added(stdin.stdout), { result: 2 })
      const counts = yield* control.counts
      assert.deepStrictEqual(
        { refreshes: counts.refreshes, reused: counts.reusedRefreshTokens },
        { refreshes: 1, reused: 0 }
      )
    })
  )

  it.scopedLive("with --no-retry takes a 401 as it is: one request, no renewal, exit 6", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      yield* control.revokeAccessTokens()
      yield* control.resetCounts
      const { code, stderr, stdout } = yield* mls(["api", "services", "-i", "--no-retry"])
      assert.strictEqual(code, 6, stderr)
      assert.match(stdout, /^HTTP\/1\.1 401 Unauthorized\n/)
      const { refreshes, requests } = yield* control.counts
      assert.deepStrictEqual({ refreshes, requests }, { refreshes: 0, requests: 1 })
      assert.strictEqual((yield* mls(["api", "services"])).code, 0)
    })
  )

  it.scopedLive("prints the answer of a refusal, and says what it means: 403 is exit 6", () =>
    Effect.gen(function* () {
      const { mls, url } = yield* Servers.make()
      yield* mls(["login", url, "--user", "CONTOSO\\rob", "--password-stdin"], { stdin: Servers.passwords.rob })
      const { code, stderr, stdout } = yield* mls(["api", "DELETE", "services/add/1.0.0"])
      assert.strictEqual(code, 6)
      assert.property(JSON.parse(stdout), "message")
      assert.include(stderr, "403 Forbidden")
      assert.include(stderr, "role")
    })
  )

  it.scopedLive("prints status line and headers with -i", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.makeSignedIn()
      const { stdout } = yield* mls(["api", "-i", "status"])
      assert.match(stdout, /^HTTP\/1\.1 200 OK\n(?:[\w-]+: .*\n)+\n\{/)
    })
  )

  it.scopedLive("takes its token nowhere else: other origins are exit 2, nothing sent", () =>
    Effect.gen(function* () {
      const { control, mls, url } = yield* Servers.makeSignedIn()
      yield* control.resetCounts
      const port = Number(new URL(url).port)
      const others = [
        "https://example.com/x",
        "//example.com/x",
        String.raw`\\example.com\x`,
        `http://127.0.0.1:${port + 1}/services`,
        `http://grace@127.0.0.1:${port}/services`,
        "file:///etc/passwd"
      ]
      for (const other of others) {
        const { code, stderr } = yield* mls(["api", other])
        assert.strictEqual(code, 2, stderr)
      }
      assert.strictEqual((yield* control.counts).requests, 0)
      assert.strictEqual((yield* mls(["api", `${url}/services`])).code, 0)
    })
  )

  it.scopedLive("explains what Git Bash made of a path: exit 2", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      yield* control.resetCounts
      for (const path of ["C:/Program Files/Git/api/add/1.0.0", String.raw`C:\Program Files\Git\services`]) {
        const { code, stderr } = yield* mls(["api", "GET", path])
        assert.strictEqual(code, 2)
        assert.include(stderr, "Git Bash")
        assert.include(stderr, "Leave out the first slash")
      }
      assert.strictEqual((yield* control.counts).requests, 0)
    })
  )

  it.scopedLive("refuses what cannot be sent, and an Authorization header of one's own: exit 2", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.makeSignedIn()
      for (const args of [
        ["services", "-F", "x:={"],
        ["services", "-F", "x=1"],
        ["services", "-f", "x"],
        ["services", "-H", "no colon"],
        ["services", "-H", "authorization: Bearer x"],
        ["services", "-H", "x:a\nb"],
        ["services", "--input", "/nonexistent/file"],
        ["services", "--input", "-", "-f", "x=1"],
        ["GET", "services", "--input", "-"],
        ["FETCH", "services"]
      ]) {
        const { code, stderr } = yield* mls(["api", ...args], { stdin: "" })
        assert.strictEqual(code, 2, `${args.join(" ")}: ${stderr}`)
      }
    })
  )

  it.scopedLive("passes a large answer on as it arrives, byte for byte", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      const large = "0123456789abcdef".repeat(512 * 1024)
      yield* control.answerNext({ on: "api", body: large, headers: { "content-type": "text/plain" } })
      const { code, stdout } = yield* mls(["api", "large"])
      assert.strictEqual(code, 0)
      assert.isTrue(stdout === large)
    })
  )

  it.scopedLive("turns fields into the query with GET", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      const { code, stderr } = yield* mls(["api", "GET", "services", "-f", "name=a b"])
      assert.strictEqual(code, 0, stderr)
      assert.strictEqual((yield* control.counts).api, 1)
    })
  )
})
