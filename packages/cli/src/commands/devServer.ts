/** `mls dev-server`: a Machine Learning Server on this machine, to try things out and to test against. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as DevServerText from "../DevServerText.js"
import * as Durations from "../Durations.js"
import * as Invocation from "../Invocation.js"
import { Output } from "../Output.js"
import { endsWhenTold } from "../Runtime.js"
import { usage } from "../Usage.js"

const config = {
  port: Options.text("port").pipe(
    Options.withPseudoName("number"),
    Options.withDescription("Where to listen on 127.0.0.1; 12800 unless said otherwise, 0 for a free port."),
    Options.withDefault("12800")
  ),
  admin: Options.boolean("admin").pipe(
    Options.withDescription("The local account `admin` instead of a directory with three users.")
  ),
  accessTokenLife: Options.text("access-token-life").pipe(
    Options.withPseudoName("duration"),
    Options.withDescription("How long access tokens live: 1h unless said otherwise; 30s to see renewals."),
    Options.optional
  ),
  loginPath: Options.text("login-path").pipe(
    Options.withPseudoName("path"),
    Options.withDescription("Where log-ins go, if not to /login."),
    Options.optional
  ),
  azure: Options.boolean("azure").pipe(
    Options.withDescription("Leave sign-ins to a stand-in for Azure Active Directory, at the same address.")
  ),
  cors: Options.text("cors").pipe(
    Options.withPseudoName("origin"),
    Options.withDescription(
      "Let pages of this origin call it (CORS): http://localhost:5173; * lets those of every origin."
    ),
    Options.repeated
  ),
  ...Invocation.options
}

interface Given {
  readonly cors: ReadonlyArray<string>
  readonly azure: boolean
  readonly port: string
  readonly admin: boolean
  readonly accessTokenLife: Option.Option<string>
  readonly loginPath: Option.Option<string>
}

const portOf = (text: string) =>
  /^\d{1,5}$/.test(text) && Number(text) < 65_536
    ? Effect.succeed(Number(text))
    : Effect.fail(usage("--port is no port", "Give a number from 0 to 65535; 0 is a free one."))

/** `*`, or origins as browsers send them. */
const corsOf = (origins: ReadonlyArray<string>) => {
  if (origins.includes("*")) return Effect.succeed(true as const)
  return origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin)
    ? Effect.succeed(origins.length === 0 ? undefined : origins)
    : Effect.fail(usage("--cors is no origin", "Write it as browsers do, without a path: http://localhost:5173, or *."))
}

const optionsOf = (given: Given, accounts: typeof Accounts) =>
  Effect.gen(function* () {
    const life = Option.getOrUndefined(given.accessTokenLife)
    const loginPath = Option.getOrUndefined(given.loginPath)
    if (loginPath !== undefined && !/^(\/[A-Za-z0-9\-._~]+)+$/.test(loginPath)) {
      return yield* usage("--login-path is no plain path", "Write it like /user/login.")
    }
    if (given.azure && given.admin)
      return yield* usage("--admin and --azure exclude each other", "mls dev-server --help")
    return {
      port: yield* portOf(given.port),
      accounts: given.admin ? accounts.localAdmin(DevServerText.ADMIN.password) : accounts.sample,
      azure: given.azure ? true : undefined,
      cors: yield* corsOf(given.cors),
      loginPath,
      lifetimes: { accessToken: life === undefined ? undefined : yield* Durations.decode("--access-token-life", life) }
    } satisfies DevServer.SocketOptions
  })

const run = (given: Given) =>
  Effect.gen(function* () {
    const output = yield* Output
    const { json } = yield* Invocation.Invocation
    const library = yield* Effect.promise(() => import("@mlserver-auth/dev-server"))
    const server = yield* library.DevServer.make(yield* optionsOf(given, library.Accounts))
    yield* Effect.forkScoped(
      Stream.runForEach(server.control.arrivals, ({ method, on, path }) =>
        Effect.annotateLogs(Effect.logDebug("request"), { on, method, path })
      )
    )
    const users = DevServerText.users(library, given)
    const { azure, url } = server
    yield* endsWhenTold
    yield* json
      ? output.answerJson({ url, azure: azure ?? null, users })
      : output.answer(DevServerText.ready(server, users, Option.getOrUndefined(given.loginPath)))
    return yield* Effect.never
  }).pipe(Effect.scoped)

/** The command. */
export const devServer = Command.make("dev-server", config, (given) => Invocation.run(given, run(given))).pipe(
  Command.withDescription(
    "Run a stand-in for Machine Learning Server on this machine. Ctrl-C ends it, with exit code 0."
  )
)
