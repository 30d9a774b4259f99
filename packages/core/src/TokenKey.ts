/**
 * The one key of store, lock and single flight: two tokens may stand for each other exactly when their keys are equal
 * (RFC 9700 4.4: bound to issuer, client and user).
 */
import * as Data from "effect/Data"

/**
 * Whose token, from whom, for what. Empty strings where a part does not apply: on premises only `issuer` and
 * `principal` are used. An empty `principal` is the place of "whoever signs in here".
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
    return JSON.stringify([this.issuer, this.tenant, this.client, this.resource, this.principal])
  }
}

/** A key; parts that are not given are empty. */
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
