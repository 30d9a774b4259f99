/** `mls dev-server`: a Machine Learning Server on this machine, to try things out and to test against. */
import type { Given as CommandGiven } from "../cli/table/commandTable.js"
import { ExitCode } from "../cli/exitCode.js"
import { answered } from "../cli/answered.js"
import type { CommandError } from "../cli/problem.js"
import { exitCleanlyOnSignal } from "../cli/runtime.js"
import { duration, usage } from "../cli/usage.js"
import type * as Outputs from "../outputs/outputs.js"
import * as ReaderShell from "../text/shellQuote.js"
import type { Accounts, AzureDirectory, DevServer, Roles } from "@mlserver-auth/dev-server"
import { table } from "../text/table.js"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

type Given = CommandGiven<"dev-server">

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
    const { accessTokenLife: life, loginPath } = given
    if (loginPath !== undefined && !/^(\/[A-Za-z0-9\-._~]+)+$/.test(loginPath)) {
      return yield* usage("--login-path is not a plain path", "Write it like /user/login.")
    }
    if (given.azure && given.admin)
      return yield* usage("--admin and --azure exclude each other", "mls dev-server --help")
    return {
      port: yield* portOf(given.port),
      accounts: given.admin ? accounts.localAdmin(ADMIN.password) : accounts.sample,
      azure: given.azure ? true : undefined,
      cors: yield* corsOf(given.cors),
      loginPath,
      lifetimes: { accessToken: life === undefined ? undefined : yield* duration("--access-token-life", life) }
    } satisfies DevServer.SocketOptions
  })

/** The server's own error, as this program reports it. */
export const listenFailed = ({ _tag, message, reason }: DevServer.ListenError): CommandError => ({
  _tag,
  message,
  reason,
  exit: ExitCode.configuration,
  fix: reason === "NotLoopback" ? [] : ["mls dev-server --port 0"]
})

/** The command. */
export const run = (given: Given) =>
  Effect.gen(function* () {
    const library = yield* Effect.promise(() => import("@mlserver-auth/dev-server"))
    const server = yield* Effect.mapError(
      library.DevServer.make(yield* optionsOf(given, library.Accounts)),
      listenFailed
    )
    yield* Effect.forkScoped(
      Stream.runForEach(server.control.arrivals, ({ method, on, path }) =>
        Effect.annotateLogs(Effect.logDebug("request"), { on, method, path })
      )
    )
    const accounts = users(library, given)
    const { azure, url } = server
    yield* exitCleanlyOnSignal
    yield* answered(
      "dev-server",
      { url, azure: azure ?? null, users: accounts },
      ready(server, accounts, given.loginPath)
    )
    return yield* Effect.never
  }).pipe(Effect.scoped)

/** A user who can sign in. Every password is published: the server listens on loopback only. */
export type User = Outputs.Of<"dev-server">["users"][number]

/** The server's one local account. */
export const ADMIN: User = { username: "admin", password: "admin-on-loopback-2017", role: "Owner" }

interface Library {
  readonly Accounts: typeof Accounts
  readonly AzureDirectory: typeof AzureDirectory
  readonly Roles: typeof Roles
}

type Sample = AzureDirectory.User & { readonly password: string }

/** The sample users of a server with these options. */
export const users = (library: Library, { admin, azure }: Pick<Given, "admin" | "azure">): ReadonlyArray<User> => {
  if (admin) return [ADMIN]
  const { sample, sampleUsers } = library.Accounts
  const all: ReadonlyArray<Sample> = azure ? library.AzureDirectory.sampleUsers : sampleUsers
  return all.map(({ groups = [], obstacle, password, username }) => ({
    username,
    password,
    role: obstacle ?? library.Roles.assign(sample.roles, groups) ?? "Contributor"
  }))
}

const piped = ({ password, username }: User, login: string): string =>
  `  printf %s ${ReaderShell.quoted(password)} | ${login} --user ${username} --password-stdin`

const onPremises = (url: string, first: User, loginPath: string | undefined): ReadonlyArray<string> => [
  "Paste into another terminal:",
  "",
  piped(first, `mls login ${url}${loginPath === undefined ? "" : ` --login-path ${loginPath}`}`),
  "  mls api services"
]

const inTheCloud = (url: string, azure: DevServer.AzureSettings, first: User): ReadonlyArray<string> => {
  const { authuri, clientid, resource, tenant } = azure
  const login = `mls login ${url} --authuri ${authuri} --tenant ${tenant} --clientid ${clientid} --resource ${resource}`
  return [
    "Paste into another terminal, and enter the code that it shows on the page that it names:",
    "",
    `  ${login}`,
    "  mls api services",
    "",
    "Or with a password:",
    "",
    piped(first, `${login} --method aad-password`),
    "",
    `The page for codes: ${authuri}/${tenant}/deviceauth`
  ]
}

/** What is printed when the server is ready. */
export const ready = (
  { azure, url }: Pick<DevServer.Service, "azure" | "url">,
  users: ReadonlyArray<User>,
  loginPath: string | undefined
): string => {
  const [first = ADMIN] = users
  return [
    azure === undefined
      ? `Machine Learning Server (a stand-in) listens on ${url}`
      : `Machine Learning Server and Azure Active Directory (stand-ins) listen on ${url}`,
    "",
    table(users.map(({ password, role, username }) => [`  ${username}`, password, role])),
    "",
    ...(azure === undefined ? onPremises(url, first, loginPath) : inTheCloud(url, azure, first)),
    "",
    "Ctrl-C ends it."
  ].join("\n")
}
