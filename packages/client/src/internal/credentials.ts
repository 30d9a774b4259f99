/** What the caller signs in with, as core has it. What a person is asked with is loaded when one is. */
import type { AuthError } from "@mlserver-auth/core/AuthError"
import * as Core from "@mlserver-auth/core/Credential"
import type * as CredentialPrompt from "@mlserver-auth/core/CredentialPrompt"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import type * as TerminalPrompt from "@mlserver-auth/node/TerminalPrompt"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Browser, CommonOptions, ConnectOptions, Credential, Nothing, UsersOptions } from "../options.js"
import { called, devicePrompt, tell } from "./prompts.js"

type Shown = Pick<CommonOptions, "entra" | "onPrompt">

export const isNothing = (given: Credential | Nothing): given is Nothing =>
  [
    "username" in given && given.username,
    "accessToken" in given && given.accessToken,
    "deviceCode" in given && given.deviceCode,
    "browser" in given && given.browser
  ].every((value) => value === undefined || value === false)

/** For `Session.signIn`. */
export const credentialOf = (given: Credential, shown: Shown): Core.Credential => {
  if ("deviceCode" in given && given.deviceCode) return deviceCode(shown, given.newCodes)
  if ("browser" in given && given.browser) return browser(given, shown)
  return "accessToken" in given && given.accessToken !== undefined
    ? Core.accessToken(given.accessToken)
    : Core.usernamePassword(given as Extract<Credential, { readonly username: string }>)
}

const deviceCode = ({ entra, onPrompt }: Shown, newCodes?: number): Core.DeviceCode => {
  const authorises = entra && { client: entra.clientid, resource: entra.resource, tenant: entra.tenant }
  return Core.deviceCode({
    newCodes,
    prompt:
      onPrompt === undefined
        ? Effect.flatMap(terminal(authorises && { device: { authorises } }), ({ device }) => device)
        : devicePrompt(onPrompt)
  })
}

const browser = ({ ask, domainHint, host, loginHint, open, path, patience }: Browser, { onPrompt }: Shown) => {
  const redirect = Effect.flatMap(
    Effect.promise(() => import("@mlserver-auth/node/LoopbackRedirect")),
    ({ make }) =>
      make({
        host,
        path,
        browser: typeof open === "function" ? (url) => called(() => open(url)) : open,
        show: onPrompt && ((visit) => tell(onPrompt, { _tag: "Browser", ...visit }))
      })
  )
  return Core.authorizationCode({ redirect, ask, domainHint, loginHint, patience })
}

const terminal = (options?: TerminalPrompt.Options): Effect.Effect<CredentialPrompt.Service> =>
  Effect.flatMap(
    Effect.promise(() => import("@mlserver-auth/node/TerminalPrompt")),
    ({ make }) => make(options)
  )

/** Where sessions take a credential from when `signIn` is given none. */
export const sourceOf = (options: ConnectOptions): CredentialSource.Service => {
  if (options.credential !== undefined)
    return CredentialSource.fromCredential(credentialOf(options.credential, options))
  const asked: CredentialSource.Service =
    options.entra === undefined ? typed : CredentialSource.fromCredential(deviceCode(options))
  return CredentialSource.firstOf(CredentialSource.config(), asked)
}

/** A person at the terminal types what is missing. */
const typed: CredentialSource.Service = {
  silent: () => Effect.succeedNone,
  interactive: ({ principal, server }) =>
    Effect.gen(function* () {
      const ask = yield* terminal()
      const username = principal === "" ? yield* ask.username({ server }) : principal
      const password = yield* ask.password({ server, username })
      return Option.some(Core.usernamePassword({ username, password }))
    })
}

/** That of one user of many, where the program has it. */
export const userSourceOf = (options: UsersOptions, principal: string): CredentialSource.Service => {
  const { credential } = options
  if (credential === undefined) return CredentialSource.none
  const offered: Effect.Effect<Option.Option<Core.Credential>, AuthError> = Effect.map(
    called(() => credential(principal)),
    (given) => Option.map(Option.fromNullable(given), (found) => credentialOf(found, options))
  )
  return {
    silent: () =>
      Effect.map(
        offered,
        Option.filter((found) => !Core.needsPerson(found))
      ),
    interactive: () => offered
  }
}
