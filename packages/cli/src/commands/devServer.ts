/** `mls dev-server`: a Machine Learning Server on this machine, to try things out and to test against. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
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
  ...Invocation.options
}

interface Given {
  readonly port: string
  readonly admin: boolean
  readonly accessTokenLife: Option.Option<string>
  readonly loginPath: Option.Option<string>
}

interface User {
  readonly username: string
  readonly password: string
  readonly role: string
}

/** Known to everybody, like those of the directory: this server listens on loopback only. */
const ADMIN: User = { username: "admin", password: "admin-on-loopback-2017", role: "Owner" }

const directory = ({ ada, olga, rhea }: typeof Accounts): ReadonlyArray<User> => [
  { ...ada, role: "Contributor" },
  { ...olga, role: "Owner" },
  { ...rhea, role: "Reader" }
]

const portOf = (text: string) =>
  /^\d{1,5}$/.test(text) && Number(text) < 65_536
    ? Effect.succeed(Number(text))
    : Effect.fail(usage("--port is no port", "Give a number from 0 to 65535; 0 is a free one."))

const quoted = (text: string) => `'${text}'`

const forPeople = (url: string, users: ReadonlyArray<User>, loginPath: string | undefined): string => {
  const [first = ADMIN] = users
  const path = loginPath === undefined ? "" : ` --login-path ${loginPath}`
  return [
    `Machine Learning Server (a stand-in) listens on ${url}`,
    "",
    ...users.map(({ password, role, username }) => `  ${username.padEnd(6)} ${password.padEnd(24)} ${role}`),
    "",
    "Paste into another terminal:",
    "",
    `  printf %s ${quoted(first.password)} | mls login ${url}${path} --user ${first.username} --password-stdin`,
    "  mls api services",
    "",
    "Ctrl-C ends it."
  ].join("\n")
}

const optionsOf = (given: Given, accounts: typeof Accounts) =>
  Effect.gen(function* () {
    const life = Option.getOrUndefined(given.accessTokenLife)
    const loginPath = Option.getOrUndefined(given.loginPath)
    if (loginPath !== undefined && !/^(\/[A-Za-z0-9\-._~]+)+$/.test(loginPath)) {
      return yield* usage("--login-path is no plain path", "Write it like /user/login.")
    }
    return {
      port: yield* portOf(given.port),
      accounts: given.admin ? accounts.localAdmin(ADMIN.password) : accounts.sample,
      loginPath,
      lifetimes: { accessToken: life === undefined ? undefined : yield* Durations.decode("--access-token-life", life) }
    } satisfies DevServer.SocketOptions
  })

const run = (given: Given) =>
  Effect.gen(function* () {
    const output = yield* Output
    const { json } = yield* Invocation.Invocation
    const { Accounts, DevServer } = yield* Effect.promise(() => import("@mlserver-auth/dev-server"))
    const server = yield* DevServer.make(yield* optionsOf(given, Accounts))
    yield* Effect.forkScoped(
      Stream.runForEach(server.control.arrivals, ({ method, on, path }) =>
        Effect.annotateLogs(Effect.logDebug("request"), { on, method, path })
      )
    )
    const users = given.admin ? [ADMIN] : directory(Accounts)
    const accounts = users.map(({ password, role, username }) => ({ username, password, role }))
    yield* endsWhenTold
    yield* json
      ? output.answerJson({ url: server.url, users: accounts })
      : output.answer(forPeople(server.url, users, Option.getOrUndefined(given.loginPath)))
    return yield* Effect.never
  }).pipe(Effect.scoped)

/** The command. */
export const devServer = Command.make("dev-server", config, (given) => Invocation.run(given, run(given))).pipe(
  Command.withDescription(
    "Run a stand-in for Machine Learning Server on this machine. Ctrl-C ends it, with exit code 0."
  )
)
