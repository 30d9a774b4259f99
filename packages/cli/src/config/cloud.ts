/** Whether a server leaves sign-ins to Azure Active Directory, with which settings, and by which method to sign in. */
import type { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as Authority from "@mlserver-auth/core/Authority"
import * as Effect from "effect/Effect"
import { variablesOf } from "../cli/table/flag.js"
import { FLAGS, type Given as FlagsGiven, nameOf } from "../cli/table/flags.js"
import { usage, type UsageError } from "../cli/usage.js"
import type * as Profile from "./profile.js"
import { methodOf } from "./profile.js"
import { lookup, type Setting } from "./lookup.js"

/** How a person signs in: at the server itself, or at Azure. */
export type Method = Profile.Method

const NAMES = ["authuri", "tenant", "clientid", "resource"] as const
const REQUIRED = ["tenant", "clientid", "resource"] as const

/** The settings that a colleague hands over, as far as they are known. */
export type Parts = { readonly [name in (typeof NAMES)[number]]?: string | undefined }

/** All of them, checked. */
export interface Cloud {
  readonly authority: Authority.Authority
  readonly clientid: string
  readonly resource: string
  readonly wire: "v1" | "v2"
}

/** What the command line says of it. */
export interface Given extends Partial<FlagsGiven<"method" | "wire" | (typeof NAMES)[number]>> {
  /** A pasted context. */
  readonly context?: Parts | undefined
  /** What `login` has in hand: a user name with a password, or an earlier device code. */
  readonly offered?: "password" | "code" | undefined
}

/** How to sign in, and where if not at the server itself. */
export interface Choice {
  readonly method: Method
  readonly cloud: Cloud | undefined
  /** Whether no one named the method, now or at an earlier sign-in. */
  readonly assumed: boolean
}

/** Each setting of Azure, and where it comes from. */
export type Origins = { readonly [name in (typeof NAMES)[number] | "wire" | "method"]: Setting }

/** Looks all of them up. */
export const origins = (given: Given, known: Profile.Profile | undefined): Effect.Effect<Origins, UsageError> => {
  const look = (name: keyof Origins) => lookup(name, { ...given }, known, given.context)
  const names = [...NAMES, "wire", "method"] as const
  return Effect.map(
    Effect.forEach(names, (name) => Effect.map(look(name), (found) => [name, found] as const)),
    (found) => Object.fromEntries(found) as Origins
  )
}

const isAny = (found: Origins, ...by: ReadonlyArray<Setting["by"]>): boolean =>
  NAMES.some((name) => by.includes(found[name].by))

const checked = (parts: Profile.PartOfAzure): Effect.Effect<Cloud, UsageError | ConfigurationInvalid> =>
  Effect.gen(function* () {
    const { authuri, clientid, resource, tenant, wire } = parts
    if (tenant === undefined || clientid === undefined || resource === undefined) {
      const missing = REQUIRED.filter((name) => parts[name] === undefined)
      return yield* usage(
        `A sign-in through Azure needs ${missing.map((name) => `--${nameOf(name)}`).join(", ")} too`,
        `Give ${missing.length === 1 ? "it" : "them"} to \`mls login\`, or set ${missing.flatMap((name) => variablesOf(FLAGS[name])).join(", ")}.`
      )
    }
    const authority = yield* Authority.make({ authuri, tenant })
    return { authority, clientid: clientid.trim(), resource: resource.trim(), wire: wire ?? "v1" }
  })

const ofOrigins = (found: Origins) =>
  checked({
    authuri: found.authuri.value,
    tenant: found.tenant.value,
    clientid: found.clientid.value,
    resource: found.resource.value,
    wire: found.wire.value === "v2" ? "v2" : "v1"
  })

const contradiction = usage("--method password is for servers that check passwords themselves", "Leave out --method.")

/** A method of the table, if it is one in particular. */
const named = ({ by, value }: Setting): Method | undefined =>
  by === "profile" || by === "default" || value === "auto" ? undefined : (value as Method | undefined)

/**
 * How to sign in to a server, and where. `UsageError` where settings are missing or contradict each other,
 * `ConfigurationInvalid` where one cannot be used.
 */
export const choose = (
  found: Origins,
  known: Profile.Profile | undefined,
  offered: Given["offered"]
): Effect.Effect<Choice, UsageError | ConfigurationInvalid> =>
  Effect.gen(function* () {
    const wish = named(found.method)
    const isAnew = isAny(found, "flag", "context", "variable")
    if (wish === "password" && isAny(found, "flag", "context")) return yield* contradiction
    if (wish === "password" || (wish === undefined && !isAnew && known?.azure === undefined)) {
      return { method: "password", cloud: undefined, assumed: wish === undefined }
    }
    const cloud = yield* ofOrigins(found)
    if (wish !== undefined) return { method: wish, cloud, assumed: false }
    // Settings that are said anew are not those of the sign-in that is remembered.
    const anew = found.method.value === "auto" || isAnew || known?.method === "password"
    const remembered = anew ? undefined : known?.method
    if (offered === "password") return { method: "aad-password", cloud, assumed: remembered !== "aad-password" }
    if (offered === "code") return { method: "aad-device", cloud, assumed: true }
    return { method: remembered ?? "aad-device", cloud, assumed: remembered === undefined }
  })

/**
 * What a profile is to remember of it, with what the command line says anew; the environment has no part in that.
 * `UsageError` where settings are missing or contradict each other.
 */
export const changed = (
  given: Given,
  known: Profile.Profile
): Effect.Effect<Pick<Profile.Profile, "azure" | "method">, UsageError | ConfigurationInvalid> =>
  Effect.gen(function* () {
    const { authuri, clientid, method: wish, resource, tenant, wire } = given
    const said = { authuri, tenant, clientid, resource, wire }
    const anew = Object.values(said).some((value) => value !== undefined)
    if (wish === "password") return anew ? yield* contradiction : {}
    const merged = {
      ...known.azure,
      ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
    }
    const azure = anew || (wish !== undefined && wish !== "auto") ? toRemember(yield* checked(merged)) : known.azure
    const method = wish === "auto" ? undefined : (wish ?? known.method)
    return azure === undefined ? {} : { azure, method }
  })

/** How a server was signed in to last. */
export const ofRemembered = (known: Profile.Profile): Effect.Effect<Choice, UsageError | ConfigurationInvalid> =>
  known.azure === undefined
    ? Effect.succeed({ method: "password", cloud: undefined, assumed: false })
    : Effect.map(checked(known.azure), (cloud) => ({ method: methodOf(known), cloud, assumed: false }))

/** An id as it is recognised by: GUIDs are shortened, domains and URIs are not. */
export const short = (id: string): string =>
  /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id) ? `${id.slice(0, 4)}…${id.slice(-3)}` : id

/** What of it is worth remembering. */
export const toRemember = ({ authority, clientid, resource, wire }: Cloud): Profile.Azure => ({
  authuri: authority.origin,
  tenant: authority.tenant,
  clientid,
  resource,
  ...(wire === "v1" ? {} : { wire })
})
