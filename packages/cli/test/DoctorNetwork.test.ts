import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Path from "node:path"
import * as Net from "node:net"
import { hasOpenssl, secured } from "./Fronts.js"
import { assertFailed, check, those } from "./DoctorReading.js"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

/** A port where nobody listens: it was had a moment ago. */
const deadPort = Effect.async<number>((resume) => {
  const server = Net.createServer()
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as Net.AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

const AFTER_TCP = ["tls", "server", "clock", "login", "authority", "call", "cors"]

describe("mls doctor on a way that does not lead there", () => {
  it.scopedLive("a wrong port: tcp fails, the rest is skipped, exit 7", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      const port = yield* deadPort
      const ended = yield* mls(["doctor", "--server", `http://127.0.0.1:${port}`, "--json"])
      assert.strictEqual(ended.code, 7)
      assertFailed(ended, "tcp", new RegExp(`port ${port}.*ECONNREFUSED`), /mls login URL/)
      assert.deepStrictEqual(those(ended, "skip"), AFTER_TCP)
    })
  )

  it.scopedLive("a name that does not exist: dns fails, exit 7", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      const ended = yield* mls(["doctor", "--server", "https://mls.invalid:12800", "--json", "--timeout", "20s"])
      assert.strictEqual(ended.code, 7)
      assertFailed(ended, "dns", /mls\.invalid/, /mls login URL/)
      assert.deepStrictEqual(those(ended, "skip"), ["tcp", ...AFTER_TCP])
    })
  )

  it.scopedLive("a proxy that is dead: named with its variable and without its password; NO_PROXY is obeyed", () =>
    Effect.gen(function* () {
      const { mls, plant } = yield* Sandbox.make
      plant("proxy-secret")
      const proxy = `127.0.0.1:${yield* deadPort}`
      const env = { http_proxy: `http://jo:proxy-secret@${proxy}` }
      const args = ["doctor", "--server", "http://mls.invalid:12800", "--allow-http", "--json", "--timeout", "20s"]
      const through = yield* mls(args, { env })
      assert.strictEqual(through.code, 7)
      assert.include(check(through, "proxy").message, `http_proxy names http://${proxy}; it is used`)
      assertFailed(through, "tcp", /the proxy of http_proxy.*ECONNREFUSED/, /unset http_proxy, or: .*mls\.invalid/)
      const past = yield* mls(args, { env: { ...env, NO_PROXY: "other.example,.invalid" } })
      assert.include(check(past, "proxy").message, "reached directly")
      assertFailed(past, "dns", /mls\.invalid/, /./)
    })
  )

  it.scopedLive("a proxy that is none: told without repeating it, exit 3, also offline", () =>
    Effect.gen(function* () {
      const { mls, plant, url } = yield* Servers.make()
      plant("proxy-secret")
      const env = { http_proxy: "socks://jo:proxy-secret@proxy" }
      for (const more of [[], ["--offline"]]) {
        const ended = yield* mls(["doctor", "--server", url, "--json", ...more], { env })
        assert.strictEqual(ended.code, 3)
        assertFailed(ended, "proxy", /HTTP_PROXY/, /http:\/\/host:port/)
      }
    })
  )

  it.scopedLive("https to a port of plain http: tls fails, exit 3, and the rest is skipped", () =>
    Effect.gen(function* () {
      const { control, mls, url } = yield* Servers.make()
      const ended = yield* mls(["doctor", "--server", url.replace("http:", "https:"), "--json"])
      assert.strictEqual(ended.code, 3)
      assertFailed(ended, "tls", /does not speak TLS/, /http:\/\//)
      assert.deepStrictEqual(those(ended, "skip"), ["server", "clock", "login", "authority", "call", "cors"])
      assert.strictEqual((yield* control.counts).requests, 0)
    })
  )

  it.scopedLive("a server that does not answer is given up after --timeout, exit 7", () =>
    Effect.gen(function* () {
      const { control, mls, url } = yield* Servers.make()
      const gate = yield* control.hold("api")
      const ended = yield* mls(["doctor", "--server", url, "--json", "--timeout", "300ms"])
      yield* gate.release
      assert.strictEqual(ended.code, 7)
      assertFailed(ended, "server", /no answer/, /--timeout/)
    })
  )
})

describe.runIf(hasOpenssl)("mls doctor on a company's own certificates", () => {
  it.scopedLive("shows issuer and end, wants --cacert, and is content with it", () =>
    Effect.gen(function* () {
      const { control, home, mls, url: inside } = yield* Servers.make()
      const { authority, url } = yield* secured(home, new URL(inside))
      const doctor = (...more: ReadonlyArray<string>) => mls(["doctor", "--server", url, "--json", ...more])
      const stranger = yield* doctor()
      assert.strictEqual(stranger.code, 7)
      const seen = /"mls\.contoso\.test", issued by "Contoso Authority", ends in .*\(\d{4}-\d\d-\d\d \d\d:\d\d\)/
      assertFailed(stranger, "tls", seen, /--cacert FILE/)
      assert.deepStrictEqual(those(stranger, "skip"), ["server", "clock", "login", "authority", "call", "cors"])
      assert.strictEqual((yield* control.counts).requests, 0)
      const known = yield* doctor("--cacert", authority)
      assert.deepStrictEqual(those(known, "FAIL"), ["token"])
      assert.match(check(known, "tls").message, seen)
      assert.include(check(known, "tls").message, `trusted, with ${authority}`)
      const file = Path.join(home, "none.pem")
      const missing = yield* doctor("--cacert", file)
      assert.strictEqual(missing.code, 3)
      assertFailed(missing, "tls", /none\.pem cannot be read/, /PEM/)
    })
  )
})

describe("mls doctor on a server that is not what it should be", () => {
  it.scopedLive("a clock that differs: told by how much, exit 3; a small difference is none", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      yield* control.setClockOffset(-3_600_000)
      const ended = yield* mls(["doctor", "--json"])
      assert.strictEqual(ended.code, 3)
      assertFailed(ended, "clock", /60 min behind/, /date -u/)
      yield* control.setClockOffset(60_000)
      assert.match(check(yield* mls(["doctor", "--json"]), "clock").message, /60 s ahead|6[12] s ahead|59 s ahead/)
      assert.strictEqual(check(yield* mls(["doctor", "--json"]), "clock").verdict, "ok")
    })
  )

  it.scopedLive("a web page in its place: exit 3, and nothing more is sent", () =>
    Effect.gen(function* () {
      const { control, mls, url } = yield* Servers.make()
      yield* control.htmlNext({ on: "any", times: 9 })
      const ended = yield* mls(["doctor", "--server", url, "--json"])
      assert.strictEqual(ended.code, 3)
      assertFailed(ended, "server", /a web page answers \(200\)/, /12800/)
      assert.deepStrictEqual(those(ended, "skip"), ["tls", "login", "authority", "call", "cors"])
      assert.strictEqual((yield* control.counts).requests, 1)
    })
  )

  it.scopedLive("a page of a proxy that cannot reach it: exit 7", () =>
    Effect.gen(function* () {
      const { control, mls, url } = yield* Servers.make()
      yield* control.failNext({ on: "any", status: 502, body: "html" })
      const ended = yield* mls(["doctor", "--server", url, "--json"])
      assert.strictEqual(ended.code, 7)
      assertFailed(ended, "server", /502/, /later/)
    })
  )

  it.scopedLive("one that leaves sign-ins to Azure, with an on-premises sign-in: told what to ask for", () =>
    Effect.gen(function* () {
      const { mls, url } = yield* Servers.makeCloud()
      const ended = yield* mls(["doctor", "--server", url, "--json"])
      assert.strictEqual(ended.code, 4)
      assertFailed(ended, "login", /Azure Active Directory/, /--tenant ID --clientid ID --resource ID/)
    })
  )

  it.scopedLive("one that checks passwords itself, with a profile of Azure: exit 3", () =>
    Effect.gen(function* () {
      const { mls, url } = yield* Servers.make()
      const azure = { MLS_TENANT: "contoso.com", MLS_CLIENT_ID: "client", MLS_RESOURCE: "resource" }
      const ended = yield* mls(["doctor", "--server", url, "--json"], { env: azure })
      assert.strictEqual(ended.code, 3)
      assertFailed(ended, "login", /on premises/, /--method password$/)
    })
  )

  it.scopedLive("one whose sign-in is elsewhere: exit 3 with the option", () =>
    Effect.gen(function* () {
      const { control, mls, url } = yield* Servers.make()
      yield* control.failNext({ on: "login", status: 404 })
      const ended = yield* mls(["doctor", "--server", url, "--json"])
      assert.strictEqual(ended.code, 3)
      assertFailed(ended, "login", /\/login \(404\)/, /--login-path/)
    })
  )

  it.scopedLive("one that allows pages of other origins says so; others do too, and it is no failure", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      assert.match(check(yield* mls(["doctor", "--json"]), "cors").message, /without permission/)
      yield* control.failNext({ on: "api", status: 401 })
      const headers = {
        "access-control-allow-origin": "*",
        "access-control-allow-headers": "Authorization, Content-Type"
      }
      yield* control.answerNext({ on: "api", status: 204, headers })
      const ended = yield* mls(["doctor", "--json"])
      assert.match(check(ended, "cors").message, /^pages of any origin may call/)
      assert.strictEqual(ended.code, 0)
    })
  )
})
