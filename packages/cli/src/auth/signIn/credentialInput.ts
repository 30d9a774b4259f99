/**
 * What a person or a program presents to `mls login`: from stdin, from the environment, or asked for.
 */
import type { AuthError } from "@mlserver-auth/core/AuthError"
import * as Credential from "@mlserver-auth/core/Credential"
import * as TerminalPrompt from "@mlserver-auth/node/TerminalPrompt"
import * as Effect from "effect/Effect"
import { refuseRedirected } from "../../config/environmentOverride.js"
import { Invocation, variable } from "../../cli/invocation.js"
import type { Output } from "../../cli/output.js"
import * as ReaderShell from "../../text/shellQuote.js"
import type { ServerSettings } from "../../config/settings.js"
import * as Stdin from "../../cli/stdin.js"
import type { Given as FlagsGiven } from "../../cli/table/flags.js"
import { usage, type UsageError } from "../../cli/usage.js"

/** A credential that is ready to be sent. */
export type CredentialInput = Credential.UsernamePassword | Credential.AccessToken

type Given = FlagsGiven<"passwordStdin" | "tokenStdin">

const notInteractive = (what: string, { cloud, endpoint }: ServerSettings): UsageError =>
  usage(
    `${what} needed, but there is no terminal to ask at`,
    ReaderShell.piped(
      `mls login ${endpoint.origin}${cloud === undefined ? "" : " --method aad-password"} --user NAME --password-stdin`
    ),
    "or set MLS_USERNAME and MLS_PASSWORD",
    ...(cloud === undefined ? [] : ["or use a device code: --method aad-device"])
  )

/** The server that checks the password is named to the person. */
const asked = (user: string | undefined, settings: ServerSettings) =>
  Effect.gen(function* () {
    if (!(yield* Invocation).interactive) {
      return yield* notInteractive(user === undefined ? "User name and password" : "Password", settings)
    }
    const server = settings.cloud?.authority.origin ?? settings.endpoint.origin
    const prompt = yield* TerminalPrompt.make()
    const username = user ?? (yield* prompt.username({ server }))
    return Credential.usernamePassword({ username, password: yield* prompt.password({ server, username }) })
  })

const fromEnvironment = (password: string, user: string | undefined) =>
  Effect.gen(function* () {
    if (user === undefined) {
      return yield* usage("MLS_PASSWORD is set, but no user name is", "Set MLS_USERNAME, or give --user NAME.")
    }
    yield* Effect.logDebug("password from MLS_PASSWORD")
    const PasswordNotice = yield* Effect.promise(() => import("../passwordNotice.js"))
    yield* PasswordNotice.warnOfLineBreak(password)
    yield* PasswordNotice.tell
    return Credential.usernamePassword({ username: user, password })
  })

/** The credential; a `UsageError` that names the options where it would have to be asked for and cannot be. */
export const present = (
  given: Given,
  user: string | undefined,
  settings: ServerSettings
): Effect.Effect<CredentialInput, AuthError | UsageError, Invocation | Output> =>
  Effect.gen(function* () {
    if (given.tokenStdin) return Credential.accessToken(yield* Stdin.readSecret("access token"))
    if (given.passwordStdin) {
      if (user === undefined) {
        return yield* usage("--password-stdin needs a user name", "Add --user NAME, or set MLS_USERNAME.")
      }
      return Credential.usernamePassword({ username: user, password: yield* Stdin.readSecret("password") })
    }
    const password = yield* variable("MLS_PASSWORD")
    if (password !== undefined) yield* refuseRedirected(settings, "MLS_PASSWORD")
    return yield* password === undefined ? asked(user, settings) : fromEnvironment(password, user)
  })
