/** `mls login`: get a token for a person, keep it, and remember the server. */
import * as Command from "@effect/cli/Command"
import { CredentialRequired, headlineOf } from "@mlserver-auth/core/AuthError"
import * as ServerEndpoint from "@mlserver-auth/core/ServerEndpoint"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as BrowserLogin from "../BrowserLogin.js"
import { confirm } from "../Confirmation.js"
import * as ConfigFile from "../ConfigFile.js"
import * as Connection from "../Connection.js"
import * as DeviceLogin from "../DeviceLogin.js"
import * as FormerSession from "../FormerSession.js"
import * as Invocation from "../Invocation.js"
import * as LoginOptions from "../LoginOptions.js"
import * as LoginReport from "../LoginReport.js"
import { Output } from "../Output.js"
import { type Presented, present } from "../Presented.js"
import * as PythonContext from "../PythonContext.js"
import * as RecordPlace from "../RecordPlace.js"
import * as Selection from "../Selection.js"
import * as ServerSettings from "../ServerSettings.js"
import { type Held, held } from "../SessionReport.js"
import * as Shadowing from "../Shadowing.js"
import { tryOut, writable } from "../SignInChecks.js"
import * as StoreChoice from "../StoreChoice.js"
import { refuseOptions, usage } from "../Usage.js"

/** Everything that was given, from wherever. */
interface Given {
  readonly options: LoginOptions.Options
  readonly context: PythonContext.PythonContext | undefined
  readonly user: string | undefined
}

const gather = (options: LoginOptions.Options) =>
  Effect.gen(function* () {
    yield* refuseOptions(Option.toArray(options.url ?? Option.none<string>()), "login")
    yield* LoginOptions.check(options)
    const context = options.contextFile === undefined ? undefined : yield* PythonContext.read(options.contextFile)
    const named = Option.getOrUndefined(options.user) ?? context?.username
    return { options, context, user: named ?? (yield* Invocation.variable("MLS_USERNAME")) } satisfies Given
  })

/** An address from a `.mls.json` may be anybody's idea of where passwords should go: a person decides, who sees it in full. */
const propose = (path: string, host: string) =>
  Effect.gen(function* () {
    const { base } = yield* ServerEndpoint.make(host, { dangerouslyAllowHttp: true })
    yield* (yield* Output).marked("!", `${path} proposes the server ${base}`)
    if (!(yield* Invocation.Invocation).interactive) {
      return yield* usage("Nobody can be asked whether that is the server to sign in to", "mls login URL")
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

/** Whether to leave things as they are: somebody is signed in, and nobody said that it should be done anew. */
const isSettled = ({ options, user }: Given, before: Held) =>
  Effect.gen(function* () {
    if (options.force || options.tokenStdin || Option.isSome(options.claims) || !before.alive) return false
    if (user !== undefined && user.toLowerCase() !== before.user?.toLowerCase()) return false
    const { interactive, json } = yield* Invocation.Invocation
    const { notice } = yield* Output
    yield* notice(`Already signed in to ${before.server}${before.user === undefined ? "" : ` as ${before.user}`}.`)
    if (interactive && !json) return !(yield* confirm("Sign in anew?"))
    yield* notice("Nothing was changed; --force signs in anew.")
    return true
  })

const withDeviceCode = ({ context, options }: Given, connection: Connection.Connection) =>
  Effect.suspend(() => {
    const { cloud } = connection.settings
    if (cloud === undefined) return Effect.dieMessage("a device code without a cloud")
    const claims = Option.getOrUndefined(options.claims)
    return DeviceLogin.signIn(connection, cloud, { resume: context?.resume, newCodes: options.newCodes, claims })
  })

const inBrowser = ({ options, user }: Given, connection: Connection.Connection) => {
  const claims = Option.getOrUndefined(options.claims)
  return BrowserLogin.signIn(connection, { user, claims, asksWho: options.force })
}

const withCredential = ({ context, options, user }: Given, connection: Connection.Connection) =>
  Effect.gen(function* () {
    const { settings } = connection
    const { marked } = yield* Output
    if (context?.resume !== undefined) yield* marked("!", "The code in the context is not used with a password.")
    const credential: Presented = yield* present(options, user, settings)
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
    yield* FormerSession.end(connection)
  })

/** The session there is. One whose key cannot be had now is as good as none: this sign-in is the way out of that. */
const before = (settings: ServerSettings.ServerSettings) =>
  Effect.gen(function* () {
    const connection = yield* Connection.open(settings, { storedOnly: true, offline: true })
    const { protection } = yield* RecordPlace.of(connection.directory, connection.session.key)
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
const becomesDefault = ({ origin, name }: ServerSettings.ServerSettings, options: LoginOptions.Options) =>
  Effect.map(Invocation.variable("MLS_PROFILE"), (variable) => {
    const byName = Option.isSome(options.profile ?? Option.none()) || variable === name
    return !byName && origin.by !== "directory" && options.url?.pipe(Option.contains(name)) !== true
  })

const warned = (options: LoginOptions.Options) =>
  Effect.gen(function* () {
    const shadow = options.ignoreEnv ? undefined : yield* Shadowing.shadow
    if (shadow?.variable !== "MLS_ACCESS_TOKEN") return
    yield* (yield* Output).marked(
      "!",
      `MLS_ACCESS_TOKEN is set and beats what is stored${Shadowing.mark(shadow)}: unset it, or pass --ignore-env, to use this sign-in.`
    )
  })

const run = (options: LoginOptions.Options) =>
  Effect.gen(function* () {
    const given = yield* gather(options)
    const settings = yield* resolve(given)
    yield* warned(options)
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
    yield* LoginReport.tell(after, connection, {
      changed: !settled,
      user: given.user,
      profile: name,
      isDefault,
      isNew: settings.profile === undefined
    })
  }).pipe(Effect.scoped)

/** The command. */
export const login = Command.make("login", LoginOptions.config, ({ context, ...options }) =>
  Invocation.run(options, run({ ...options, contextFile: Option.getOrUndefined(context) }))
).pipe(Command.withDescription("Sign in to a server, and remember it."))
