/** msal-node with a number of accounts in its cache, all with a token that is good; nothing may touch the network. */
import { type AccountInfo, type JsonCache, PublicClientApplication } from "@azure/msal-node"

const environment = "login.microsoftonline.com"
const tenant = "11111111-2222-3333-4444-555555555555"
const clientId = "66666666-7777-8888-9999-000000000000"
const authority = `https://${environment}/${tenant}`
const target = "api://mlserver/user_impersonation"

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url")

const idToken = (oid: string, username: string, now: number): string =>
  [
    base64url({ alg: "none", typ: "JWT" }),
    base64url({ oid, tid: tenant, preferred_username: username, aud: clientId, iss: `${authority}/v2.0`, iat: now }),
    "signature"
  ].join(".")

const oidOf = (index: number): string => `00000000-0000-0000-0000-${String(index).padStart(12, "0")}`
const nameOf = (index: number): string => `user${index}@contoso.com`

/** What an application remembers of an account (asking msal for all 10,000 takes it minutes). */
const accountOf = (index: number): AccountInfo => ({
  homeAccountId: `${oidOf(index)}.${tenant}`,
  localAccountId: oidOf(index),
  environment,
  tenantId: tenant,
  username: nameOf(index)
})

const key = (...parts: ReadonlyArray<string>): string => parts.join("-").toLowerCase()

/** One account's records, in the format of msal's own serialised cache. */
const add = (cache: JsonCache, index: number): void => {
  const now = Math.floor(Date.now() / 1000)
  const oid = oidOf(index)
  const username = nameOf(index)
  const account = { home_account_id: `${oid}.${tenant}`, environment, realm: tenant }
  const credential = { ...account, client_id: clientId }
  cache.Account[key(account.home_account_id, environment, tenant)] = {
    ...account,
    local_account_id: oid,
    username,
    authority_type: "MSSTS",
    client_info: base64url({ uid: oid, utid: tenant })
  }
  cache.IdToken[key(account.home_account_id, environment, "idtoken", clientId, tenant, "", "")] = {
    ...credential,
    credential_type: "IdToken",
    secret: idToken(oid, username, now)
  }
  cache.AccessToken[key(account.home_account_id, environment, "accesstoken", clientId, tenant, target, "")] = {
    ...credential,
    credential_type: "AccessToken",
    secret: `access${index}`.padEnd(700, "x"),
    target,
    cached_at: String(now),
    expires_on: String(now + 3600),
    extended_expires_on: String(now + 7200),
    token_type: "Bearer"
  }
  cache.RefreshToken[key(account.home_account_id, environment, "refreshtoken", clientId, "", "", "")] = {
    home_account_id: account.home_account_id,
    environment,
    client_id: clientId,
    credential_type: "RefreshToken",
    secret: `refresh${index}`.padEnd(700, "y")
  }
}

const metadata = {
  authorityMetadata: JSON.stringify({
    issuer: `${authority}/v2.0`,
    authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
    token_endpoint: `${authority}/oauth2/v2.0/token`,
    end_session_endpoint: `${authority}/oauth2/v2.0/logout`,
    jwks_uri: `${authority}/discovery/v2.0/keys`
  }),
  cloudDiscoveryMetadata: JSON.stringify({
    tenant_discovery_endpoint: `${authority}/v2.0/.well-known/openid-configuration`,
    "api-version": "1.1",
    metadata: [{ preferred_network: environment, preferred_cache: environment, aliases: [environment] }]
  })
}

const offline = {
  sendGetRequestAsync: () => Promise.reject(new Error("the network was asked")),
  sendPostRequestAsync: () => Promise.reject(new Error("the network was asked"))
}

/** Asks for the token of account number `index`, which the cache has. */
export const silent = (accounts: number): ((index: number) => Promise<string>) => {
  const cache: JsonCache = { Account: {}, IdToken: {}, AccessToken: {}, RefreshToken: {}, AppMetadata: {} }
  for (let index = 0; index < accounts; index++) add(cache, index)
  const app = new PublicClientApplication({
    auth: { clientId, authority, ...metadata },
    system: { networkClient: offline }
  })
  app.getTokenCache().deserialize(JSON.stringify(cache))
  return async (index) => {
    const account = accountOf(index)
    const { accessToken, fromCache } = await app.acquireTokenSilent({ account, scopes: [target] })
    if (!fromCache || !accessToken.startsWith(`access${index}x`)) throw new Error("not the token of the cache")
    return accessToken
  }
}
