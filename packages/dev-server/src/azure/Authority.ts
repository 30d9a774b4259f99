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
import * as AuthorizationCodes from "./AuthorizationCodes.js"
import * as AzureGrants from "./AzureGrants.js"
import * as AzureTokens from "./AzureTokens.js"
import * as DeviceCodes from "./DeviceCodes.js"
import * as RedirectUris from "./RedirectUris.js"
import * as SignIn from "./SignIn.js"

/** How the authority is set up. Everything has a default. */
export interface AzureOptions {
  /** {@link AzureDirectory.tenant} unless told. */
  readonly tenant?: string | undefined
  /** {@link AzureDirectory.clientid} unless told. */
  readonly clientid?: string | undefined
  /** The server's audience: {@link AzureDirectory.resource} unless told. */
  readonly resource?: string | undefined
  /** Resources that tokens are also given for, and which are not this server. None unless told. */
  readonly otherResources?: ReadonlyArray<string> | undefined
  /** {@link AzureDirectory.sampleUsers} unless told. */
  readonly users?: ReadonlyArray<AzureDirectory.User> | undefined
  /** `true` unless told: `false` is an application without "Allow public client flows". */
  readonly publicClient?: boolean | undefined
  /** `1.0` unless told: the version of access tokens, whichever endpoint they were asked of. */
  readonly accessTokenVersion?: "1.0" | "2.0" | undefined
  /**
   * Where a sign-in in the browser may lead back to: `http://localhost` and `http://127.0.0.1` for programs (`native`)
   * unless told, and nothing for pages (`spa`). On this machine the port does not count.
   */
  readonly redirectUris?: Partial<RedirectUris.RedirectUris> | undefined
  /**
   * As the server's own access tokens unless told; refresh tokens 90 days without use, those of pages 24 hours in all,
   * device codes 15 minutes, authorization codes 10.
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
  /** Off unless told: refresh tokens work once, and using one again is refused and counted. */
  readonly rotateRefreshTokens?: boolean | undefined
  /** 10 wrong passwords for one minute unless told. */
  readonly lockout?:
    | { readonly threshold?: number | undefined; readonly duration?: Duration.DurationInput | undefined }
    | undefined
  /** 5 seconds unless told. */
  readonly pollInterval?: Duration.DurationInput | undefined
  /** `false` unless told: polls that come too early are answered `slow_down`, which the real authority does not. */
  readonly slowDown?: boolean | undefined
  readonly shape?: AzureShape | undefined
}

/** How answers look where authorities differ. */
export interface AzureShape {
  /** Numbers as strings or as numbers; unless told strings in v1 and numbers in v2. */
  readonly digits?: "string" | "number" | undefined
  /** Device code answers have no `interval`. */
  readonly omitInterval?: boolean | undefined
  /** 400 unless told: some servers answer polls 200 and put the error in the body. */
  readonly pollErrorStatus?: 400 | 200 | undefined
  /** The page of a sign-in cuts its window off from the page that opened it (Cross-Origin-Opener-Policy). */
  readonly isolatedPage?: boolean | undefined
  /** `authorization_declined` and `expired_token` unless told. */
  readonly pollErrorSpelling?:
    | {
        readonly declined?: "authorization_declined" | "access_denied" | undefined
        readonly expired?: "expired_token" | "code_expired" | undefined
      }
    | undefined
}

/** What a colleague hands over, in the server documentation's own words. */
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
