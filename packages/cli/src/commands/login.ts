/** `mls login`: get a token for a person, keep it, and remember the server. */
import { CredentialRequired, headlineOf } from "@mlserver-auth/core/AuthError"
import * as ServerEndpoint from "@mlserver-auth/core/ServerEndpoint"
import * as Effect from "effect/Effect"
import * as BrowserLogin from "../auth/signIn/browserLogin.js"
import { confirm } from "../cli/confirm.js"
import * as ConfigFile from "../config/files/file.js"
import * as Connection from "../auth/connection.js"
import * as DeviceLogin from "../auth/signIn/deviceLogin.js"
import * as Invocation from "../cli/invocation.js"
import * as LoginOptions from "../auth/signIn/loginOptions.js"
import { Output } from "../cli/output.js"
import { type CredentialInput, present } from "../auth/signIn/credentialInput.js"
import * as PythonContext from "../auth/signIn/pythonContext.js"
import * as TokenLocation from "../config/tokenLocation.js"
import * as Selection from "../config/selection.js"
import * as ServerSettings from "../config/settings.js"
import { type Held, held, reportLogin } from "../auth/sessionReport.js"
import * as EnvironmentOverride from "../config/environmentOverride.js"
import { endFormer, tryOut, writable } from "../auth/signIn/signInChecks.js"
import * as StoreChoice from "../config/store.js"
import type { Given as CommandGiven } from "../cli/table/commandTable.js"
import { usage } from "../cli/usage.js"

type Options = CommandGiven<"login">

/** Everything that was given, from wherever. */
interface Given {
  readonly options: Options
  readonly context: PythonContext.PythonContext | undefined
  readonly user: string | undefined
}

const gather = (options: Options) =>
  Effect.gen(function* () {
    yield* LoginOptions.check(options)
    const context = options.context === undefined ? undefined : yield* PythonContext.read(options.context)
    const named = options.user ?? context?.username
    return { options, context, user: named ?? (yield* Invocation.variable("MLS_USERNAME")) } satisfies Given
  })

/** An address from a `.mls.json` may be any person's idea of where passwords should go: a person decides, who sees it in full. */
const propose = (path: string, host: string) =>
  Effect.gen(function* () {
    const { base } = yield* ServerEndpoint.make(host, { dangerouslyAllowHttp: true })
    yield* (yield* Output).marked("!", `${path} proposes the server ${base}`)
    if (!(yield* Invocation.Invocation).interactive) {
      return yield* usage("mls may not ask whether you want to sign in to that server", "mls login URL")
    }
    if (yield* confirm(`Sign in to ${base}?`)) return base
    return yield* usage("Nothing was done", "mls login URL")
  })

const resolve = ({ context, options, user }: Given) =>
  Effect.gen(function* () {
    const password =
      options.passwordStdin || (user !== undefined && (yield* Invocation.variable("MLS_PASSWORD")) !== undefined)
    const offered = context?.resume !== undefined ? "code" : password ? "password" : undefined
    const file = yield* ConfigFile.loadOrSetAside
    const selected = yield* Selection.selectForSignIn(options, file, ConfigFile.file, propose).pipe(
      Effect.catchTag("ServerUnknown", () => usage("Which server?", "mls login https://mlserver.example.com:12800"))
    )
    const settings = yield* ServerSettings.complete({ ...options, context: context?.parts, offered }, selected)
    yield* LoginOptions.checkMethod(options, settings.method)
    if (settings.store.store === "memory") return yield* StoreChoice.forgetful(settings.store.by ?? "MLS_STORE")
    return settings
  })

/** Whether to leave things as they are: a user is signed in, and was not asked to sign in anew. */
const isSettled = ({ options, user }: Given, before: Held) =>
  Effect.gen(function* () {
    if (options.force || options.tokenStdin || options.claims !== undefined || !before.alive) return false
    if (user !== undefined && user.toLowerCase() !== before.user?.toLowerCase()) return false
    const { interactive, json } = yield* Invocation.Invocation
    const { notice } = yield* Output
    yield* notice(`Already signed in to ${before.server}${before.user === undefined ? "" : ` as ${before.user}`}.`)
    if (interactive && !json) return !(yield* confirm("Sign in anew?"))
    yield* notice("Nothing was changed; --force signs in again.")
    return true
  })

const withDeviceCode = ({ context, options }: Given, connection: Connection.Connection) =>
  Effect.suspend(() => {
    const { cloud } = connection.settings
    if (cloud === undefined) return Effect.dieMessage("a device code without a cloud")
    const { claims } = options
    return DeviceLogin.signIn(connection, cloud, { resume: context?.resume, newCodes: options.newCodes, claims })
  })

const inBrowser = ({ options, user }: Given, connection: Connection.Connection) => {
  const { claims } = options
  return BrowserLogin.signIn(connection, { user, claims, asksWho: options.force })
}

const withCredential = ({ context, options, user }: Given, connection: Connection.Connection) =>
  Effect.gen(function* () {
    const { settings } = connection
    const { marked } = yield* Output
    if (context?.resume !== undefined) yield* marked("!", "The code in the context is not used with a password.")
    const credential: CredentialInput = yield* present(options, user, settings)
    if (credential._tag === "AccessToken") yield* tryOut(settings, credential)
    yield* connection.session.signIn(credential)
    // Afterwards: a refusal says it better.
    if (settings.cloud !== undefined && settings.assumed && credential._tag === "UsernamePassword") {
      yield* marked("!", LoginOptions.discouragement(settings.cloud))
    }
  })

/** Sign-ins that take a person elsewhere than at this terminal. */
const BY_PERSON = new Map([
  ["aad-device", withDeviceCode],
  ["aad-browser", inBrowser]
])

/** The stored pair is replaced only when the new sign-in has worked. */
const signIn = (given: Given, connection: Connection.Connection) =>
  Effect.gen(function* () {
    yield* writable(connection)
    const by = given.options.tokenStdin ? withCredential : (BY_PERSON.get(connection.settings.method) ?? withCredential)
    yield* by(given, connection)
    yield* endFormer(connection)
  })

/** The session there is. One whose key cannot be had now is as good as none: this sign-in is the way out of that. */
const before = (settings: ServerSettings.ServerSettings) =>
  Effect.gen(function* () {
    const connection = yield* Connection.open(settings, { storedOnly: true, offline: true })
    const { protection } = yield* TokenLocation.of(connection.directory, connection.session.key)
    const isSealed = protection === "keyring" || protection === "encrypted"
    return yield* held(connection).pipe(
      Effect.catchIf(
        (error) => isSealed && error._tag === "StoreUnavailable",
        (error) =>
          Effect.gen(function* () {
            const { marked } = yield* Output
            yield* marked("!", `The stored session cannot be read, and a sign-in replaces it: ${headlineOf(error)}.`)
            return undefined
          })
      )
    )
  }).pipe(Effect.scoped)

/** Only what was named for this sign-in alone leaves the default as it is: shells side by side do not trip each other. */
const becomesDefault = ({ origin, name }: ServerSettings.ServerSettings, options: Options) =>
  Effect.map(Invocation.variable("MLS_PROFILE"), (variable) => {
    const byName = options.profile !== undefined || variable === name
    return !byName && origin.by !== "directory" && options.url !== name
  })

/** A password of the environment signs in as its own user, and does not hide this sign-in. */
const warnOfOverride = (options: Options) =>
  Effect.gen(function* () {
    const override = options.ignoreEnv ? undefined : yield* EnvironmentOverride.find
    if (override?.variable === "MLS_ACCESS_TOKEN") yield* EnvironmentOverride.warn(override)
  })

/** The command. */
export const run = (options: Options) =>
  Effect.gen(function* () {
    const given = yield* gather(options)
    const settings = yield* resolve(given)
    yield* warnOfOverride(options)
    const former = yield* before(settings)
    const settled = former !== undefined && (yield* isSettled(given, former))
    const directory = yield* ConfigFile.stateDirectory
    const chosen =
      settled && settings.store.by !== "--store" ? undefined : yield* StoreChoice.prepare(settings.store, directory)
    const connection = yield* Connection.open(settings, {
      storedOnly: true,
      ...(chosen === undefined ? { keyLater: true } : { sealing: chosen.sealing })
    })
    if (!settled) yield* signIn(given, connection)
    else if (chosen !== undefined) yield* Connection.reseal(connection)
    const remembered = ServerSettings.toRemember(settings, chosen)
    const { isDefault, name } = yield* ConfigFile.remember(remembered, yield* becomesDefault(settings, options))
    const after = yield* held(connection)
    if (after === undefined) return yield* new CredentialRequired({ reason: "SignedOut", detail: "" })
    yield* reportLogin(after, connection, {
      changed: !settled,
      user: given.user,
      profile: name,
      isDefault,
      isNew: settings.profile === undefined
    })
  }).pipe(Effect.scoped)
