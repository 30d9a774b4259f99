import { proxyRefusal } from "@mlserver-auth/core/AuthHttpClient"
import { NodeHttp } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { inspect } from "node:util"
import { vi } from "vitest"
import * as Proxy from "../src/internal/http/proxy/proxy.js"
import * as ProxyVariables from "../src/internal/http/proxy/proxyVariables.js"
import * as Authority from "./authority.js"
import * as Loopback from "./loopback.js"

/** A TLS server for `mls.test`, a name that only the proxy can reach. */
const behindProxy = Effect.gen(function* () {
  const authority = yield* Authority.make
  const identity = yield* authority.issue("DNS:mls.test")
  const server = yield* Loopback.https(identity, (_, response) => void response.end("through"))
  const proxy = yield* Loopback.proxy(() => server.port)
  return { caFile: authority.caFile, proxy }
})

const address = (proxy: Loopback.Loopback, user = "") => `http://${user}127.0.0.1:${proxy.port}`

describe.skipIf(!Authority.available)("https through a proxy (certificates need openssl)", () => {
  it.scopedLive("tunnels with CONNECT, and verifies the server behind it", () =>
    Effect.gen(function* () {
      const { caFile, proxy } = yield* behindProxy
      const client = yield* NodeHttp.make({ caFile, proxy: { https: address(proxy) } })
      const response = yield* client.get("https://mls.test:12800/status")
      assert.strictEqual(yield* response.text, "through")
      assert.deepStrictEqual(proxy.asked, ["CONNECT mls.test:12800 -"])
      const stranger = yield* NodeHttp.make({ proxy: { https: address(proxy) } })
      const error = yield* Effect.flip(stranger.get("https://mls.test:12800/status"))
      assert.strictEqual((error.cause as { code?: string }).code, "UNABLE_TO_VERIFY_LEAF_SIGNATURE")
    })
  )

  it.scopedLive("finds the proxy in the environment, and sends its user and password to it alone", () =>
    Effect.gen(function* () {
      const { caFile, proxy } = yield* behindProxy
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          vi.stubEnv("https_proxy", undefined)
          vi.stubEnv("HTTPS_PROXY", address(proxy, "ada:s%40crt@"))
        }),
        () => Effect.sync(() => vi.unstubAllEnvs())
      )
      const client = yield* NodeHttp.make({ caFile })
      yield* client.get("https://mls.test:12800/status")
      const basic = Buffer.from("ada:s@crt").toString("base64")
      assert.deepStrictEqual(proxy.asked, [`CONNECT mls.test:12800 Basic ${basic}`])
    })
  )

  it.scopedLive("a proxy that refuses or is not there: Transport, without its password", () =>
    Effect.gen(function* () {
      const refusing = yield* Loopback.proxy(
        () => 1,
        () => 407
      )
      const gone = yield* Loopback.closedPort
      for (const https of [address(refusing, "ada:canary-pw@"), `http://ada:canary-pw@127.0.0.1:${gone}`]) {
        const client = yield* NodeHttp.make({ proxy: { https } })
        const error = yield* Effect.flip(client.get("https://mls.test/"))
        assert.strictEqual(error.reason, "Transport")
        const encoded = Buffer.from("ada:canary-pw").toString("base64")
        const printed = inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error)
        assert.notInclude(printed, "canary-pw")
        assert.notInclude(printed, encoded)
      }
    })
  )

  it.scopedLive("a refusal is told as the proxy's own, with what it wants; surely not sent", () =>
    Effect.gen(function* () {
      const refusing = yield* Loopback.proxy(
        () => 1,
        () => 407
      )
      const client = yield* NodeHttp.make({ proxy: { https: address(refusing) } })
      const error = yield* Effect.flip(client.get("https://mls.test/"))
      const { code, credentialed, proxy, sent, status } = error.cause as Record<string, unknown>
      assert.deepStrictEqual(
        { code, credentialed, proxy, sent, status },
        { code: "MLS_PROXY_REFUSED", credentialed: false, proxy: address(refusing), sent: false, status: 407 }
      )
      const told = yield* Effect.fromNullable(proxyRefusal(error.cause, "https://mls.test/"))
      assert.isFalse(told.retryable)
      assert.include(told.message, `HTTPS_PROXY: the proxy ${address(refusing)} answered 407`)
      assert.include(told.fix, "HTTPS_PROXY=http://NAME:PASSWORD@127.0.0.1")
      const failing = yield* Loopback.proxy(
        () => 1,
        () => 503
      )
      const other = yield* NodeHttp.make({ proxy: { https: address(failing) } })
      const outage = yield* Effect.flip(other.get("https://mls.test/"))
      assert.isUndefined(proxyRefusal(outage.cause, "https://mls.test/"))
    })
  )

  it.scopedLive("many at once share the tunnels that there may be", () =>
    Effect.gen(function* () {
      const { caFile, proxy } = yield* behindProxy
      const client = yield* NodeHttp.make({ caFile, proxy: { https: address(proxy) }, connections: 2 })
      const get = Effect.flatMap(client.get("https://mls.test:12800/status"), (response) => response.text)
      const texts = yield* Effect.all(
        Array.from({ length: 10 }, () => get),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(new Set(texts), new Set(["through"]))
      assert.isAtMost(proxy.asked.length, 2)
    })
  )

  it.scopedLive("a proxy that takes the CONNECT and never answers counts as not connecting", () =>
    Effect.gen(function* () {
      const silent = yield* Loopback.tcp(() => {})
      const client = yield* NodeHttp.make({ proxy: { https: address(silent) }, connectTimeout: "50 millis" })
      const error = yield* Effect.flip(client.get("https://mls.test/"))
      assert.strictEqual((error.cause as { code?: string }).code, "MLS_CONNECT_TIMEOUT")
      assert.isUndefined((error.cause as Error).cause)
    })
  )
})

describe("http through a proxy", () => {
  it.scopedLive("is forwarded in absolute form", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.http(Loopback.mirror)
      const proxy = yield* Loopback.proxy(() => server.port)
      const client = yield* NodeHttp.make({ proxy: { http: address(proxy, "ada@") } })
      const response = yield* client.get("http://mls.test:8080/status")
      const seen = (yield* response.json) as Loopback.Mirrored
      assert.strictEqual(seen.headers["host"], "mls.test:8080")
      const basic = Buffer.from("ada:").toString("base64")
      assert.deepStrictEqual(proxy.asked, [`GET http://mls.test:8080/status Basic ${basic}`])
    })
  )

  it.scopedLive("a 407 is the proxy's, and no answer of the server", () =>
    Effect.gen(function* () {
      const proxy = yield* Loopback.http((_, response) => {
        response.writeHead(407, { "proxy-authenticate": 'Negotiate, NTLM, Basic realm="a, b"' }).end("page")
      })
      const client = yield* NodeHttp.make({ proxy: { http: address(proxy) } })
      const error = yield* Effect.flip(client.get("http://mls.test:8080/login"))
      const { schemes, sent, status } = error.cause as Record<string, unknown>
      assert.deepStrictEqual({ sent, status }, { sent: false, status: 407 })
      assert.includeMembers(schemes as Array<string>, ["Negotiate", "NTLM", "Basic"])
    })
  )

  it.scopedLive("but never to this machine: a proxy has another loopback", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.http((_, response) => void response.end("direct"))
      const proxy = yield* Loopback.proxy(() => server.port)
      const client = yield* NodeHttp.make({ proxy: { http: address(proxy), https: address(proxy) } })
      assert.strictEqual(yield* Effect.flatMap(client.get(server.url), (response) => response.text), "direct")
      assert.deepStrictEqual(proxy.asked, [])
    })
  )
})

describe("the choice of a proxy", () => {
  const through = (noProxy: string, url: string) => {
    const route = Either.getOrThrow(Proxy.route({ https: "proxy:3128", http: "http://proxy:3128", noProxy }))
    return route(new URL(url))?.origin
  }

  it.each([
    ["", "https://mls.contoso.com/", true],
    ["contoso.com", "https://mls.contoso.com/", false],
    ["contoso.com", "https://contoso.com/", false],
    ["contoso.com", "https://notcontoso.com/", true],
    [".contoso.com", "https://mls.contoso.com:12800/", false],
    ["*.contoso.com", "https://mls.contoso.com/", false],
    ["CONTOSO.com", "https://MLS.Contoso.com./", false],
    ["contoso.com:12800", "https://mls.contoso.com:12800/", false],
    ["contoso.com:12800", "https://mls.contoso.com/", true],
    ["contoso.com:443", "https://mls.contoso.com/", false],
    ["contoso.com:80", "http://mls.contoso.com/", false],
    ["other.com, contoso.com", "https://mls.contoso.com/", false],
    ["other.com contoso.com", "https://mls.contoso.com/", false],
    ["*", "https://mls.contoso.com/", false],
    ["other.com,*", "https://mls.contoso.com/", false],
    ["10.1.2.3", "https://10.1.2.3:12800/", false],
    ["10.1.2.3:443", "https://10.1.2.3:12800/", true],
    ["10.0.0.0/8", "https://10.9.9.9/", false],
    ["10.0.0.0/8", "https://11.9.9.9/", true],
    ["10.0.0.0/8", "https://mls.contoso.com/", true],
    ["0.0.0.0/0", "https://11.9.9.9/", false],
    ["10.0.0.0/", "https://11.9.9.9/", true],
    ["10.0.0.0/0x8", "https://10.9.9.9/", true],
    ["10.0.0.0/33", "https://10.0.0.0/", true],
    ["::1/", "https://11.9.9.9/", true],
    ["fd00::1", "https://[fd00::1]/", false],
    ["[fd00::1]:12800", "https://[fd00::1]:12800/", false],
    ["[fd00::1]:12800", "https://[fd00::1]/", true],
    ["fd00::/8", "https://[fd12::9]/", false],
    ["", "http://localhost:12800/", false],
    ["", "https://127.0.0.9/", false],
    ["", "http://[::1]:12800/", false],
    ["", "https://localhost.contoso.com/", true]
  ] as const)("NO_PROXY=%j, %s: through the proxy %s", (noProxy, url, expected) => {
    assert.strictEqual(through(noProxy, url), expected ? "http://proxy:3128" : undefined)
  })

  it("lower-case names win, an empty one switches off, and https does not use HTTP_PROXY", () => {
    const found = ProxyVariables.fromEnvironment({
      HTTPS_PROXY: "a:1",
      https_proxy: "",
      HTTP_PROXY: "b:1",
      NO_PROXY: "c"
    })
    assert.deepStrictEqual(found, { https: "", http: "b:1", noProxy: "c" })
    const route = Either.getOrThrow(Proxy.route(found))
    assert.isUndefined(route(new URL("https://mls.contoso.com/")))
    assert.strictEqual(route(new URL("http://mls.contoso.com/"))?.origin, "http://b:1")
  })

  it("in a CGI program HTTP_PROXY is somebody's request header", () => {
    assert.isUndefined(ProxyVariables.fromEnvironment({ REQUEST_METHOD: "GET", HTTP_PROXY: "http://evil" }).http)
  })

  it.scopedLive("a proxy that is none is refused without repeating its password", () =>
    Effect.gen(function* () {
      for (const https of ["http://ada:canary-pw@", "socks5://ada:canary-pw@proxy:1080", "http://ada:canary-pw@a b"]) {
        const error = yield* Effect.flip(NodeHttp.make({ proxy: { https } }))
        assert.strictEqual(error.setting, "HTTPS_PROXY")
        assert.notInclude(inspect(error) + JSON.stringify(error), "canary-pw")
      }
    })
  )
})
