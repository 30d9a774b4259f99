import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const secret = { answersSecrets: true } as const

describe("mls refresh", () => {
  it.scopedLive("renews a token that is still good, once, and tells the clocks of the new one", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      const before = (yield* mls(["token"], secret)).stdout
      const { code, stderr, stdout } = yield* mls(["refresh"])
      assert.deepStrictEqual({ code, stdout }, { code: 0, stdout: "" }, stderr)
      assert.match(stderr, /access token ends in 60 min .* idle end in 14 days .* session end in 90 days/)
      assert.notStrictEqual((yield* mls(["token"], secret)).stdout, before)
      const { refreshes, reusedRefreshTokens } = yield* control.counts
      assert.deepStrictEqual({ refreshes, reusedRefreshTokens }, { refreshes: 1, reusedRefreshTokens: 0 })
      assert.strictEqual((yield* mls(["api", "services"])).code, 0)
    })
  )

  it.scopedLive("--json is what status says, on stdout, and no token", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.makeSignedIn()
      const { stdout } = yield* mls(["refresh", "--json"])
      const status = yield* mls(["status", "--json"])
      assert.deepStrictEqual({ ...(Sandbox.jsonOf(stdout) as object), check: null }, Sandbox.jsonOf(status.stdout))
    })
  )

  it.scopedLive("leaves alone what cannot be renewed: a token that was given is still there", () =>
    Effect.gen(function* () {
      const { mls, url } = yield* Servers.makeSignedIn()
      const given = (yield* mls(["token"], secret)).stdout.trim()
      const env = { MLS_ACCESS_TOKEN: given }
      assert.strictEqual((yield* mls(["refresh"], { env })).code, 2)
      assert.strictEqual((yield* mls(["token", "--force-refresh"], { env, ...secret })).code, 2)
      yield* mls(["login", url, "--profile", "given", "--token-stdin"], { stdin: given })
      const { code, stderr } = yield* mls(["refresh", "-p", "given"])
      assert.strictEqual(code, 2)
      assert.include(stderr, "cannot be renewed")
      assert.strictEqual((yield* mls(["token", "-p", "given"], secret)).stdout.trim(), given)
    })
  )

  it.scopedLive("needs a session (exit 4), and keeps it where the server is not reached (exit 7)", () =>
    Effect.gen(function* () {
      const { control, mls, url } = yield* Servers.makeSignedIn()
      yield* control.failNext({ on: "refresh", status: 503 })
      assert.strictEqual((yield* mls(["refresh"])).code, 7)
      assert.strictEqual((yield* mls(["refresh"])).code, 0)
      yield* mls(["logout"])
      assert.strictEqual((yield* mls(["refresh", "--server", url])).code, 4)
    })
  )
})

describe("mls token", () => {
  it.scopedLive("--force-refresh renews a token that is still good", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      const before = (yield* mls(["token"], secret)).stdout
      const forced = yield* mls(["token", "--force-refresh"], secret)
      assert.strictEqual(forced.code, 0, forced.stderr)
      assert.notStrictEqual(forced.stdout, before)
      assert.strictEqual((yield* mls(["token"], secret)).stdout, forced.stdout)
      assert.strictEqual((yield* control.counts).refreshes, 1)
    })
  )

  it.scopedLive("--env-format hands token and server to the next program, through the shell", () =>
    Effect.gen(function* () {
      const { mls, shell, url } = yield* Servers.makeSignedIn()
      const token = (yield* mls(["token"], secret)).stdout.trim()
      const script = `ENV=$(mls token --env-format sh) || exit; eval "$ENV"; echo "$MLS_HOST $MLS_ACCESS_TOKEN"; mls api services --silent`
      const { code, stderr, stdout } = yield* (yield* shell(script, secret)).ended
      assert.strictEqual(code, 0, stderr)
      assert.strictEqual(stdout, `${url} ${token}\n`)
      const pwsh = yield* mls(["token", "--env-format", "pwsh"], secret)
      assert.strictEqual(pwsh.stdout, `$env:MLS_HOST = '${url}'\n$env:MLS_ACCESS_TOKEN = '${token}'\n`)
      const fish = yield* mls(["token", "--env-format", "fish"], secret)
      assert.strictEqual(fish.stdout, `set -gx MLS_HOST '${url}'\nset -gx MLS_ACCESS_TOKEN '${token}'\n`)
    })
  )

  it.scopedLive("prints in one form only: two are exit 2, and nothing is printed", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.makeSignedIn()
      for (const two of [
        ["--header", "--json"],
        ["--env-format", "sh", "--json"],
        ["--header", "--env-format", "sh"],
        ["--verify", "--header"]
      ]) {
        const { code, stdout } = yield* mls(["token", ...two])
        assert.deepStrictEqual({ code, stdout }, { code: 2, stdout: "" }, two.join(" "))
      }
    })
  )
})
