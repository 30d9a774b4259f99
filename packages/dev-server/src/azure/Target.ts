/**
 * What tokens are asked for: `resource` in v1, `scope` in v2.
 */
import * as Either from "effect/Either"
import type { Call, Outcome } from "./Call.js"
import * as Failure from "./Failure.js"

/** A resource, and the scopes beside it. */
export interface Target {
  readonly resource: string
  readonly scopes: ReadonlyArray<string>
}

const OPENID_SCOPES = ["openid", "profile", "email", "offline_access"]

const known = ({ authority }: Call, resource: string): Outcome<string> => {
  const { configuration } = authority
  const wanted = resource.toLowerCase()
  const found = [configuration.resource, ...configuration.otherResources].find((it) => it.toLowerCase() === wanted)
  return found === undefined
    ? Either.left(Failure.unknownResource(resource, configuration.tenant))
    : Either.right(found)
}

const words = (scope: string): ReadonlyArray<string> => scope.split(" ").filter((word) => word !== "")

/** A resource's scope is the resource, a slash, and a permission; `.default` is not mixed with others. */
const resourceOf = (scope: string, scopes: ReadonlyArray<string>): Outcome<string> => {
  const whole = scopes.every((it) => it.lastIndexOf("/") > 0)
  const resources = new Set(scopes.map((it) => it.slice(0, it.lastIndexOf("/"))))
  const [resource] = resources
  const mixed = scopes.length > 1 && scopes.some((it) => it.endsWith("/.default"))
  return !whole || resources.size > 1 || mixed || resource === undefined
    ? Either.left(Failure.invalidScope(scope))
    : Either.right(resource)
}

const ofScope = (call: Call, scope: string): Outcome<Target> => {
  const scopes = words(scope)
  const wanted = scopes.filter((it) => !OPENID_SCOPES.includes(it))
  return resourceOf(scope, wanted).pipe(
    Either.flatMap((resource) => known(call, resource)),
    Either.map((resource) => ({ resource, scopes }))
  )
}

/** In v1 only `openid` means something among scopes. */
const ofResource = (call: Call, resource: string): Outcome<Target> =>
  Either.map(known(call, resource), (resource) => ({
    resource,
    scopes: words(call.form.get("scope") ?? "").filter((it) => it === "openid")
  }))

/** What is asked for; `undefined` when nothing is. */
export const optional = (call: Call): Outcome<Target | undefined> => {
  const [resource, scope] = [call.form.get("resource"), call.form.get("scope")]
  if (call.wire === "v1") return resource === undefined ? Either.right(undefined) : ofResource(call, resource)
  if (resource !== undefined) return Either.left(Failure.resourceOnV2)
  return scope === undefined ? Either.right(undefined) : ofScope(call, scope)
}

/** What is asked for, which must be said. */
export const required = (call: Call): Outcome<Target> =>
  Either.flatMap(optional(call), (target): Outcome<Target> =>
    target === undefined
      ? Either.left(Failure.missing(call.wire === "v1" ? "resource" : "scope"))
      : Either.right(target)
  )

/** Is a refresh token wanted? v1 always gives one. */
export const wantsRefreshToken = (wire: Call["wire"], scopes: ReadonlyArray<string>): boolean =>
  wire === "v1" || scopes.includes("offline_access")
