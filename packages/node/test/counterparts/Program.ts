/** A program of ours: one session over Node's HTTP and the wire of Azure, and a client that signs with it. */
import * as AuthHttpClient from "@mlserver-auth/core/AuthHttpClient"
import * as Authority from "@mlserver-auth/core/Authority"
import type { AuthError } from "@mlserver-auth/core/AuthError"
import * as Credential from "@mlserver-auth/core/Credential"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import * as DeviceAuthorization from "@mlserver-auth/core/DeviceAuthorization"
import * as EntraIssuer from "@mlserver-auth/core/EntraIssuer"
import * as ServerEndpoint from "@mlserver-auth/core/ServerEndpoint"
import * as Session from "@mlserver-auth/core/Session"
import { TokenIssuer } from "@mlserver-auth/core/TokenIssuer"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import { NodeHttp } from "@mlserver-auth/node"
import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as AzureWire from "./AzureWire.js"

export type Wire = "v1" | "v2"
export const wires: ReadonlyArray<Wire> = ["v1", "v2"]

export interface Options {
  readonly authuri: string
  readonly tenant: string
  readonly clientid: string
  readonly resource: string
  readonly wire: Wire
  readonly principal?: string
  /** What answers in the browser must name. */
  readonly issuer?: string
  /** The API that the client is for. */
  readonly server?: string
  /** Shared by programs that share a store; one of its own unless given. */
  readonly store?: TokenStore.Service
}

export interface Program {
  readonly session: Session.Service
  readonly client: AuthHttpClient.Service
  /** Without a session's doings: for a used refresh token sent by hand, and the like. */
  readonly issuer: TokenIssuer["Type"]
  readonly bare: HttpClient.HttpClient
}

export const make = (options: Options): Effect.Effect<Program, AuthError, Scope.Scope> =>
  Effect.gen(function* () {
    const bare = yield* NodeHttp.make({ proxy: "none" })
    const authority = yield* Authority.make(options)
    const { clientid, issuer: named, principal = "", resource, wire } = options
    const issuer = yield* EntraIssuer.make({
      authority,
      clientid,
      resource,
      wire,
      issuer: named,
      refreshTokens: "one-time",
      revocationPath: AzureWire.REVOCATION_PATH
    }).pipe(Effect.provideService(HttpClient.HttpClient, bare))
    const session = yield* Session.make({ principal }).pipe(
      Effect.provideService(TokenIssuer, issuer),
      Effect.provideService(CredentialSource.CredentialSource, CredentialSource.none),
      Effect.provideService(TokenStore.TokenStore, options.store ?? (yield* TokenStore.makeMemory))
    )
    const endpoint = yield* ServerEndpoint.make(options.server ?? options.authuri)
    return { session, issuer, bare, client: yield* AuthHttpClient.make(bare, session, endpoint) }
  })

/** What a program shows, and what a person does about it. */
export interface Watched {
  readonly events: Array<DeviceAuthorization.Event>
  /** The names of the events. */
  readonly names: () => ReadonlyArray<DeviceAuthorization.Event["_tag"]>
  readonly prompt: DeviceAuthorization.Prompt
}

/** Keeps every event; `person` acts on it before the flow goes on. */
export const watched = (
  person: (event: DeviceAuthorization.Event) => Effect.Effect<void> = () => Effect.void
): Watched => {
  const events: Array<DeviceAuthorization.Event> = []
  return {
    events,
    names: () => events.map(({ _tag }) => _tag),
    prompt: {
      show: (event) =>
        Effect.zipRight(
          Effect.sync(() => events.push(event)),
          person(event)
        )
    }
  }
}

/** A person who acts once, when the `nth` event of a name is shown. */
export const onceOn = (
  name: DeviceAuthorization.Event["_tag"],
  nth: number,
  act: (authorization: DeviceAuthorization.DeviceAuthorization) => Effect.Effect<void>
) => {
  let seen = 0
  let shown: DeviceAuthorization.DeviceAuthorization | undefined
  return (event: DeviceAuthorization.Event): Effect.Effect<void> =>
    Effect.suspend(() => {
      if ("authorization" in event) shown = event.authorization
      if (event._tag !== name || ++seen !== nth || shown === undefined) return Effect.void
      return act(shown)
    })
}

/** A code that another program got, with what that program believed about it. */
export const codeOfAnother = (
  { authuri, clientid, resource, tenant }: Omit<Options, "wire">,
  believed: { readonly interval: number; readonly expires_in: number; readonly device_code?: string }
): Effect.Effect<DeviceAuthorization.DeviceAuthorization, AuthError> =>
  Effect.gen(function* () {
    const answer = yield* Effect.promise(async () => {
      const body = new URLSearchParams({ client_id: clientid, resource })
      const response = await fetch(`${authuri}/${tenant}/oauth2/devicecode`, { method: "POST", body })
      return (await response.json()) as object
    })
    return yield* DeviceAuthorization.decode({ ...answer, ...believed }, yield* Clock.currentTimeMillis)
  })

/**
 * What an error says of itself. Compared instead of the error: one that fell through a span refers to all its spans,
 * and a failing comparison would overflow the stack before it could be printed.
 */
export const told = (error: AuthError | HttpClientError): string =>
  [error._tag, ...("reason" in error ? [error.reason] : []), ...("setting" in error ? [error.setting] : [])].join(" ")

export const password = (username: string, secret: string) =>
  Credential.usernamePassword({ username, password: secret })
