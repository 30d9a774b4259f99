/**
 * Interface: where a credential comes from. A renewal uses only a credential that needs no person. Only a sign-in asks a
 * person.
 *
 * @example
 * import { Credential, CredentialSource } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Option from "effect/Option"
 *
 * declare const readVault: (user: string) => Effect.Effect<string>
 *
 * // A password from a vault, read anew at each sign-in; otherwise a person is asked.
 * const vault: CredentialSource.Service = {
 *   silent: ({ principal: username }) =>
 *     Effect.map(readVault(username), (password) => Option.some(Credential.usernamePassword({ username, password }))),
 *   interactive: () => Effect.succeedNone
 * }
 * const Source = Layer.effect(
 *   CredentialSource.CredentialSource,
 *   Effect.map(CredentialSource.prompt(), (ask) => CredentialSource.firstOf(vault, ask))
 * )
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { type AuthError, ConfigurationInvalid, fromConfigError } from "./AuthError.js"
import * as Credential from "./Credential.js"
import { CredentialPrompt } from "./CredentialPrompt.js"

/** The server and the user that the credential is for, as far as they are known. */
export interface Purpose {
  /** Origin of the issuer. */
  readonly server: string
  /** The user whose credential is wanted; `""` for any user. */
  readonly principal: string
}

/** Offers credentials, or `None`. */
export interface Service {
  /** Without asking a person. Used to sign in by itself when there is no session any more. */
  readonly silent: (purpose: Purpose) => Effect.Effect<Option.Option<Credential.Credential>, AuthError>
  /** May ask a person. Used by `Session.signIn` only. */
  readonly interactive: (purpose: Purpose) => Effect.Effect<Option.Option<Credential.Credential>, AuthError>
  /**
   * Where it has none to offer although there is a part of one: what is missing, by its name, as half a sentence for
   * people. An empty string where nothing is known.
   */
  readonly lacking?: ((purpose: Purpose) => Effect.Effect<string>) | undefined
}

/** The source that sessions use. */
export class CredentialSource extends Context.Tag("@mlserver-auth/core/CredentialSource")<
  CredentialSource,
  Service
>() {}

/**
 * Offers no credential: pass the credential to `signIn`. See `Sessions.layer` for users who sign in by themselves.
 */
export const none: Service = { silent: () => Effect.succeedNone, interactive: () => Effect.succeedNone }

/**
 * One credential, which the application keeps while it runs. The library uses it without asking a person. On purpose only:
 * a password that a person typed belongs into `Session.signIn`, which forgets it (RFC 6749 4.3.1). See `Sessions.make`.
 */
export const fromCredential = (credential: Credential.Credential): Service => {
  const offer = Effect.succeed(Option.some(credential))
  // A device code or a browser asks a person, wherever it comes from.
  return { silent: () => (Credential.needsPerson(credential) ? Effect.succeedNone : offer), interactive: () => offer }
}

/** Options of `config`. */
export interface ConfigOptions {
  readonly username?: Config.Config<string> | undefined
  readonly password?: Config.Config<Redacted.Redacted<string>> | undefined
  readonly accessToken?: Config.Config<Redacted.Redacted<string>> | undefined
}

/**
 * Reads the credential from Effect's `Config` at each use, by default `MLS_ACCESS_TOKEN`, else `MLS_USERNAME` and
 * `MLS_PASSWORD`; an empty variable counts as missing. Missing settings mean `None`. A password without any user name, and a
 * setting that cannot be read, is `ConfigurationInvalid`.
 *
 * @example
 * import { CredentialSource } from "@mlserver-auth/core"
 * import * as Config from "effect/Config"
 *
 * // A fixed user, and the password from a variable of your own.
 * const password = Config.redacted("SCORING_PASSWORD")
 * const source = CredentialSource.config({ username: Config.succeed("svc-scoring"), password })
 */
export const config = (options: ConfigOptions = {}): Service => {
  const token = Config.option(options.accessToken ?? Config.redacted(Config.nonEmptyString("MLS_ACCESS_TOKEN")))
  const username = Config.option(options.username ?? Config.nonEmptyString("MLS_USERNAME"))
  const password = Config.option(options.password ?? PASSWORD())
  const read = (purpose: Purpose) =>
    Effect.gen(function* () {
      const found = yield* Effect.mapError(Config.all({ token, username, password }), fromConfigError)
      if (Option.isSome(found.token)) return Option.some(Credential.accessToken(found.token.value))
      const user = Option.orElse(found.username, () => Option.liftPredicate(purpose.principal, (name) => name !== ""))
      // A user name alone is no mistake: a prompt further down the line may ask for the password.
      if (Option.isNone(found.password)) return Option.none()
      if (Option.isNone(user))
        return yield* incomplete("username", "missing, though a password is configured", "MLS_USERNAME")
      if (/[\r\n]$/.test(Redacted.value(found.password.value))) yield* Effect.logWarning(LINE_BREAK)
      return Option.some(Credential.usernamePassword({ username: user.value, password: found.password.value }))
    })
  const lacking = () =>
    Effect.all([Effect.option(Effect.flatten(username)), Effect.flip(options.password ?? PASSWORD())]).pipe(
      Effect.map(([user, missing]) =>
        Option.isSome(user) ? `a user name is configured, and no password: ${fromConfigError(missing).problem}` : ""
      ),
      // There is one by now.
      Effect.orElseSucceed(() => "")
    )
  return { silent: read, interactive: read, lacking }
}

const PASSWORD = () => Config.redacted(Config.nonEmptyString("MLS_PASSWORD"))

/** It may be part of a password, but mostly it comes from a file that a variable was made of; and accounts lock. */
const LINE_BREAK = "The configured password ends with a line break, which is sent as part of it."

const incomplete = (setting: string, problem: string, variable: string) =>
  new ConfigurationInvalid({ setting, problem, fix: `Set ${variable}.` })

/**
 * Asks a person for whatever is missing. `username` may be known beforehand. Never used silently, and what was typed is
 * kept nowhere.
 */
export const prompt = (
  options: { readonly username?: string | undefined } = {}
): Effect.Effect<Service, never, CredentialPrompt> =>
  Effect.map(CredentialPrompt, (ask) => ({
    silent: () => Effect.succeedNone,
    interactive: (purpose) =>
      Effect.gen(function* () {
        const known = options.username ?? purpose.principal
        const username = known === "" ? yield* ask.username({ server: purpose.server }) : known
        const password = yield* ask.password({ server: purpose.server, username })
        return Option.some(new Credential.UsernamePassword({ username, password }))
      })
  }))

/**
 * Shows a person a device code, by the `CredentialPrompt` of the context. Never used silently; Azure Active Directory only.
 *
 * @example
 * import { CredentialSource } from "@mlserver-auth/core"
 * import { LoopbackRedirect } from "@mlserver-auth/node"
 * import * as Effect from "effect/Effect"
 *
 * // The browser where there is a screen, else a device code; one that expired is replaced twice without a question.
 * const source = (hasScreen: boolean) =>
 *   hasScreen
 *     ? Effect.succeed(CredentialSource.authorizationCode({ redirect: LoopbackRedirect.make() }))
 *     : CredentialSource.deviceCode({ newCodes: 2 })
 */
export const deviceCode = (
  options: Omit<Credential.DeviceCodeOptions, "prompt"> = {}
): Effect.Effect<Service, never, CredentialPrompt> =>
  Effect.map(CredentialPrompt, (ask) => ({
    silent: () => Effect.succeedNone,
    interactive: () => Effect.succeedSome(Credential.deviceCode({ ...options, prompt: ask.device }))
  }))

/**
 * Sends a person through their browser. Never used silently; Azure Active Directory only. See `Credential.authorizationCode`.
 */
export const authorizationCode = (options: Credential.AuthorizationCodeOptions): Service =>
  fromCredential(Credential.authorizationCode(options))

/** The first of these sources that offers a credential, asked in their order. The failure of one ends the search. */
export const firstOf = (...sources: ReadonlyArray<Service>): Service => {
  const first = (ask: (source: Service) => Effect.Effect<Option.Option<Credential.Credential>, AuthError>) =>
    Effect.gen(function* () {
      for (const source of sources) {
        const found = yield* ask(source)
        if (Option.isSome(found)) return found
      }
      return Option.none<Credential.Credential>()
    })
  return {
    silent: (purpose) => first((source) => source.silent(purpose)),
    interactive: (purpose) => first((source) => source.interactive(purpose)),
    lacking: (purpose) =>
      Effect.map(
        Effect.forEach(sources, (source) => source.lacking?.(purpose) ?? Effect.succeed("")),
        (all) => all.find((what) => what !== "") ?? ""
      )
  }
}

/** One credential as a layer: `fromCredential`. See `MlServerAuth.layer` for it in a program. */
export const layer = (credential: Credential.Credential): Layer.Layer<CredentialSource> =>
  Layer.succeed(CredentialSource, fromCredential(credential))

/** No credential, as a layer: `none`. See `Session.make` for it in a program. */
export const layerNone: Layer.Layer<CredentialSource> = Layer.succeed(CredentialSource, none)

/**
 * The configuration as a layer: `config`.
 *
 * @example
 * import { CredentialSource } from "@mlserver-auth/core"
 * import * as Config from "effect/Config"
 *
 * const Source = CredentialSource.layerConfig() // MLS_ACCESS_TOKEN, else MLS_USERNAME and MLS_PASSWORD
 * const OfTheJob = CredentialSource.layerConfig({ accessToken: Config.redacted("CI_TOKEN") })
 */
export const layerConfig = (options?: ConfigOptions): Layer.Layer<CredentialSource> =>
  Layer.succeed(CredentialSource, config(options))

/**
 * The configuration if it has a credential, otherwise a person: for programs with a terminal.
 *
 * @example
 * import { CredentialSource } from "@mlserver-auth/core"
 * import { TerminalPrompt } from "@mlserver-auth/node"
 * import * as Layer from "effect/Layer"
 *
 * const Source = CredentialSource.layerConfigOrPrompt().pipe(Layer.provide(TerminalPrompt.layer()))
 */
export const layerConfigOrPrompt = (
  options: ConfigOptions = {}
): Layer.Layer<CredentialSource, never, CredentialPrompt> =>
  Layer.effect(
    CredentialSource,
    Effect.map(prompt(), (ask) => firstOf(config(options), ask))
  )

/**
 * The configuration if it has a credential, otherwise a person with a device code: for Azure Active Directory. See
 * `EntraAuth.layer` for it in a program.
 */
export const layerConfigOrDeviceCode = (
  options: ConfigOptions = {}
): Layer.Layer<CredentialSource, never, CredentialPrompt> =>
  Layer.effect(
    CredentialSource,
    Effect.map(deviceCode(), (ask) => firstOf(config(options), ask))
  )
