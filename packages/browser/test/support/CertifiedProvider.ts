/**
 * `oidc-provider`, which is certified by the OpenID Foundation, with its endpoints where Azure has them (v2) and its own
 * pages: an authority that nobody here wrote.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { generateKeyPairSync } from "node:crypto"
import type * as Http from "node:http"
import type { Page } from "playwright-core"
import { vi } from "vitest"
import * as Site from "./Site.js"

// The provider gives advice for deployments, which tests are none.
for (const level of ["info", "warn"] as const) {
  const say = console[level].bind(console)
  vi.spyOn(console, level).mockImplementation((...words: ReadonlyArray<unknown>) =>
    String(words[0]).startsWith("oidc-provider ") ? undefined : say(...words)
  )
}
const { Provider } = await import("oidc-provider")

const TENANT = "contoso.test"
const CLIENT = "0f1e2d3c-single-page"
const RESOURCE = "https://mls.contoso.test"
export const USER = "ada@contoso.test"

export interface CertifiedProvider {
  /** What a colleague hands over. */
  readonly settings: {
    readonly authuri: string
    readonly tenant: string
    readonly clientid: string
    readonly resource: string
    readonly issuer: string
    /** It gives refresh tokens only to whom the person consented. */
    readonly ask: "consent"
  }
  /** What the token endpoint has done: `granted`, or the error. */
  readonly done: ReadonlyArray<string>
}

const endpoint = (name: string) => `/${TENANT}/oauth2/v2.0/${name}`

const configuration = (redirectUris: ReadonlyArray<string>) => ({
  clients: [
    {
      client_id: CLIENT,
      token_endpoint_auth_method: "none",
      id_token_signed_response_alg: "ES256",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      redirect_uris: redirectUris
    }
  ],
  routes: { authorization: endpoint("authorize"), token: endpoint("token") },
  clientBasedCORS: () => true,
  claims: { openid: ["sub"], profile: ["name"] },
  jwks: {
    keys: [
      {
        ...generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" }),
        alg: "ES256",
        use: "sig"
      }
    ]
  },
  cookies: { keys: ["a key for the cookies of tests"] },
  features: {
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: `${RESOURCE}/.default`,
        audience: RESOURCE,
        accessTokenFormat: "opaque",
        accessTokenTTL: 3600
      })
    }
  },
  findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
  ttl: { AccessToken: 3600, Grant: 86_400, IdToken: 3600, Interaction: 600, RefreshToken: 86_400, Session: 600 }
})

/** Serves until the scope closes; who may come back where is told it once that is known. */
export const make: Effect.Effect<
  { readonly issuer: string; readonly register: (redirectUris: ReadonlyArray<string>) => CertifiedProvider },
  never,
  Scope.Scope
> = Effect.gen(function* () {
  let handler: Http.RequestListener = (_, response) => void response.writeHead(503).end()
  const issuer = yield* Site.listen((request, response) => handler(request, response))
  return {
    issuer,
    register: (redirectUris) => {
      const provider = new Provider(issuer, configuration(redirectUris))
      const done: Array<string> = []
      provider.on("grant.success", () => void done.push("granted"))
      provider.on("grant.error", (_, error) => void done.push(error.message))
      const callback = provider.callback()
      handler = (request, response) => void callback(request, response)
      return {
        settings: { authuri: issuer, tenant: TENANT, clientid: CLIENT, resource: RESOURCE, issuer, ask: "consent" },
        done
      }
    }
  }
})

/** The person signs in and consents, page by page. */
export const accept = (tab: Page): Effect.Effect<void> =>
  Effect.promise(async () => {
    await tab.fill("input[name=login]", USER)
    await tab.fill("input[name=password]", "whatever: it takes any")
    await tab.click("button[type=submit]")
    await tab.click("button[type=submit]:has-text('Continue')")
  })

/** The person goes away by the page's link. */
export const cancel = (tab: Page): Effect.Effect<void> => Effect.promise(() => tab.click("a[href$=abort]"))
