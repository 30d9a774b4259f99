/**
 * Everything the Azure Active Directory authority holds: its configuration, and the state that requests and the control
 * change. Each change is one synchronous step.
 */
import { createHash } from "node:crypto"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as AzureDirectory from "../AzureDirectory.js"
import type { TokenFormat } from "../Tokens.js"
import * as AuthorizationCodes from "./authorization/AuthorizationCodes.js"
import * as AzureGrants from "./token/AzureGrants.js"
import * as AzureTokens from "./token/AzureTokens.js"
import * as DeviceCodes from "./device/DeviceCodes.js"
import * as RedirectUris from "./authorization/RedirectUris.js"
import * as SignIn from "./SignIn.js"

/** Options of the authority. Everything has a default. */
export interface AzureOptions {
  /** The identifier of the tenant. Default: `AzureDirectory.tenant`. */
  readonly tenant?: string | undefined
  /** The id of the native application. Default: `AzureDirectory.clientid`. */
  readonly clientid?: string | undefined
  /** The id of the web application that stands for the server: its audience. Default: `AzureDirectory.resource`. */
  readonly resource?: string | undefined
  /** Resources that tokens are also given for, and which are not this server. Default: none. */
  readonly otherResources?: ReadonlyArray<string> | undefined
  /** Who can sign in. Default: `AzureDirectory.sampleUsers`. */
  readonly users?: ReadonlyArray<AzureDirectory.User> | undefined
  /** `false`: an application without "Allow public client flows". Default: true. */
  readonly publicClient?: boolean | undefined
  /** The version of access tokens, whichever endpoint they were asked of. Default: "1.0". */
  readonly accessTokenVersion?: "1.0" | "2.0" | undefined
  /**
   * Where a sign-in in the browser may lead back to. On this machine the port does not count. Default: `http://localhost` and
   * `http://127.0.0.1` for programs (`native`), nothing for pages (`spa`).
   */
  readonly redirectUris?: Partial<RedirectUris.RedirectUris> | undefined
  /**
   * How long tokens and codes live. Default: access tokens as the server's own; refresh tokens 90 days without use, those of
   * pages 24 hours in all; device codes 15 minutes, authorization codes 10 minutes.
   */
  readonly lifetimes?:
    | {
        readonly accessToken?: Duration.DurationInput | undefined
        readonly refreshToken?: Duration.DurationInput | undefined
        readonly pageRefreshToken?: Duration.DurationInput | undefined
        readonly authorizationCode?: Duration.DurationInput | undefined
        readonly deviceCode?: Duration.DurationInput | undefined
      }
    | undefined
  /** Whether refresh tokens work once, so that using one again is refused and counted. Default: false. */
  readonly rotateRefreshTokens?: boolean | undefined
  /** When wrong passwords lock a user out, and for how long. Default: after 10, for one minute. */
  readonly lockout?:
    | { readonly threshold?: number | undefined; readonly duration?: Duration.DurationInput | undefined }
    | undefined
  /** How long a program must wait between two polls for a device code. Default: 5 seconds. */
  readonly pollInterval?: Duration.DurationInput | undefined
  /** Whether polls that come too early are answered `slow_down`, which the real Azure does not do. Default: false. */
  readonly slowDown?: boolean | undefined
  /** The format of answers. Default: as Azure's. */
  readonly shape?: AzureShape | undefined
}

/** The format of answers, where authorities differ. */
export interface AzureShape {
  /** Numbers as strings or as numbers. Default: strings in v1, numbers in v2. */
  readonly digits?: "string" | "number" | undefined
  /** Whether the sign-in page cuts its window off from the page that opened it (Cross-Origin-Opener-Policy). Default: false. */
  readonly isolatedPage?: boolean | undefined
}

/** The four settings of Azure, with the names of the server's documentation. */
export interface AzureSettings {
  readonly authuri: string
  readonly tenant: string
  readonly clientid: string
  readonly resource: string
}

/** What does not change while the authority runs. */
export interface Configuration {
  readonly tenant: string
  readonly clientid: string
  readonly resource: string
  readonly otherResources: ReadonlyArray<string>
  readonly publicClient: boolean
  readonly redirectUris: RedirectUris.RedirectUris
  /** Milliseconds. */
  readonly authorizationCode: number
  /** Milliseconds. */
  readonly pageRefreshToken: number
  readonly signIn: SignIn.Rules
  readonly grants: AzureGrants.Rules
  readonly codes: DeviceCodes.Rules
  readonly shape: AzureShape
}

/** Everything counted since the start or the last reset. */
export interface AzureCounts extends SignIn.Counts, DeviceCodes.Counts, AuthorizationCodes.Counts, AzureGrants.Counts {}

/** An authority without its transport. */
export interface Authority {
  readonly configuration: Configuration
  readonly tokens: AzureTokens.AzureTokens
  /** The server's own origin; empty until it listens. */
  origin: string
  signIns: SignIn.State
  codes: DeviceCodes.State
  authorizations: AuthorizationCodes.State
  grants: AzureGrants.State
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

const millis = (input: Duration.DurationInput | undefined, otherwise: number): number =>
  input === undefined ? otherwise : Duration.toMillis(input)

// The same user has the same identifier in every run.
const oidOf = (username: string): string => {
  const hex = createHash("sha256").update(username.toLowerCase()).digest("hex")
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-"
  )
}

const known = (user: AzureDirectory.User): SignIn.User => ({
  username: user.username,
  password: typeof user.password === "string" ? Redacted.make(user.password) : user.password,
  groups: user.groups ?? [],
  obstacle: user.obstacle,
  oid: oidOf(user.username)
})

const configure = (options: AzureOptions, accessToken: number): Configuration => {
  const tenant = options.tenant ?? AzureDirectory.tenant
  const clientid = options.clientid ?? AzureDirectory.clientid
  const users = (options.users ?? AzureDirectory.sampleUsers).map(known)
  return {
    tenant,
    clientid,
    resource: options.resource ?? AzureDirectory.resource,
    otherResources: options.otherResources ?? [],
    publicClient: options.publicClient ?? true,
    redirectUris: { ...RedirectUris.DEFAULT, ...options.redirectUris },
    authorizationCode: millis(options.lifetimes?.authorizationCode, 10 * MINUTE),
    pageRefreshToken: millis(options.lifetimes?.pageRefreshToken, DAY),
    signIn: {
      tenant,
      client: clientid,
      users: new Map(users.map((user) => [user.username.toLowerCase(), user])),
      lockoutThreshold: options.lockout?.threshold ?? 10,
      lockoutDuration: millis(options.lockout?.duration, MINUTE)
    },
    grants: {
      accessToken: millis(options.lifetimes?.accessToken, accessToken),
      refreshToken: millis(options.lifetimes?.refreshToken, 90 * DAY),
      rotate: options.rotateRefreshTokens ?? false
    },
    codes: {
      lifetime: millis(options.lifetimes?.deviceCode, 15 * MINUTE),
      interval: millis(options.pollInterval, 5000),
      strictPacing: options.slowDown ?? false
    },
    shape: options.shape ?? {}
  }
}

/** An authority at which nothing has happened. */
export const make = (options: AzureOptions, format: TokenFormat, accessToken: number): Effect.Effect<Authority> =>
  Effect.gen(function* () {
    const configuration = configure(options, accessToken)
    const { clientid, resource, tenant } = configuration
    const tokens = yield* AzureTokens.make(format, {
      origin: () => authority.origin,
      tenant,
      client: clientid,
      resource,
      version: options.accessTokenVersion ?? "1.0"
    })
    const authority: Authority = {
      configuration,
      tokens,
      origin: "",
      signIns: SignIn.empty,
      codes: DeviceCodes.empty,
      authorizations: AuthorizationCodes.empty,
      grants: AzureGrants.empty
    }
    return authority
  })

/** As after the start. */
export const restart = (authority: Authority): void => {
  authority.signIns = SignIn.empty
  authority.codes = DeviceCodes.empty
  authority.authorizations = AuthorizationCodes.empty
  authority.grants = AzureGrants.empty
}

/** What is counted, from nought again. */
export const resetCounts = (authority: Authority): void => {
  authority.signIns = SignIn.resetCounts(authority.signIns)
  authority.codes = DeviceCodes.resetCounts(authority.codes)
  authority.authorizations = AuthorizationCodes.resetCounts(authority.authorizations)
  authority.grants = AzureGrants.resetCounts(authority.grants)
}

/** What happened at an authority; nothing did where there is none. */
export const counts = (authority: Authority | undefined): AzureCounts => ({
  ...(authority?.signIns ?? SignIn.empty).counts,
  ...(authority?.codes ?? DeviceCodes.empty).counts,
  ...(authority?.authorizations ?? AuthorizationCodes.empty).counts,
  ...(authority?.grants ?? AzureGrants.empty).counts
})

/** What a client needs to know. */
export const settings = ({ configuration, origin }: Authority): AzureSettings => ({
  authuri: origin,
  tenant: configuration.tenant,
  clientid: configuration.clientid,
  resource: configuration.resource
})
