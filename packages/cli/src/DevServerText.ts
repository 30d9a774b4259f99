/**
 * What `mls dev-server` prints when it is ready: who can sign in, and lines to paste into another terminal.
 */
import type { Accounts, AzureDirectory, DevServer } from "@mlserver-auth/dev-server"
import { quoted } from "./SameCommand.js"

/** Somebody who can sign in. All passwords are known to everybody: the server listens on loopback only. */
export interface User {
  readonly username: string
  readonly password: string
  /** What they may do at the server, or what keeps them from signing in. */
  readonly role: string
}

/** The server's one local account. */
export const ADMIN: User = { username: "admin", password: "admin-on-loopback-2017", role: "Owner" }

const ROLES: Readonly<Record<string, string>> = {
  admins: "Owner",
  "data-scientists": "Contributor",
  "app-devs": "Reader"
}

const withRole = ({
  groups,
  obstacle,
  password,
  username
}: AzureDirectory.User & { readonly password: string }): User => ({
  username,
  password,
  role: obstacle ?? ROLES[groups?.[0] ?? ""] ?? "Contributor"
})

/** The sample users of a server with these options. */
export const users = (
  library: { readonly Accounts: typeof Accounts; readonly AzureDirectory: typeof AzureDirectory },
  options: { readonly admin: boolean; readonly azure: boolean }
): ReadonlyArray<User> => {
  if (options.admin) return [ADMIN]
  return (options.azure ? library.AzureDirectory.sampleUsers : library.Accounts.sampleUsers).map(withRole)
}

const table = (users: ReadonlyArray<User>): ReadonlyArray<string> => {
  const width = (pick: (user: User) => string) => Math.max(...users.map((user) => pick(user).length))
  const [names, passwords] = [width(({ username }) => username), width(({ password }) => password)]
  return users.map(
    ({ password, role, username }) => `  ${username.padEnd(names)}  ${password.padEnd(passwords)}  ${role}`
  )
}

const piped = ({ password, username }: User, login: string): string =>
  `  printf %s ${quoted(password)} | ${login} --user ${username} --password-stdin`

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
    ...table(users),
    "",
    ...(azure === undefined ? onPremises(url, first, loginPath) : inTheCloud(url, azure, first)),
    "",
    "Ctrl-C ends it."
  ].join("\n")
}
