/**
 * A sign-in with a device code: shown to a person on stderr, or told to a program as lines of JSON on stdout.
 */
import type { AuthError } from "@mlserver-auth/core/AuthError"
import * as Credential from "@mlserver-auth/core/Credential"
import type * as DeviceAuthorization from "@mlserver-auth/core/DeviceAuthorization"
import * as DeviceSignIn from "@mlserver-auth/core/DeviceSignIn"
import * as TerminalPrompt from "@mlserver-auth/node/TerminalPrompt"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Cloud } from "../../config/cloud.js"
import type { Connection } from "../connection.js"
import * as Instants from "../../text/instant.js"
import { Invocation } from "../../cli/invocation.js"
import { Output, type OutputFailed } from "../../cli/output.js"
import type * as Outputs from "../../outputs/outputs.js"
import type { UsageError } from "../../cli/usage.js"
import { needsPerson } from "./loginOptions.js"

/** Options of the sign-in. */
export interface Options {
  readonly resume: DeviceAuthorization.DeviceAuthorization | undefined
  readonly newCodes: number
  readonly claims: string | undefined
}

const seconds = (millis: number): number => Math.round(millis / 100) / 10

const codeOf = (code: DeviceAuthorization.DeviceAuthorization) => ({
  userCode: code.userCode,
  verificationUri: code.verificationUri,
  verificationUriComplete: code.verificationUriComplete,
  expiresAt: Instants.toJson(code.expiresAt).at
})

/** What a program is told; that nothing has happened is not. The last line is `login`'s own. */
const lineOf = (event: DeviceAuthorization.Event): Outputs.Of<"login-event"> | undefined => {
  switch (event._tag) {
    case "Issued":
      return { event: "code", ...codeOf(event.authorization) }
    case "Reissued":
      return { event: "reissued", ...codeOf(event.authorization) }
    case "Slowed":
      return { event: "slowed", intervalSeconds: seconds(event.interval) }
    case "Faulted": {
      const { code, reason, retryIn, status } = event
      return { event: "fault", reason, status, code, retryInSeconds: seconds(retryIn) }
    }
    case "Expired":
      return { event: "expired" }
    case "Pending":
    case "Approved":
      return undefined
  }
}

/** The sign-in goes on when the reader leaves: it was started for what comes after it. */
const printEvents = (
  { session }: Connection,
  options: Options
): Effect.Effect<void, AuthError | OutputFailed, Output> =>
  Effect.flatMap(Output, ({ answerJson }) =>
    Stream.runForEach(DeviceSignIn.events(session, options), (event) => {
      const line = lineOf(event)
      return line === undefined ? Effect.void : answerJson("login-event", line)
    })
  )

const promptPerson = ({ session }: Connection, { authority, clientid, resource }: Cloud, options: Options) =>
  Effect.gen(function* () {
    const authorises = { client: clientid, resource, tenant: authority.tenant }
    const prompt = yield* TerminalPrompt.make({ device: { authorises } })
    yield* session.signIn(Credential.deviceCode({ ...options, prompt: prompt.device }))
  })

/** Signs in. A `UsageError` where there is no person who could enter a code. */
export const signIn = (
  connection: Connection,
  cloud: Cloud,
  options: Options
): Effect.Effect<void, AuthError | OutputFailed | UsageError, Output | Invocation> =>
  Effect.gen(function* () {
    const { json, silenced } = yield* Invocation
    if (json) return yield* printEvents(connection, options)
    if (silenced !== undefined) {
      return yield* needsPerson("A device code", silenced, "Add --json")
    }
    yield* promptPerson(connection, cloud, options)
  })
