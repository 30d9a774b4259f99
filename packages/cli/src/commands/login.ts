/** `mls login`: get a token for a person, keep it, and remember the server. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import { CredentialRequired } from "@mlserver-auth/core/AuthError"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { confirm } from "../Confirmation.js"
import * as Connection from "../Connection.js"
import { words } from "../Durations.js"
import * as Invocation from "../Invocation.js"
import { Output } from "../Output.js"
import { type Given, type Presented, present } from "../Presented.js"
import * as ServerConfig from "../ServerConfig.js"
import * as ServerSettings from "../ServerSettings.js"
import { type Held, held, until } from "../SessionReport.js"
import { tryOut, writable } from "../SignInChecks.js"
import { refuseOptions, usage } from "../Usage.js"

const config = {
  url: Args.text({ name: "URL" }).pipe(
    Args.withDescription("The server, like https://mlserver.example.com:12800."),
    Args.optional
  ),
  user: Options.text("user").pipe(
    Options.withAlias("u"),
    Options.withPseudoName("name"),
    Options.withDescription("Who signs in: DOMAIN\\user, user@domain, or admin. Also: MLS_USERNAME."),
    Options.optional
  ),
  passwordStdin: Options.boolean("password-stdin").pipe(
    Options.withDescription("Read the password from stdin; one line end at its end is taken off.")
  ),
  tokenStdin: Options.boolean("token-stdin").pipe(
    Options.withDescription("Read an existing access token from stdin, and use it as it is.")
  ),
  force: Options.boolean("force").pipe(Options.withDescription("Sign in anew even where a session is alive.")),
  loginPath: Options.text("login-path").pipe(
    Options.withPseudoName("path"),
    Options.withDescription("Where the server takes log-ins, if not at /login."),
    Options.optional
  ),
  ...Invocation.remoteOptions
}

type Options = Given & ServerSettings.Given & { readonly force: boolean }

const chosen = (options: Options) =>
  ServerSettings.resolve(options, ServerConfig.loadOrSetAside).pipe(
    Effect.catchTag("ServerUnknown", () => usage("Which server?", "mls login https://mlserver.example.com:12800"))
  )

/** Whether to leave things as they are: somebody is signed in, and nobody said that it should be done anew. */
const isSettled = (options: Options, before: Held, user: string | undefined) =>
  Effect.gen(function* () {
    if (options.force || options.tokenStdin || !before.alive) return false
    if (user !== undefined && user.toLowerCase() !== before.user?.toLowerCase()) return false
    const { interactive, json } = yield* Invocation.Invocation
    const { notice } = yield* Output
    yield* notice(`Already signed in to ${before.server}${before.user === undefined ? "" : ` as ${before.user}`}.`)
    if (interactive && !json) return !(yield* confirm("Sign in anew?"))
    yield* notice("Nothing was changed; --force signs in anew.")
    return true
  })

const told = (after: Held, connection: Connection.Connection, changed: boolean) =>
  Effect.gen(function* () {
    const { answerJson, marked, notice } = yield* Output
    const { json } = yield* Invocation.Invocation
    if (json) return yield* answerJson({ ...after.json, changed })
    if (!changed) return
    const now = yield* Clock.currentTimeMillis
    const who = after.user === undefined ? "Signed in with an access token" : `Signed in as ${after.user}`
    const renewal = after.state.renewable
      ? `It renews itself; sign in again after ${words((after.state.idleEndsAt ?? now) - now)} without use.`
      : "It cannot be renewed."
    yield* marked("✓", `${who} to ${after.server}.`)
    yield* notice(`  Access token ${until(after.state.expiresAt, now)}. ${renewal}`)
    yield* notice(`  Stored in ${connection.directory} (readable by you only).`)
    yield* notice("  Next: mls api services | mls status | mls token --header")
  })

/** The stored pair is replaced only when the new credential has worked. */
const signIn = (options: Options, settings: ServerSettings.ServerSettings, connection: Connection.Connection) =>
  Effect.gen(function* () {
    const user = Option.getOrUndefined(options.user) ?? (yield* Invocation.variable("MLS_USERNAME"))
    const before = yield* held(connection)
    if (before !== undefined && (yield* isSettled(options, before, user))) return false
    yield* writable(connection)
    const credential: Presented = yield* present(options, user, settings.endpoint.origin)
    if (credential._tag === "AccessToken") yield* tryOut(settings, credential)
    yield* connection.session.signIn(credential)
    return true
  })

const run = (options: Options) =>
  Effect.gen(function* () {
    yield* refuseOptions(Option.toArray(options.url ?? Option.none<string>()), "login")
    const { marked } = yield* Output
    const settings = yield* chosen(options)
    if ((yield* Invocation.variable("MLS_ACCESS_TOKEN")) !== undefined) {
      yield* marked("!", "MLS_ACCESS_TOKEN is set and beats what is stored: unset it to use this sign-in.")
    }
    const connection = yield* Connection.open(settings, { storedOnly: true })
    const changed = yield* signIn(options, settings, connection)
    yield* ServerConfig.remember(ServerSettings.toRemember(settings))
    const after = yield* held(connection)
    if (after === undefined) return yield* new CredentialRequired({ reason: "SignedOut", detail: "" })
    yield* told(after, connection, changed)
  }).pipe(Effect.scoped)

/** The command. */
export const login = Command.make("login", config, (options) => Invocation.run(options, run(options))).pipe(
  Command.withDescription("Sign in to a server, and remember it.")
)
