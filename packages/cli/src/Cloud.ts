/**
 * Whether a server leaves sign-ins to Azure Active Directory, with which settings, and by which method to sign in:
 * option, pasted context, environment, then what `login` remembered.
 */
import type { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as Authority from "@mlserver-auth/core/Authority"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as ConfigFile from "./ConfigFile.js"
import { variable } from "./Invocation.js"
import { usage, type UsageError } from "./Usage.js"

/** How a person signs in: at the server itself, or at Azure. */
export type Method = ConfigFile.Method

/** What may be said for a method; `auto` goes by what else is given. */
export const METHODS = ["auto", "password", "aad-device", "aad-browser", "aad-password"] as const
type Wish = (typeof METHODS)[number]

/** The settings that a colleague hands over, as far as they are known. */
export interface Parts {
  readonly authuri?: string | undefined
  readonly tenant?: string | undefined
  readonly clientid?: string | undefined
  readonly resource?: string | undefined
  readonly wire?: "v1" | "v2" | undefined
}

/** All of them, checked. */
export interface Cloud {
  readonly authority: Authority.Authority
  readonly clientid: string
  readonly resource: string
  readonly wire: "v1" | "v2"
}

/** What the command line says of it. */
export interface Given {
  readonly method?: Option.Option<Wish> | undefined
  readonly authuri?: Option.Option<string> | undefined
  readonly tenant?: Option.Option<string> | undefined
  readonly clientid?: Option.Option<string> | undefined
  readonly resource?: Option.Option<string> | undefined
  readonly wire?: Option.Option<"v1" | "v2"> | undefined
  /** A pasted context. */
  readonly context?: Parts | undefined
  /** What `login` has in hand: a user name with a password, or an earlier device code. */
  readonly offered?: "password" | "code" | undefined
}

/** How to sign in, and where if not at the server itself. */
export interface Choice {
  readonly method: Method
  readonly cloud: Cloud | undefined
  /** Whether nobody named the method, now or at an earlier sign-in. */
  readonly assumed: boolean
}

const NAMES = ["authuri", "tenant", "clientid", "resource"] as const
const VARIABLES = {
  authuri: "MLS_AUTHURI",
  tenant: "MLS_TENANT",
  clientid: "MLS_CLIENT_ID",
  resource: "MLS_RESOURCE"
} as const

const ofOptions = (given: Given): Parts => {
  const value = <A>(option: Option.Option<A> | undefined) => Option.getOrUndefined(option ?? Option.none())
  return {
    authuri: value(given.authuri),
    tenant: value(given.tenant),
    clientid: value(given.clientid),
    resource: value(given.resource),
    wire: value(given.wire)
  }
}

const ofEnvironment: Effect.Effect<Parts> = Effect.all({
  authuri: variable(VARIABLES.authuri),
  tenant: variable(VARIABLES.tenant),
  clientid: variable(VARIABLES.clientid),
  resource: variable(VARIABLES.resource)
})

const isAny = (parts: Parts): boolean => NAMES.some((name) => parts[name] !== undefined)

/** The first that has a value, part by part. */
const merged = (...all: ReadonlyArray<Parts>): Parts => {
  const first = <A>(pick: (parts: Parts) => A | undefined) =>
    all.map(pick).find((value): value is Exclude<typeof value, undefined> => value !== undefined)
  return {
    authuri: first(({ authuri }) => authuri),
    tenant: first(({ tenant }) => tenant),
    clientid: first(({ clientid }) => clientid),
    resource: first(({ resource }) => resource),
    wire: first(({ wire }) => wire)
  }
}

const wished = (given: Given): Effect.Effect<Wish | undefined, UsageError> =>
  Effect.gen(function* () {
    const option = Option.getOrUndefined(given.method ?? Option.none<Wish>())
    if (option !== undefined) return option
    const text = yield* variable("MLS_METHOD")
    const method = METHODS.find((name) => name === text?.toLowerCase())
    if (text === undefined || method !== undefined) return method
    return yield* usage("MLS_METHOD is no method", `Set it to ${METHODS.join(", ")}, or unset it.`)
  })

const checked = (parts: Parts): Effect.Effect<Cloud, UsageError | ConfigurationInvalid> =>
  Effect.gen(function* () {
    const { authuri, clientid, resource, tenant, wire } = parts
    if (tenant === undefined || clientid === undefined || resource === undefined) {
      const missing = (["tenant", "clientid", "resource"] as const).filter((name) => parts[name] === undefined)
      return yield* usage(
        `A sign-in through Azure needs ${missing.map((name) => `--${name}`).join(", ")} too`,
        `Give ${missing.length === 1 ? "it" : "them"} to \`mls login\`, or set ${missing.map((name) => VARIABLES[name]).join(", ")}.`
      )
    }
    const authority = yield* Authority.make({ authuri, tenant })
    return { authority, clientid: clientid.trim(), resource: resource.trim(), wire: wire ?? "v1" }
  })

const contradiction = usage("--method password is for servers that check passwords themselves", "Leave out --method.")

/**
 * How to sign in to a server, and where. `UsageError` where settings are missing or contradict each other,
 * `ConfigurationInvalid` where one cannot be used.
 */
export const choose = (
  given: Given,
  known: ConfigFile.Profile | undefined
): Effect.Effect<Choice, UsageError | ConfigurationInvalid> =>
  Effect.gen(function* () {
    const said = merged(ofOptions(given), given.context ?? {})
    const current = merged(said, yield* ofEnvironment)
    const wish = yield* wished(given)
    const named = wish === "auto" ? undefined : wish
    if (named === "password" && isAny(said)) {
      return yield* contradiction
    }
    if (named === "password" || (named === undefined && !isAny(current) && known?.azure === undefined)) {
      return { method: "password", cloud: undefined, assumed: named === undefined }
    }
    const cloud = yield* checked(merged(current, known?.azure ?? {}))
    // Settings that are said anew are not those of the sign-in that is remembered.
    const anew = wish === "auto" || isAny(current) || known?.method === "password"
    const remembered = anew ? undefined : known?.method
    if (named !== undefined) return { method: named, cloud, assumed: false }
    if (given.offered === "password") return { method: "aad-password", cloud, assumed: remembered !== "aad-password" }
    if (given.offered === "code") return { method: "aad-device", cloud, assumed: true }
    return { method: remembered ?? "aad-device", cloud, assumed: remembered === undefined }
  })

/**
 * What a profile is to remember of it, with what the command line says anew; the environment has no part in that.
 * `UsageError` where settings are missing or contradict each other.
 */
export const changed = (
  given: Given,
  known: ConfigFile.Profile
): Effect.Effect<Pick<ConfigFile.Profile, "azure" | "method">, UsageError | ConfigurationInvalid> =>
  Effect.gen(function* () {
    const said = ofOptions(given)
    const wish = Option.getOrUndefined(given.method ?? Option.none<Wish>())
    const anew = isAny(said) || said.wire !== undefined
    if (wish === "password") return anew ? yield* contradiction : {}
    const azure =
      anew || (wish !== undefined && wish !== "auto")
        ? toRemember(yield* checked(merged(said, known.azure ?? {})))
        : known.azure
    const method = wish === "auto" ? undefined : (wish ?? known.method)
    return azure === undefined ? {} : { azure, method }
  })

/** How a server was signed in to last. */
export const ofRemembered = (known: ConfigFile.Profile): Effect.Effect<Choice, UsageError | ConfigurationInvalid> =>
  known.azure === undefined
    ? Effect.succeed({ method: "password", cloud: undefined, assumed: false })
    : Effect.map(checked(known.azure), (cloud) => ({
        method: known.method ?? "aad-device",
        cloud,
        assumed: false
      }))

/** An id as it is recognised by: GUIDs are shortened, domains and URIs are not. */
export const short = (id: string): string =>
  /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id) ? `${id.slice(0, 4)}…${id.slice(-3)}` : id

/** The settings as programs read them: every one of them is there. */
export interface Settings {
  /** `null`: the global cloud's. */
  readonly authuri: string | null
  readonly tenant: string
  readonly clientid: string
  readonly resource: string
  readonly wire: "v1" | "v2"
}

/** For programs. */
export const forPrograms = ({ authuri, clientid, resource, tenant, wire }: ConfigFile.Azure): Settings => ({
  authuri: authuri ?? null,
  tenant,
  clientid,
  resource,
  wire: wire ?? "v1"
})

/** What of it is worth remembering. */
export const toRemember = ({ authority, clientid, resource, wire }: Cloud): ConfigFile.Azure => ({
  authuri: authority.origin,
  tenant: authority.tenant,
  clientid,
  resource,
  ...(wire === "v1" ? {} : { wire })
})
