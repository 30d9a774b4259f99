/** `mls login`: get a token for a person, keep it, and remember the server. */
import * as Command from "@effect/cli/Command"
import { CredentialRequired } from "@mlserver-auth/core/AuthError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { confirm } from "../Confirmation.js"
import * as Connection from "../Connection.js"
import * as DeviceLogin from "../DeviceLogin.js"
import * as FormerSession from "../FormerSession.js"
import * as Invocation from "../Invocation.js"
import * as LoginOptions from "../LoginOptions.js"
import * as LoginReport from "../LoginReport.js"
import { Output } from "../Output.js"
import { type Presented, present } from "../Presented.js"
import * as PythonContext from "../PythonContext.js"
import * as ServerConfig from "../ServerConfig.js"
import * as ServerSettings from "../ServerSettings.js"
import { type Held, held } from "../SessionReport.js"
import { tryOut, writable } from "../SignInChecks.js"
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

const resolve = ({ context, options, user }: Given) =>
  Effect.gen(function* () {
    const password =
      options.passwordStdin || (user !== undefined && (yield* Invocation.variable("MLS_PASSWORD")) !== undefined)
    const offered = context?.resume !== undefined ? "code" : password ? "password" : undefined
    const settings = yield* ServerSettings.resolve(
      { ...options, context: context?.parts, offered },
      ServerConfig.loadOrSetAside
    ).pipe(
      Effect.catchTag("ServerUnknown", () => usage("Which server?", "mls login https://mlserver.example.com:12800"))
    )
    yield* LoginOptions.checkMethod(options, settings.method)
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

/** The stored pair is replaced only when the new sign-in has worked. */
const signIn = (given: Given, connection: Connection.Connection) =>
  Effect.gen(function* () {
    const before = yield* held(connection)
    if (before !== undefined && (yield* isSettled(given, before))) return false
    yield* writable(connection)
    const byDevice = connection.settings.method === "aad-device" && !given.options.tokenStdin
    yield* byDevice ? withDeviceCode(given, connection) : withCredential(given, connection)
    return true
  })

const run = (options: LoginOptions.Options) =>
  Effect.gen(function* () {
    const given = yield* gather(options)
    const settings = yield* resolve(given)
    if ((yield* Invocation.variable("MLS_ACCESS_TOKEN")) !== undefined) {
      const { marked } = yield* Output
      yield* marked("!", "MLS_ACCESS_TOKEN is set and beats what is stored: unset it to use this sign-in.")
    }
    const connection = yield* Connection.open(settings, { storedOnly: true })
    const changed = yield* signIn(given, connection)
    if (changed) yield* FormerSession.end(connection)
    yield* ServerConfig.remember(ServerSettings.toRemember(settings))
    const after = yield* held(connection)
    if (after === undefined) return yield* new CredentialRequired({ reason: "SignedOut", detail: "" })
    yield* LoginReport.tell(after, connection, { changed, user: given.user })
  }).pipe(Effect.scoped)

/** The command. */
export const login = Command.make("login", LoginOptions.config, ({ context, ...options }) =>
  Invocation.run(options, run({ ...options, contextFile: Option.getOrUndefined(context) }))
).pipe(Command.withDescription("Sign in to a server, and remember it."))
