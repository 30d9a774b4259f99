import { describe, expect, it } from "@effect/vitest"
import { CredentialSource, EntraAuth, TokenStore } from "@mlserver-auth/core"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { inspect } from "node:util"
import * as Authority from "../src/Authority.js"
import { sized } from "./support/size.js"

const GUID = "1f0e7a3c-5b2d-4c6e-8f9a-0b1c2d3e4f50"
const GLOBAL = "https://login.microsoftonline.com"

const made = (authuri: string | URL | undefined, tenant = "contoso.com") =>
  Either.getOrThrow(Authority.make({ authuri, tenant }))

const refused = (settings: Authority.Settings) => Either.getOrThrow(Either.flip(Authority.make(settings)))

describe("Authority.make: the address", () => {
  it("is the global cloud's where none is given", () => {
    expect(made(undefined)).toMatchObject({ origin: GLOBAL, base: `${GLOBAL}/contoso.com`, network: GLOBAL })
  })

  it.each([
    ["https://login.windows.net", "https://login.windows.net"],
    ["https://login.windows.net/", "https://login.windows.net"],
    ["  HTTPS://Login.Windows.NET:443//\n", "https://login.windows.net"],
    ["https://login.windows.net/contoso.com", "https://login.windows.net"],
    ["https://login.windows.net/Contoso.COM/", "https://login.windows.net"],
    ["https://aad.proxy.example:8443", "https://aad.proxy.example:8443"],
    ["http://localhost:12800", "http://localhost:12800"],
    ["http://127.0.0.1:12800/contoso.com", "http://127.0.0.1:12800"],
    ["http://[::1]:1/", "http://[::1]:1"]
  ])("%j: requests go to %s, as it was configured", (authuri, origin) => {
    expect(made(authuri)).toMatchObject({ origin, tenant: "contoso.com", base: `${origin}/contoso.com` })
  })

  it("may be a URL object", () => {
    expect(made(new URL("https://login.windows.net/contoso.com")).base).toBe("https://login.windows.net/contoso.com")
  })

  it.each([
    ["", "not a URL"],
    ["login.windows.net", "not a URL"],
    ["localhost:12800", "neither https nor http"],
    ["ldap://login.windows.net", "neither https nor http"],
    ["http://login.windows.net", "plain http"],
    ["http://localhost.example.com", "plain http"],
    ["https://ada:Canary@login.windows.net", "holds a user name or a password"],
    ["https://login.windows.net@evil.example", "holds a user name or a password"],
    ["https://login.windows.net?Canary=1", "holds a query or a fragment"],
    ["https://login.windows.net/contoso.com?api-version=1.0", "holds a query or a fragment"],
    ["https://login.windows.net/#Canary", "holds a query or a fragment"],
    ["https://login.windows.net/fabrikam.com", "has a path that is not the tenant"],
    ["https://login.windows.net/common", "has a path that is not the tenant"],
    ["https://login.windows.net/contoso.com/oauth2/token", "has a path that is not the tenant"],
    ["https://login.windows.net/contoso%2Ecom", "has a path that is not the tenant"],
    ["https://login.windows.net//contoso.com", "has a path that is not the tenant"],
    ["https://login.windows.net/contoso.com/../Canary", "has a path that is not the tenant"],
    ["https://login.win\ndows.net", "holds control characters"],
    ["https://login.windows.net/\u0000", "holds control characters"]
  ])("%j is refused: %s", (authuri, problem) => {
    const error = refused({ authuri, tenant: "contoso.com" })
    expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "authuri" })
    expect(error.problem).toContain(problem)
    expect(error.message).toMatch(/^authuri: .+\. .+\.$/s)
    expect(inspect(error) + error.message).not.toMatch(/Canary|mlserver\.example/)
  })

  it.effect("plain http to another machine is refused whatever the server is allowed", () =>
    Effect.gen(function* () {
      const settings = { authuri: "http://aad.example", tenant: "contoso.com", clientid: "c", resource: "r" }
      const made = EntraAuth.make({ server: "http://mls.example", dangerouslyAllowHttp: true, ...settings })
      const error = yield* Effect.flip(
        Effect.scoped(made).pipe(
          Effect.provide([FetchHttpClient.layer, TokenStore.layerMemory, CredentialSource.layerNone])
        )
      )
      expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "authuri", fix: "Use https." })
    })
  )
})

describe("Authority.make: the tenant", () => {
  it.each([
    [GUID, GUID],
    [GUID.toUpperCase(), GUID],
    ["contoso.com", "contoso.com"],
    ["Contoso.OnMicrosoft.COM", "contoso.onmicrosoft.com"],
    [" \tcontoso.com \n", "contoso.com"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["organizations", "organizations"],
    ["common", "common"],
    ["adfs", "adfs"],
    ["a", "a"],
    ["a".repeat(253), "a".repeat(253)]
  ])("%j is %s", (given, tenant) => {
    expect(made(undefined, given)).toMatchObject({ tenant, base: `${GLOBAL}/${tenant}` })
  })

  it.each([
    ["", "empty"],
    [" \t\u00a0", "empty"],
    [".", "neither"],
    ["..", "neither"],
    ["../common", "neither"],
    ["contoso.com/..", "neither"],
    ["contoso.com/oauth2", "neither"],
    ["contoso\\com", "neither"],
    ["/contoso.com", "neither"],
    [".contoso.com", "neither"],
    ["contoso.com.", "neither"],
    ["-contoso", "neither"],
    ["contoso-", "neither"],
    ["contoso com", "neither"],
    ["contoso%2ecom", "neither"],
    ["contoso.com?x=1", "neither"],
    ["contoso.com#x", "neither"],
    ["contoso.com:443", "neither"],
    ["ada@contoso.com", "neither"],
    ["{contoso}", "neither"],
    ["https://login.windows.net/contoso.com", "neither"],
    ["bücher.example", "neither"],
    // The Kelvin sign, whose lower case is an ASCII letter.
    ["\u212aontoso.com", "neither"],
    ["contoso\u0000.com", "neither"],
    ["contoso\r\n.com", "neither"],
    ["contoso\u202e.com", "neither"],
    ["a".repeat(254), "neither"]
  ])("%j is refused: %s", (tenant, problem) => {
    const error = refused({ tenant })
    expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "tenant" })
    expect(error.problem).toContain(problem)
    expect(error.fix).toContain("GUID or its domain")
  })

  it("is looked at as well where the address names another one", () => {
    expect(refused({ authuri: `${GLOBAL}/contoso.com`, tenant: "" }).setting).toBe("tenant")
    expect(made(`${GLOBAL}/${GUID.toUpperCase()}`, GUID).base).toBe(`${GLOBAL}/${GUID}`)
  })
})

describe("Authority.network", () => {
  const clouds = [
    [GLOBAL, "login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"],
    ["https://login.partner.microsoftonline.cn", "login.partner.microsoftonline.cn", "login.chinacloudapi.cn"],
    ["https://login.microsoftonline.us", "login.microsoftonline.us", "login.usgovcloudapi.net"],
    ["https://login.microsoftonline.de", "login.microsoftonline.de"],
    ["https://login-us.microsoftonline.com", "login-us.microsoftonline.com"]
  ] as const

  it.each(clouds)("is %s for each name of that cloud, while requests go where they were sent", (network, ...hosts) => {
    for (const host of hosts) expect(made(`https://${host}`)).toMatchObject({ network, origin: `https://${host}` })
  })

  it("is another for each cloud", () => {
    expect(new Set(clouds.flatMap(([, host]) => made(`https://${host}`).network)).size).toBe(clouds.length)
  })

  it.each([
    "https://aad.proxy.example",
    "https://login.windows.net.evil.example",
    "https://evil-login.windows.net",
    "https://login.windows.net:8443",
    "http://localhost:12800"
  ])("%s stands for itself", (authuri) => {
    expect(made(authuri).network).toBe(authuri)
  })
})

describe("Authority", () => {
  it("compares by content", () => {
    expect(made("https://LOGIN.windows.net/", "Contoso.com")).toEqual(made("https://login.windows.net", "contoso.com"))
    expect(made("https://login.windows.net")).not.toEqual(made(undefined))
  })

  it.prop(
    "its base is its origin and its tenant, is an address without anything else, and makes the same authority again",
    [
      FastCheck.webUrl({ validSchemes: ["https"] }).map((url) => new URL(url).origin),
      FastCheck.oneof(FastCheck.uuid(), FastCheck.domain()),
      FastCheck.boolean()
    ],
    ([authuri, tenant, loud]) => {
      const authority = made(authuri, loud ? tenant.toUpperCase() : tenant)
      const url = new URL(authority.base)
      expect(authority.base).toBe(`${authority.origin}/${authority.tenant}`)
      expect([url.href, url.origin]).toEqual([authority.base, authority.origin])
      expect(authority.tenant).toBe(tenant.toLowerCase())
      expect(made(authority.base, authority.tenant)).toEqual(authority)
    }
  )

  it.prop(
    "whatever is given as tenant, the path has one part and no other host is reached",
    [FastCheck.oneof(FastCheck.string({ unit: "binary", maxLength: 20 }), FastCheck.stringMatching(/^[./\\@?#%:a]*$/))],
    ([tenant]) => {
      const result = Authority.make({ tenant })
      if (Either.isLeft(result)) return
      const url = new URL(`${result.right.base}/oauth2/token`)
      expect(url.origin).toBe(GLOBAL)
      expect(url.pathname).toBe(`/${result.right.tenant}/oauth2/token`)
      expect(url.search + url.hash).toBe("")
    },
    { fastCheck: { numRuns: sized(100, 2000) } }
  )
})
