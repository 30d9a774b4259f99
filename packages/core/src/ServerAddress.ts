/**
 * What the address of a Machine Learning Server must be. Nothing of Effect is loaded for it; `ServerEndpoint` is the same for
 * everything else.
 */
import * as Address from "./internal/address.js"
import type { KeyFields } from "./TokenFields.js"

/** An address that was checked, as `ServerEndpoint` has it. */
export interface ServerAddress {
  readonly origin: string
  readonly base: string
}

/** Options of the check. */
export interface Options {
  /**
   * Allow plain http to another machine. Passwords and tokens then cross the network in clear: only for a network
   * that is encrypted by other means. Default: false.
   */
  readonly dangerouslyAllowHttp?: boolean | undefined
}

/**
 * Checks an address. See `ServerEndpoint.make` for what is refused, which is `undefined` here: that function says why.
 *
 * @example
 * import { ServerAddress } from "@mlserver-auth/core"
 *
 * const base = ServerAddress.check("https://mlserver.contoso.com:12800/")?.base // "https://mlserver.contoso.com:12800"
 */
export const check = (url: string | URL, options: Options = {}): ServerAddress | undefined => {
  const found = Address.check(String(url).trim(), { plainHttp: options.dangerouslyAllowHttp === true })
  return typeof found === "string" ? undefined : of(found)
}

/**
 * The address of a URL that was checked already: its path without a slash at its end.
 *
 * @example
 * import { ServerAddress } from "@mlserver-auth/core"
 *
 * const address = ServerAddress.of(new URL("https://contoso.com/mlserver/"))
 * // { origin: "https://contoso.com", base: "https://contoso.com/mlserver" }
 */
export const of = ({ origin, pathname }: Pick<URL, "origin" | "pathname">): ServerAddress => ({
  origin,
  base: origin + pathname.replace(/\/+$/, "")
})

/**
 * The fields of the key under which a store keeps a server's own tokens, those that it issues itself.
 *
 * @example
 * import { ServerAddress, TokenKey } from "@mlserver-auth/core"
 *
 * // Where the token of a user lies in a store; an empty name is the place of any user who signs in.
 * const key = (address: ServerAddress.ServerAddress, user: string) => TokenKey.make(ServerAddress.keyOf(address, user))
 */
export const keyOf = ({ base }: Pick<ServerAddress, "base">, principal: string): KeyFields => ({
  issuer: base,
  tenant: "",
  client: "",
  resource: "",
  principal
})
