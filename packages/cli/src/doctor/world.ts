/** What the checks of `mls doctor` look at, and what those before them found. */
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import type * as Token from "@mlserver-auth/core/Token"
import type * as Diagnostics from "@mlserver-auth/node/Diagnostics"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Connection from "../auth/connection.js"
import type { Invocation } from "../cli/invocation.js"
import type { Output } from "../cli/output.js"
import type { Failure } from "../cli/problem.js"
import type { ServerSettings } from "../config/settings.js"
import type { Finding } from "./check.js"

/** An answer of a server, or why there is none. */
export type Answer =
  | {
      readonly _tag: "Answered"
      readonly status: number
      readonly headers: Readonly<Record<string, string | undefined>>
      readonly body: string
      /** Half-way between question and answer, epoch milliseconds. */
      readonly at: number
    }
  | { readonly _tag: "Silent"; readonly code: string; readonly refusal?: ConfigurationInvalid | undefined }

/** An access token to try. */
export interface Usable {
  /** The value of the header. */
  readonly authorization: Token.Token["authorization"]
  readonly renewable: boolean
  /** The variable that has it; `undefined` where it is stored. */
  readonly override: Connection.Connection["override"]
}

/** What is known so far. A check adds what it found. */
export interface World {
  readonly settings: ServerSettings
  readonly ignoreEnv: boolean
  readonly offline: boolean
  /** Of each step. */
  readonly timeout: Duration.Duration
  /** One call, bounded, over a connection of its own. */
  readonly ask: (request: HttpClientRequest.HttpClientRequest) => Effect.Effect<Answer, ConfigurationInvalid>
  /** The file of the session is there. */
  hasRecord?: boolean
  connection?: Connection.Connection
  /** There is a session that can be used. */
  alive?: boolean
  /** Who is signed in: not for others' eyes. */
  user?: string | undefined
  /** The access token, if it has not ended as far as is known here. */
  token?: Usable | undefined
  route?: Diagnostics.Route
  /** To a call without a token. */
  status?: Answer
}

/** Looks at one thing. What it fails with is a check that failed. */
export type Look = (world: World) => Effect.Effect<Finding, Failure, Invocation | Output | Scope.Scope>

/** How a person signs in to what is looked at. */
export const signIn = ({ endpoint, name, profile }: ServerSettings): string =>
  `mls login ${profile === undefined ? endpoint.base : name}`
