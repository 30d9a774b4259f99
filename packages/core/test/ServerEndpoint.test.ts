import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as ServerEndpoint from "../src/ServerEndpoint.js"
import { sized } from "./support/size.js"

const made = (url: string, options?: ServerEndpoint.Options) => Either.getOrThrow(ServerEndpoint.make(url, options))

describe("ServerEndpoint.make", () => {
  it.each([
    ["https://mls.example.com:12800", "https://mls.example.com:12800"],
    ["  https://mls.example.com:12800/\n", "https://mls.example.com:12800"],
    ["HTTPS://MLS.Example.COM:443", "https://mls.example.com"],
    ["https://mls.example.com.", "https://mls.example.com."],
    ["https://mls.example.com/?", "https://mls.example.com"],
    ["https://bücher.example", "https://xn--bcher-kva.example"],
    ["http://localhost:12800", "http://localhost:12800"],
    ["http://LOCALHOST:80/", "http://localhost"],
    ["http://127.0.0.1:12800", "http://127.0.0.1:12800"],
    ["http://127.1", "http://127.0.0.1"],
    ["http://0x7f.1", "http://127.0.0.1"],
    ["http://2130706433", "http://127.0.0.1"],
    ["http://127.255.255.254", "http://127.255.255.254"],
    ["http://[::1]:12800", "http://[::1]:12800"],
    ["http://[0:0:0:0:0:0:0:1]", "http://[::1]"]
  ])("accepts %j as %s", (url, base) => {
    const endpoint = made(url)
    expect(endpoint).toMatchObject({ origin: base, base })
  })

  it.each([
    ["https://mls.example.com/tenant/a/", "https://mls.example.com/tenant/a"],
    ["https://mls.example.com/a/../b//", "https://mls.example.com/b"]
  ])("keeps the path of %j without a slash at its end", (url, base) => {
    const endpoint = made(url)
    expect(endpoint).toMatchObject({ origin: "https://mls.example.com", base })
    expect(endpoint.resolve("/services")).toBe(`${base}/services`)
  })

  it("takes a URL object too", () => {
    expect(Either.getOrThrow(ServerEndpoint.make(new URL("http://localhost:12800/"))).base).toBe(
      "http://localhost:12800"
    )
  })

  it.each([
    ["", "not a URL"],
    ["mls", "not a URL"],
    ["https://", "not a URL"],
    ["https://mls:99999", "not a URL"],
    ["https://1.2.3.4.5", "not a URL"],
    ["mls.example.com:12800", "neither https nor http"],
    ["localhost:12800", "neither https nor http"],
    ["ftp://localhost", "neither https nor http"],
    ["ws://localhost", "neither https nor http"],
    ["file:///etc/passwd", "neither https nor http"],
    ["javascript:alert(1)", "neither https nor http"],
    ["https://ada@mls.example.com", "holds a user name or a password"],
    ["https://:Canary@mls.example.com", "holds a user name or a password"],
    ["https://mls.example.com/?tenant=1", "holds a query or a fragment"],
    ["https://mls.example.com/#top", "holds a query or a fragment"],
    ["http://127.0.0.1\n.example.com", "holds control characters"],
    ["https://mls.exa\tmple.com", "holds control characters"],
    ["https://mls.example.com/\u0000", "holds control characters"]
  ])("refuses %j: %s", (url, problem) => {
    const error = Either.getOrThrow(Either.flip(ServerEndpoint.make(url)))
    expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "server" })
    expect(error.problem).toContain(problem)
    expect(error.fix).not.toBe("")
    expect(error.message).not.toContain("Canary")
  })

  it.each([
    "http://mls.example.com:12800",
    "http://localhost.example.com",
    "http://127.0.0.1.example.com",
    "http://localhost.",
    "http://notlocalhost",
    "http://0.0.0.0",
    "http://128.0.0.1",
    "http://10.0.0.1",
    "http://[::]",
    "http://[::2]",
    "http://[::ffff:127.0.0.1]",
    "http://[::ffff:10.0.0.1]"
  ])("refuses plain http to %s unless told that it is dangerous", (url) => {
    const error = Either.getOrThrow(Either.flip(ServerEndpoint.make(url, { dangerouslyAllowHttp: false })))
    expect(error.problem).toContain("plain http")
    expect(made(url, { dangerouslyAllowHttp: true }).origin).toBe(new URL(url).origin)
  })

  it.each(["ftp://localhost", "https://ada@localhost", "https://localhost?x"])(
    "the permission for plain http permits nothing else: %s",
    (url) => {
      expect(Either.isLeft(ServerEndpoint.make(url, { dangerouslyAllowHttp: true }))).toBe(true)
    }
  )

  it("two endpoints of one address are equal", () => {
    expect(made("https://MLS.example.com/")).toEqual(made("https://mls.example.com:443"))
  })
})

describe("ServerEndpoint.owns", () => {
  it.each([
    "https://mls.example.com/services",
    "https://mls.example.com",
    "https://mls.example.com?x=1",
    "https://mls.example.com#x",
    "https://mls.example.com:443/services",
    "HTTPS://MLS.EXAMPLE.COM/services",
    "https:\\\\mls.example.com\\services",
    "https://mls.ex\tample.com/",
    "https://mls.example.com\\@evil.example/",
    "https://@mls.example.com/",
    "https://mls.example.com/@evil.example/",
    "https://mls.example.com/\\evil.example/",
    "https://mls.example.com//evil.example/"
  ])("its own: %j", (url) => {
    expect(made("https://mls.example.com").owns(url)).toBe(true)
  })

  it.each([
    "https://mls.example.com.evil.example/",
    "https://mls.example.community/",
    "https://mls.example.com:12800/",
    "https://mls.example.com:4430/",
    "https://mls.example.com@evil.example/",
    "https://mls.example.com:443@evil.example/",
    "https://mls.example.com\t@evil.example/",
    "https://mls.example.com\n.evil.example/",
    "https://ada@mls.example.com/",
    "https://:pw@mls.example.com/",
    "https://mls.example.com./",
    "http://mls.example.com/",
    "http://mls.example.com:443/",
    "https://evil.example/https://mls.example.com/",
    "https://evil.example?https://mls.example.com/",
    "//mls.example.com/",
    "/services",
    "services",
    "",
    "https://[mls.example.com/",
    "blob:https://mls.example.com/services",
    "javascript:https://mls.example.com/"
  ])("not its own, or no URL: %j", (url) => {
    expect(made("https://mls.example.com").owns(url)).toBe(false)
  })

  it.prop(
    "owns a URL only if its origin is the endpoint's",
    [
      FastCheck.constantFrom("https://mls.example.com", "http://localhost:12800", "http://[::1]"),
      FastCheck.array(
        FastCheck.constantFrom(
          ..."https: http: // / \\ \\\\ @ : . ? # % \t \n [::1] mls.example.com localhost :12800 :443 evil user:pw@ é \u0000".split(
            / /
          )
        ),
        { maxLength: 8 }
      ),
      FastCheck.boolean()
    ],
    ([origin, parts, prefixed]) => {
      const url = (prefixed ? origin : "") + parts.join("")
      if (made(origin).owns(url)) expect(new URL(url).origin).toBe(origin)
    },
    { fastCheck: { numRuns: sized(100, 2000) } }
  )
})

describe("ServerEndpoint.resolve", () => {
  const endpoint = made("https://mls.example.com:12800/base")

  it.each([
    ["/services", "https://mls.example.com:12800/base/services"],
    ["api/x", "https://mls.example.com:12800/base/api/x"],
    ["api/x:y", "https://mls.example.com:12800/base/api/x:y"],
    ["\\services", "https://mls.example.com:12800/base/services"],
    ["?x=1", "https://mls.example.com:12800/base/?x=1"],
    ["", "https://mls.example.com:12800/base/"],
    ["/", "https://mls.example.com:12800/base/"],
    ["/\t/evil.example", "https://mls.example.com:12800/base/\t/evil.example"],
    [" https://evil.example", "https://mls.example.com:12800/base/ https://evil.example"]
  ])("%j becomes %j, at the endpoint's own origin", (url, resolved) => {
    expect(endpoint.resolve(url)).toBe(resolved)
    expect(endpoint.owns(resolved)).toBe(true)
    expect(new URL(resolved).origin).toBe(endpoint.origin)
  })

  it.each([
    "https://mls.example.com:12800/services",
    "https://evil.example/services",
    "HTTP://evil.example/",
    "//evil.example/services",
    "/\\evil.example/services",
    "\\\\evil.example",
    "\\/evil.example",
    "data:text/plain,x"
  ])("%j says where it goes, and stays as it is", (url) => {
    expect(endpoint.resolve(url)).toBe(url)
    expect(endpoint.owns(url)).toBe(url.startsWith("https://mls."))
  })

  it.prop(
    "what resolves to another text lies at the endpoint's own origin",
    [FastCheck.string({ unit: "binary" })],
    ([url]) => {
      const resolved = endpoint.resolve(url)
      if (resolved !== url) expect(new URL(resolved).origin).toBe(endpoint.origin)
    },
    { fastCheck: { numRuns: sized(100, 1000) } }
  )
})
