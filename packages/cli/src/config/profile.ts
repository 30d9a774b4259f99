/**
 * A profile: a server and how a person is signed in to it, under a name that is safe to show, to type and to put into a command.
 * No Effect: the direct paths of `mls` read it too.
 */
import * as Shape from "./shape.js"

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** Whether a profile may have this name. */
export const isName = (text: string): boolean => NAME.test(text)

/** The names there are. */
export const namesOf = (profiles: ReadonlyArray<{ readonly name: string }>): ReadonlyArray<string> =>
  profiles.map(({ name }) => name)

/** `mlserver` for `https://mlserver.example.com:12800`; longer where that is taken. */
export const nameFor = (url: string, taken: ReadonlyArray<string>): string => {
  const { hostname, port } = URL.canParse(url) ? new URL(url) : { hostname: "server", port: "" }
  const host = hostname.replaceAll(/[^A-Za-z0-9.-]/g, "-").replaceAll(/^-+|-+$/g, "")
  const isAddress = /^[\d.]+$/.test(host) || hostname.startsWith("[")
  const short = isAddress ? host : (host.split(".")[0] ?? host)
  const bases = [short, host, `${host}-${port}`].filter(isName)
  const free = bases.find((name) => !taken.includes(name))
  if (free !== undefined) return free
  const base = bases[0] ?? "server"
  for (let count = 2; ; count++) {
    const name = `${base}-${count}`
    if (!taken.includes(name)) return name
  }
}

/** The settings of Azure Active Directory, by the names that its notes have. */
export interface Azure {
  readonly authuri?: string | undefined
  readonly tenant: string
  readonly clientid: string
  readonly resource: string
  readonly wire?: "v1" | "v2" | undefined
}

/** The same, as far as they are known. */
export type PartOfAzure = { readonly [name in keyof Azure]?: Azure[name] | undefined }

/** How a person signs in: at the server itself, or at Azure. */
export type Method = (typeof METHODS)[number]
export const METHODS = ["password", "aad-device", "aad-browser", "aad-password"] as const

/** Where the tokens of a profile rest. */
export type Store = (typeof STORES)[number]
export const STORES = ["keyring", "encrypted", "file"] as const

/** What of a profile is another person's business. */
export interface Shared {
  readonly name: string
  readonly url: string
  readonly loginPath?: string | undefined
  readonly allowHttp?: boolean | undefined
  readonly caFile?: string | undefined
  /** How it was signed in to last; at the server itself where there is none. */
  readonly method?: Method | undefined
  readonly azure?: Azure | undefined
}

/** A server and how a person is signed in to it, under a name. */
export interface Profile extends Shared {
  readonly store?: Store | undefined
  /** The store was not chosen: it is what the default came to at the last sign-in. */
  readonly storeAssumed?: boolean | undefined
  /** Tells its session from that of another profile of the same server, which has no such mark or another. */
  readonly session?: string | undefined
}

const { fields, flag, oneOf, optional, text, textThat } = Shape

const shared = {
  name: textThat(isName),
  url: text,
  loginPath: optional(text),
  allowHttp: optional(flag),
  caFile: optional(text),
  method: optional(oneOf(...METHODS)),
  azure: optional(
    fields<Azure>({
      authuri: optional(text),
      tenant: text,
      clientid: text,
      resource: text,
      wire: optional(oneOf("v1", "v2"))
    })
  )
}

/** The same of what is shared of it. */
export const Shared = fields<Shared>(shared)

/** What JSON must be to be a profile. */
export const Profile = fields<Profile>({
  ...shared,
  store: optional(oneOf(...STORES)),
  storeAssumed: optional(flag),
  session: optional(text)
})

/** How a person signs in to it: by an Azure that has no method, with a device code. */
export const methodOf = ({ azure, method }: Shared): Method =>
  method ?? (azure === undefined ? "password" : "aad-device")

/** The settings of Azure as programs read them: each is there. `authuri` null: the global cloud's. */
export const azureJson = ({ authuri, clientid, resource, tenant, wire }: Azure) => ({
  authuri: authuri ?? null,
  tenant,
  clientid,
  resource,
  wire: wire ?? ("v1" as const)
})

/** A profile as programs read it: what a person chose, each of it always there; not the mark of its session. */
export const toJson = (profile: Profile) => ({
  name: profile.name,
  url: profile.url,
  method: methodOf(profile),
  loginPath: profile.loginPath ?? null,
  allowHttp: profile.allowHttp ?? false,
  caFile: profile.caFile ?? null,
  azure: profile.azure === undefined ? null : azureJson(profile.azure),
  store: profile.store ?? null
})
