import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { assertFailed, check } from "./DoctorReading.js"
import { hasOpenssl, proxied, secured } from "./Fronts.js"
import * as Servers from "./Servers.js"

const TARGET = "https://mls.contoso.test:12800"

/** A server that only a proxy reaches, under a name that nothing else knows; `refusal`: what the proxy answers instead. */
const behind = (refusal?: string) =>
  Effect.gen(function* () {
    const server = yield* Servers.make()
    const { authority, url } = yield* secured(server.home, new URL(server.url))
    const proxy = yield* proxied(new URL(url), refusal)
    const env = { HTTPS_PROXY: proxy.url, MLS_CACERT: authority }
    const login = (more: Readonly<Record<string, string>> = {}, profile = "lab") =>
      server.mls(["login", TARGET, "--profile", profile, "--user", "grace", "--password-stdin"], {
        stdin: Servers.passwords.grace,
        env: { ...env, ...more }
      })
    return { ...server, proxy, env, login }
  })

describe.runIf(hasOpenssl)("mls and a server that only a proxy reaches", () => {
  it.scopedLive("every command goes through CONNECT, with name and password, and doctor says so", () =>
    Effect.gen(function* () {
      const { env, login, mls, plant, proxy } = yield* behind()
      plant("proxy-secret")
      const named = { ...env, HTTPS_PROXY: proxy.url.replace("//", "//jo:proxy-secret@") }
      const signedIn = yield* login(named)
      assert.strictEqual(signedIn.code, 0, signedIn.stderr)
      const called = yield* mls(["api", "services"], { env: named })
      assert.strictEqual(called.code, 0, called.stderr)
      const basic = Buffer.from("jo:proxy-secret").toString("base64")
      assert.deepStrictEqual(new Set(proxy.asked), new Set([`mls.contoso.test:12800 Basic ${basic}`]))
      const doctor = yield* mls(["doctor", "--json"], { env: named })
      assert.strictEqual(doctor.code, 0, doctor.stdout)
      assert.include(check(doctor, "proxy").message, "it is used for this server")
    })
  )

  it.scopedLive("one that wants a password: told once, with the place for it, and not as an outage", () =>
    Effect.gen(function* () {
      const { env, login, mls, proxy } = yield* behind("407 x\r\nproxy-authenticate: Basic realm=x")
      const ended = yield* login({ MLS_LOG: "none" })
      assert.strictEqual(ended.code, 3, ended.stderr)
      assert.include(ended.stderr, `the proxy ${proxy.url} answered 407: it requires a user name and a password`)
      assert.match(ended.stderr, /HTTPS_PROXY=http:\/\/NAME:PASSWORD@127\.0\.0\.1:\d+/)
      assert.strictEqual(proxy.asked.length, 1)
      const doctor = yield* mls(["doctor", "--server", TARGET, "--json"], { env })
      assert.strictEqual(doctor.code, 3)
      assertFailed(doctor, "proxy", /answered 407/, /NAME:PASSWORD/)
    })
  )

  it.scopedLive("one that does not take the password is asked once by a whole command, whatever it calls", () =>
    Effect.gen(function* () {
      const { env, mls, plant, proxy } = yield* behind("407 x\r\nproxy-authenticate: Basic realm=x")
      plant("proxy-secret")
      const named = { ...env, HTTPS_PROXY: proxy.url.replace("//", "//jo:proxy-secret@") }
      const doctor = yield* mls(["doctor", "--server", TARGET, "--json"], { env: named })
      assertFailed(doctor, "proxy", /does not take this user name and password/, /NAME:PASSWORD/)
      assert.strictEqual(proxy.asked.length, 1)
      // Each with a client of its own.
      const lab = yield* behind()
      for (const name of ["one", "two"]) assert.strictEqual((yield* lab.login({}, name)).code, 0)
      yield* lab.mls(["logout", "--all"], { env: named })
      assert.strictEqual(proxy.asked.length, 2)
    })
  )

  for (const [answer, words] of [
    ["403 Forbidden", /answered 403: it does not lead to this server/],
    ["302 Found\r\nlocation: http://portal.test/", /answered 302: it redirects/]
  ] as const) {
    it.scopedLive(`one that answers ${answer.slice(0, 3)}: exit 3`, () =>
      Effect.gen(function* () {
        const { login } = yield* behind(answer)
        const ended = yield* login()
        assert.strictEqual(ended.code, 3, ended.stderr)
        assert.match(ended.stderr, words)
      })
    )
  }

  it.scopedLive("one that finds no server, and one that is not there: outages, exit 7", () =>
    Effect.gen(function* () {
      const { login } = yield* behind("503 x")
      assert.strictEqual((yield* login()).code, 7)
      assert.strictEqual((yield* login({ HTTPS_PROXY: "http://127.0.0.1:9" })).code, 7)
    })
  )
})
