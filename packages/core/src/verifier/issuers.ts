/** Whom the tokens of an authority name as their issuer. */
import { type Authority, preferredHost } from "../Authority.js"

/** Names of one cloud are one issuer; nothing else of the address may differ (RFC 7519 4.1.1). */
export const canonicalIssuer = (issuer: string): string => {
  const match = /^https:\/\/([^/?#@]+)(\/.*)?$/s.exec(issuer)
  return match === null ? issuer : `https://${preferredHost(match[1] ?? "")}${match[2] ?? ""}`
}

/**
 * Clouds whose v1 tokens name an issuer that is no name of the cloud. Source: what their metadata says; the keys still
 * come from the cloud itself.
 */
const V1_ISSUERS: { readonly [network: string]: string } = {
  "https://login.partner.microsoftonline.cn": "https://sts.chinacloudapi.cn",
  "https://login.microsoftonline.us": "https://sts.windows.net"
}

/** The issuers of one tenant's tokens: of v1 form in two spellings, and of v2 form. */
export const issuersOf = ({ network, origin, tenant }: Authority): ReadonlyArray<string> =>
  [origin, V1_ISSUERS[network] ?? origin].map((at) => `${at}/${tenant}/`).concat(`${origin}/${tenant}/v2.0`)
