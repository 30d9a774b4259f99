/**
 * `oidc-provider`, which is certified by the OpenID Foundation, on loopback behind `AzureWire`: device flow with its own
 * pages, refresh tokens that rotate and whose reuse ends the family, revocation, introspection. What it does not have, a
 * password grant, is registered the way its documentation says.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { generateKeyPairSync } from "node:crypto"
import { once } from "node:events"
import * as Http from "node:http"
import { json } from "node:stream/consumers"
import type { Context, Provider, ResourceServerInfo, Token } from "oidc-provider"
import { vi } from "vitest"
import * as Loopback from "../loopback.js"
import * as AzureWire from "./AzureWire.js"
import * as Browser from "./Browser.js"

// The provider gives advice for deployments, which tests are none: on import, when made, and on first use.
for (const level of ["info", "warn"] as const) {
  const say = console[level].bind(console)
  vi.spyOn(console, level).mockImplementation((...words: ReadonlyArray<unknown>) =>
    String(words[0]).startsWith("oidc-provider ") ? undefined : say(...words)
  )
}
const OidcProvider = await import("oidc-provider")

const signingKey = () => ({
  ...generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" }),
  alg: "ES256",
  use: "sig"
})

/** Who may sign in, and what our program is to the provider. */
export const users: ReadonlyMap<string, string> = new Map([
  ["ada@contoso.test", "ada-lovelace-1815"],
  ["olga@contoso.test", "olga-taussky-1906"]
])
export const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
export const CLIENT = "0f1e2d3c-public-client"
export const RESOURCE = "https://mls.contoso.test/"
const SCOPE = "user_impersonation"
const API = { client_id: "mls-api", client_secret: "the-api-s-own-secret-at-the-provider" }

/** Seconds: of each, or of the first one and of those after it, which no test need hurry to use. */
export type Life = number | readonly [first: number, others: number]

const lives = (life: Life): (() => number) => {
  let made = 0
  return () => (typeof life === "number" ? life : life[Math.min(made++, 1)]) ?? 0
}

export interface Options {
  /** 10 minutes unless said otherwise. */
  readonly deviceCodeLife?: Life
  /** An hour unless said otherwise. */
  readonly accessTokenLife?: Life
  /** Opaque unless said otherwise. */
  readonly accessTokenFormat?: "opaque" | "jwt"
  /** Where sign-ins in the browser may lead back to, besides any port of this machine. */
  readonly redirectUris?: ReadonlyArray<string>
  /** Seconds between polls, as the provider announces it; none of its own, so that 5 seconds apply (RFC 8628 3.2). */
  readonly interval?: number
}

/** What the token endpoint has done, by grant type as it knows them. */
export interface Counts {
  readonly granted: Readonly<Record<string, number>>
  /** `grant_type: error`, in order. */
  readonly refused: ReadonlyArray<string>
  readonly familiesRevoked: number
}

export interface CertifiedProvider {
  /** What a colleague hands over. */
  readonly authuri: string
  readonly tenant: string
  /** The provider's own address, which its tokens name. */
  readonly issuer: string
  readonly counts: Effect.Effect<Counts>
  /** The operator deletes every access token; refresh tokens live on. */
  readonly deleteAccessTokens: Effect.Effect<void>
  /** Asks whether a token is alive, as an API does (RFC 7662): its claims, or `undefined`. */
  readonly introspect: (token: string) => Effect.Effect<{ readonly sub: string; readonly aud: string } | undefined>
}

export const make = (options: Options = {}): Effect.Effect<CertifiedProvider, never, Scope.Scope> =>
  Effect.gen(function* () {
    let handler: Http.RequestListener = (_, response) => void response.writeHead(503).end()
    const { url: issuer } = yield* Loopback.http((request, response) => handler(request, response))
    const accessTokenLife = lives(options.accessTokenLife ?? 3600)
    const resourceServer = () => ({
      scope: SCOPE,
      audience: RESOURCE,
      accessTokenFormat: options.accessTokenFormat ?? ("opaque" as const),
      jwt: { sign: { alg: "ES256" } }
    })
    const provider = new OidcProvider.Provider(issuer, configuration(options, accessTokenLife, resourceServer))
    const grants = new Set(["password", "refresh_token", DEVICE_GRANT])
    const { counts, tokens } = watched(provider, grants)
    provider.registerGrantType("password", passwordGrant(provider, resourceServer), [
      "username",
      "password",
      "scope",
      "resource"
    ])
    // What its documentation calls a post-middleware.
    provider.use(async (context, next) => {
      await next()
      const { interval } = options
      if (interval === undefined || context.oidc?.route !== "device_authorization") return
      context.body = { ...(context.body as object), interval }
    })
    const callback = provider.callback()
    handler = (request, response) => void callback(request, response)
    const wire = yield* AzureWire.make({
      token: `${issuer}/token`,
      authorization: `${issuer}/auth`,
      deviceAuthorization: `${issuer}/device/auth`,
      revocation: `${issuer}/token/revocation`,
      scope: SCOPE
    })
    return {
      authuri: wire.url,
      tenant: AzureWire.TENANT,
      issuer,
      counts: Effect.sync(counts),
      deleteAccessTokens: Effect.promise(() =>
        Promise.all([...tokens].map((token) => token.destroy())).then(() => tokens.clear())
      ),
      introspect: (token) => Effect.promise(() => introspect(issuer, token))
    }
  })

const configuration = (
  options: Options,
  accessTokenLife: () => number,
  getResourceServerInfo: () => ResourceServerInfo
) => ({
  clients: [
    {
      client_id: CLIENT,
      token_endpoint_auth_method: "none",
      id_token_signed_response_alg: "ES256",
      application_type: "native",
      grant_types: [DEVICE_GRANT, "refresh_token", "password", "authorization_code"],
      response_types: ["code"],
      redirect_uris: ["http://127.0.0.1/", ...(options.redirectUris ?? [])]
    },
    { ...API, id_token_signed_response_alg: "ES256", grant_types: [], response_types: [], redirect_uris: [] }
  ],
  claims: { openid: ["sub"], profile: ["name"] },
  jwks: { keys: [signingKey()] },
  cookies: { keys: ["a key for the cookies of tests"] },
  features: {
    deviceFlow: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo
    }
  },
  findAccount: (_: unknown, id: string) => (users.has(id) ? { accountId: id, claims: () => ({ sub: id }) } : undefined),
  rotateRefreshToken: true,
  ttl: {
    DeviceCode: lives(options.deviceCodeLife ?? 600),
    AccessToken: accessTokenLife,
    RefreshToken: 86_400,
    Grant: 86_400,
    IdToken: 3600,
    Interaction: 600,
    Session: 600
  }
})

/** RFC 6749 4.3, which the provider leaves to whoever wants it. */
const passwordGrant =
  (provider: Provider, resourceServer: () => ResourceServerInfo) =>
  async (context: Context): Promise<void> => {
    const { client, params } = context.oidc
    const { password, resource = "", scope = "", username: accountId = "" } = params
    if (users.get(accountId) !== password) throw new OidcProvider.errors.InvalidGrant("wrong user name or password")
    const grant = new provider.Grant({ accountId, clientId: client.clientId })
    grant.addOIDCScope(scope)
    grant.addResourceScope(resource, SCOPE)
    const grantId = await grant.save()
    const gty = "password"
    const access = new provider.AccessToken({ accountId, client, grantId, gty })
    access.resourceServer = new provider.ResourceServer(resource, resourceServer())
    access.scope = SCOPE
    const refresh = new provider.RefreshToken({ accountId, client, grantId, gty, resource, scope, rotations: 0 })
    context.body = {
      access_token: await access.save(),
      refresh_token: await refresh.save(),
      expires_in: access.expiration,
      token_type: "Bearer",
      scope: access.scope
    }
  }

const watched = (provider: Provider, grants: ReadonlySet<string>) => {
  const granted: Record<string, number> = Object.fromEntries([...grants].map((grant) => [grant, 0]))
  const refused: Array<string> = []
  const tokens = new Set<Token>()
  let familiesRevoked = 0
  const grantOf = ({ oidc }: Context): string => oidc.params["grant_type"] ?? "none"
  provider.on("grant.success", (context) => void (granted[grantOf(context)] = (granted[grantOf(context)] ?? 0) + 1))
  provider.on("grant.error", (context, error) => void refused.push(`${grantOf(context)}: ${error.message}`))
  provider.on("grant.revoked", () => void familiesRevoked++)
  provider.on("access_token.saved", (token) => void tokens.add(token))
  return { tokens, counts: (): Counts => ({ granted: { ...granted }, refused: [...refused], familiesRevoked }) }
}

const introspect = async (issuer: string, token: string) => {
  const basic = Buffer.from(`${API.client_id}:${API.client_secret}`).toString("base64")
  // Not `fetch`, which gives up on a connection after ten seconds.
  const request = Http.request(`${issuer}/token/introspection`, {
    method: "POST",
    headers: { authorization: `Basic ${basic}`, "content-type": "application/x-www-form-urlencoded" }
  })
  request.end(new URLSearchParams({ token }).toString())
  const [response] = (await once(request, "response")) as [Http.IncomingMessage]
  const claims = (await json(response)) as { readonly active: boolean; readonly sub: string; readonly aud: string }
  return claims.active ? claims : undefined
}

/** A person who types the code, confirms that it is theirs, signs in and consents, page by page. */
export const approve = (verificationUri: string, userCode: string, user: string): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { browser, confirmation } = yield* codeTyped(verificationUri, userCode)
    const login = yield* browser.submit(confirmation, { confirm: "yes" })
    const consent = yield* browser.submit(login, { login: user, password: users.get(user) ?? "" })
    const end = yield* browser.submit(consent, {})
    if (!end.text.includes("Sign-in Success")) throw new Error(`not signed in: ${end.status} ${end.text}`)
  })

/** A person who signs in at the page of an authorization request, and consents. Where that leads to is opened too. */
export const signIn = (address: string, user: string): Effect.Effect<Browser.Page> =>
  Effect.gen(function* () {
    const browser = yield* Browser.make
    const login = yield* browser.open(address)
    const consent = yield* browser.submit(login, { login: user, password: users.get(user) ?? "" })
    return yield* browser.submit(consent, {})
  })

/** A person who goes away from that page by its link. */
export const cancel = (address: string): Effect.Effect<Browser.Page> =>
  Effect.gen(function* () {
    const browser = yield* Browser.make
    const login = yield* browser.open(address)
    const [, link = ""] = /<a href="([^"]+abort)"/.exec(login.text) ?? []
    return yield* browser.open(new URL(link, login.url).href)
  })

/** A person who types the code and says that they did not ask for this. */
export const decline = (verificationUri: string, userCode: string): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { browser, confirmation } = yield* codeTyped(verificationUri, userCode)
    yield* browser.submit(confirmation, { abort: "yes" })
  })

const codeTyped = (verificationUri: string, userCode: string) =>
  Effect.gen(function* () {
    const browser = yield* Browser.make
    const entry = yield* browser.open(verificationUri)
    return { browser, confirmation: yield* browser.submit(entry, { user_code: userCode }) }
  })
