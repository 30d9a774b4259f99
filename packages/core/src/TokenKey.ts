/**
 * The one key of store, lock and single flight: two tokens may stand for each other exactly when their keys are equal
 * (RFC 9700 4.4: bound to issuer, client and user).
 */
import * as Data from "effect/Data"
import * as TokenFields from "./TokenFields.js"

/**
 * The key of a record: whose token, from which issuer, for which resource. Made by `make`. Empty strings where a part does not
 * apply: on premises only `issuer` and `principal` are used. An empty `principal` is the place of any user who signs in here.
 */
export class TokenKey extends Data.Class<{
  readonly issuer: string
  readonly tenant: string
  readonly client: string
  readonly resource: string
  readonly principal: string
}> {
  /** The same for equal keys and different for different ones; for maps and for the names of records. Not a secret. */
  get id(): string {
    return TokenFields.idOf(this)
  }
}

/**
 * Makes a key. A missing part is empty.
 *
 * @example
 * import { TokenKey } from "@mlserver-auth/core"
 *
 * const key = TokenKey.make({ issuer: "https://mlserver.contoso.com:12800", principal: "ada" })
 * const id = key.id // '["https://mlserver.contoso.com:12800","","","","ada"]'
 */
export const make = (parts: {
  readonly issuer: string
  readonly tenant?: string | undefined
  readonly client?: string | undefined
  readonly resource?: string | undefined
  readonly principal?: string | undefined
}): TokenKey =>
  new TokenKey({
    issuer: parts.issuer,
    tenant: parts.tenant ?? "",
    client: parts.client ?? "",
    resource: parts.resource ?? "",
    principal: parts.principal ?? ""
  })
