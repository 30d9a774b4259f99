/**
 * Glewlwyd 2.7, an authorization server in C from Debian's repository, as a process on loopback behind `AzureWire`:
 * device flow with a slow_down of its own, passwords, refresh tokens that work once, revocation, all in SQLite.
 *
 * Where it is legal but unlike others: `token_type` in lower case; a refused password is a 403 without a body, a refused
 * refresh token a 400 without a body, a revocation without the client's secret a 401 without a body; a used or unknown
 * device code is `access_denied`; nobody can decline; passwords are taken only from a client with a secret.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Authority from "../authority.js"
import * as AzureWire from "./AzureWire.js"
import * as Browser from "./Browser.js"

const SCHEMA = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3"

const runs = (command: string, argument: string): boolean => spawnSync(command, [argument]).error === undefined

/** Why it cannot be tested against here; an empty string where it can. */
export const missing: string = !runs("glewlwyd", "--version")
  ? "glewlwyd is not installed"
  : !runs("sqlite3", "-version")
    ? "sqlite3 is not installed"
    : existsSync(SCHEMA)
      ? ""
      : "glewlwyd's database schema is not where Debian puts it"

export const ada = { username: "ada", password: "ada-lovelace-1815" } as const
/** A public client: device codes. */
export const DEVICE_CLIENT = "mls-device"
/** A client whose secret `AzureWire` knows: passwords, revocation. */
export const PASSWORD_CLIENT = "mls-password"
export const RESOURCE = "https://mls.contoso.test"
/** As the schema brings it. */
const ADMINISTRATOR = { username: "admin", password: "password" }
const SECRET = "the-secret-of-the-password-client"
const SCOPE = "mls"
const PLUGIN = "azure"

export interface Options {
  /** Seconds; 5 unless said otherwise. */
  readonly interval?: number
  /** Seconds; 10 minutes unless said otherwise. */
  readonly deviceCodeLife?: number
}

export interface Glewlwyd {
  readonly authuri: string
  readonly tenant: string
}

/** A server of its own, killed with the scope. */
export const make = (options: Options = {}): Effect.Effect<Glewlwyd, never, Scope.Scope> =>
  Effect.gen(function* () {
    const directory = yield* Authority.directoryIn(memory)
    const database = join(directory, "glewlwyd.db")
    writeFileSync(database, empty())
    const { call } = yield* Browser.make
    const url = yield* Effect.retry(booted(directory, database, call), { times: 5 }).pipe(Effect.orDie)
    for (const [path, json] of setUp(url, options)) {
      const { status, text } = yield* call("POST", `${url}/api/${path}/`, json)
      if (status !== 200) throw new Error(`${path}: ${status} ${text}`)
    }
    const plugin = `${url}/api/${PLUGIN}`
    const wire = yield* AzureWire.make({
      token: `${plugin}/token`,
      deviceAuthorization: `${plugin}/device_authorization`,
      revocation: `${plugin}/revoke`,
      scope: SCOPE,
      secrets: { [PASSWORD_CLIENT]: SECRET }
    })
    return { authuri: wire.url, tenant: AzureWire.TENANT }
  })

/** SQLite waits for the disk at every change, hundreds of times a server: seconds where others write to the disk too. */
const memory = existsSync("/dev/shm") ? "/dev/shm" : tmpdir()

/** A database with the schema and nothing else; made once, in one transaction. */
const empty = (() => {
  let bytes: Buffer | undefined
  return (): Buffer => {
    if (bytes === undefined) {
      const directory = mkdtempSync(join(memory, "mlserver-auth-"))
      try {
        const file = join(directory, "empty.db")
        execFileSync("sqlite3", ["-bail", file], { input: `BEGIN;\n${readFileSync(SCHEMA, "utf8")}\nCOMMIT;\n` })
        bytes = readFileSync(file)
      } finally {
        rmSync(directory, { recursive: true })
      }
    }
    return bytes
  }
})()

let used = 0
/** Below the range that the kernel gives away by itself, so that nobody takes it while the server starts. */
const nextPort = (): number => 20_000 + (process.pid % 250) * 40 + (used++ % 40)

/** The server's address once the administrator is signed in there; fails if the port was somebody else's. */
const booted = (directory: string, database: string, call: Browser.Browser["call"]) =>
  Effect.gen(function* () {
    const port = nextPort()
    const url = `http://127.0.0.1:${port}`
    const file = join(directory, `${port}.conf`)
    writeFileSync(file, configuration(port, url, database))
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => started(file)),
      killed
    )
    // It says that it has started before it takes connections, so connections are what is tried.
    const administrator = Effect.suspend(() =>
      hasEnded(child) ? Effect.dieMessage("glewlwyd ended") : call("POST", `${url}/api/auth/`, ADMINISTRATOR)
    ).pipe(
      Effect.sandbox,
      Effect.filterOrFail(({ status }) => status === 200)
    )
    yield* Effect.retry(administrator, {
      schedule: Schedule.spaced("20 millis").pipe(Schedule.upTo("10 seconds")),
      while: () => !hasEnded(child)
    })
    return url
  })

const running = new Set<ChildProcess>()
// A test run that ends without its finalisers must not leave a server behind.
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")))

const started = (file: string): ChildProcess => {
  const child = spawn("glewlwyd", [`--config-file=${file}`], { stdio: "ignore" })
  running.add(child)
  child.once("exit", () => running.delete(child))
  return child
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

const killed = (child: ChildProcess): Effect.Effect<void> =>
  Effect.async((resume) => {
    if (hasEnded(child)) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
    return void child.kill("SIGKILL")
  })

const configuration = (port: number, url: string, database: string): string => `
port = ${port}
bind_address = "127.0.0.1"
external_url = "${url}"
login_url = "login.html"
api_prefix = "api"
log_mode = "console"
log_level = "NONE"
cookie_secure = 0
session_key = "session"
admin_scope = "g_admin"
profile_scope = "g_profile"
user_module_path = "/usr/lib/glewlwyd/user"
client_module_path = "/usr/lib/glewlwyd/client"
user_auth_scheme_module_path = "/usr/lib/glewlwyd/scheme"
plugin_module_path = "/usr/lib/glewlwyd/plugin"
hash_algorithm = "SHA512"
database = { type = "sqlite3"; path = "${database}"; };
`

/** What an administrator adds: a scope, a user, two clients, and OpenID Connect. */
const setUp = (url: string, options: Options): ReadonlyArray<readonly [path: string, json: unknown]> => [
  ["scope", { name: SCOPE, display_name: SCOPE, password_required: false, password_max_age: 0 }],
  ["user", { ...ada, name: "Ada", enabled: true, scope: ["openid", SCOPE] }],
  [
    "client",
    {
      client_id: DEVICE_CLIENT,
      confidential: false,
      enabled: true,
      authorization_type: ["device_authorization", "refresh_token"]
    }
  ],
  [
    "client",
    {
      client_id: PASSWORD_CLIENT,
      confidential: true,
      client_secret: SECRET,
      enabled: true,
      authorization_type: ["password", "refresh_token"],
      token_endpoint_auth_method: ["client_secret_basic"]
    }
  ],
  [
    "mod/plugin",
    { module: "oidc", name: PLUGIN, display_name: PLUGIN, enabled: true, parameters: plugin(url, options) }
  ]
]

const plugin = (url: string, { deviceCodeLife = 600, interval = 5 }: Options) => ({
  iss: url,
  "jwt-type": "sha",
  "jwt-key-size": "256",
  key: "a key for the tokens of tests",
  "access-token-duration": 3600,
  "refresh-token-duration": 86_400,
  "code-duration": 600,
  "refresh-token-rolling": true,
  "refresh-token-one-use": "always",
  "allow-non-oidc": true,
  "auth-type-code-enabled": false,
  "auth-type-token-enabled": false,
  "auth-type-implicit-enabled": false,
  "auth-type-client-enabled": false,
  "auth-type-password-enabled": true,
  "auth-type-device-enabled": true,
  "auth-type-refresh-enabled": true,
  "device-authorization-expiration": deviceCodeLife,
  "device-authorization-interval": interval,
  "introspection-revocation-allowed": true,
  "introspection-revocation-allow-target-client": true
})

/** Ada at the sign-in page, by the calls its script makes: signs in, grants the scopes, confirms the code. */
export const approve = (issued: { readonly verificationUri: string; readonly userCode: string }): Effect.Effect<void> =>
  Effect.gen(function* () {
    const browser = yield* Browser.make
    const api = new URL("/api", issued.verificationUri).href
    yield* browser.call("POST", `${api}/auth/`, ada)
    yield* browser.call("PUT", `${api}/auth/grant/${DEVICE_CLIENT}`, { scope: `openid ${SCOPE}` })
    const end = yield* browser.open(`${issued.verificationUri}?code=${issued.userCode}&g_continue`)
    if (!end.url.includes("prompt=deviceComplete")) throw new Error(`not approved: ${end.url}`)
  })
