import { assert, describe, it } from "@effect/vitest"
import { AzureDirectory } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Net from "node:net"
import { jsonOf } from "./Sandbox.js"
import * as Servers from "./Servers.js"

const { ada } = AzureDirectory

/** The last line of stderr with `--json`. */
const errorOf = (stderr: string): Readonly<Record<string, unknown>> => {
  const { error } = jsonOf(`${stderr.trimEnd().split("\n").at(-1) ?? ""}\n`) as { readonly error: object }
  return { ...error }
}

const byPassword = (cloud: Servers.Cloud, user: AzureDirectory.User, ...more: ReadonlyArray<string>) => {
  assert(typeof user.password === "string")
  return cloud.mls([...cloud.login, "--user", user.username, "--password-stdin", ...more], { stdin: user.password })
}

describe("a password at Azure", () => {
  it.scopedLive("signs in where user and password are given, and says once that a device code is better", () =>
    Effect.gen(function* () {
      const cloud = yield* Servers.makeCloud()
      const login = yield* byPassword(cloud, ada)
      assert.strictEqual(login.code, 0, login.stderr)
      assert.strictEqual(login.stdout, "")
      assert.include(login.stderr, `✓ Signed in as ${ada.username}`)
      assert.include(login.stderr, "prefer --method aad-device")
      const named = yield* byPassword(cloud, ada, "--method", "aad-password", "--force")
      assert.strictEqual(named.code, 0, named.stderr)
      assert.notInclude(named.stderr, "aad-device")
    })
  )

  it.scopedLive("works over the v2 endpoints too, and the wire is remembered", () =>
    Effect.gen(function* () {
      const cloud = yield* Servers.makeCloud()
      assert.strictEqual((yield* byPassword(cloud, ada, "--wire", "v2")).code, 0)
      yield* cloud.control.expireAccessTokens
      const call = yield* cloud.mls(["api", "services"])
      assert.strictEqual(call.code, 0, call.stderr)
      assert.include(call.stderr, "/oauth2/v2.0/token")
    })
  )

  it.scopedLive("that is wrong is exit 5, tried once, and errors name nobody", () =>
    Effect.gen(function* () {
      const cloud = yield* Servers.makeCloud()
      cloud.plant("ada@contoso")
      const { code, stderr, stdout } = yield* byPassword(cloud, { ...ada, password: "wrong" })
      assert.deepStrictEqual({ code, stdout }, { code: 5, stdout: "" })
      assert.include(stderr, "the user name or the password is wrong (AADSTS50126, correlation id ")
      assert.include(stderr, "`--method aad-device`")
      assert.strictEqual((yield* cloud.control.counts).azure.passwordGrantsRefused, 1)
    })
  )

  it.scopedLive("is refused for each obstacle by a remedy of its own", () =>
    Effect.gen(function* () {
      const cloud = yield* Servers.makeCloud()
      const obstacles = [
        [AzureDirectory.withMfa, "MultiFactorRequired", /^mls login http.* --method aad-device$/],
        [AzureDirectory.locked, "AccountLocked", /Wait/],
        [AzureDirectory.disabled, "AccountDisabled", /enable it/],
        [AzureDirectory.passwordExpired, "PasswordExpired", /sspr/],
        [AzureDirectory.blocked, "Blocked", /administrator/],
        [AzureDirectory.withoutConsent, "ConsentRequired", /`--method aad-device`.*`--clientid`/],
        [AzureDirectory.notAssigned, "NotAssigned", /assign/]
      ] as const
      for (const [user, reason, remedy] of obstacles) {
        cloud.plant(user.username)
        const { code, stderr, stdout } = yield* byPassword(cloud, user, "--json")
        assert.deepStrictEqual({ code, stdout }, { code: 5, stdout: "" }, reason)
        const error = errorOf(stderr)
        assert.deepInclude(error, { code: "CredentialRejected", exit: 5, reason, transient: false })
        assert.match(String((error["fix"] as ReadonlyArray<string>)[0]), remedy, reason)
        assert.match(String(error["correlationId"]), /^[\da-f-]{36}$/)
        assert.match(String(error["timestamp"]), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/)
      }
      const { azure } = yield* cloud.control.counts
      assert.strictEqual(azure.passwordGrantsRefused, obstacles.length)
    })
  )

  it.scopedLive("that needs more is answered by a command that works when it is pasted", () =>
    Effect.gen(function* () {
      const cloud = yield* Servers.makeCloud()
      const { stderr } = yield* byPassword(cloud, AzureDirectory.withMfa)
      const command = /Do: (mls login .*)\n/.exec(stderr)?.[1] ?? ""
      assert.notInclude(command, "mary")
      const running = yield* cloud.shell(command)
      const code = yield* running.awaitFound(/and enter +(\S+)\n/)
      assert.isTrue(yield* cloud.control.azure.approve(code, AzureDirectory.withMfa.username))
      assert.strictEqual((yield* running.ended).code, 0)
    })
  )

  it.scopedLive("shows nothing of a description, which may name people and hold control characters", () =>
    Effect.gen(function* () {
      const cloud = yield* Servers.makeCloud()
      cloud.plant("eve@elsewhere.example")
      const body = {
        error: "invalid_grant",
        error_description: "AADSTS50034: eve@elsewhere.example \u001b[2J does not exist",
        error_codes: [50034],
        correlation_id: "\u001b]0;owned\u0007"
      }
      yield* cloud.control.answerNext({ on: "azureToken", status: 400, body: JSON.stringify(body) })
      const { code, stderr } = yield* byPassword(cloud, ada)
      assert.strictEqual(code, 5)
      assert.include(stderr, "the account is not in this tenant")
      assert.notInclude(stderr, "\u001b")
      assert.notInclude(stderr, "owned")
    })
  )
})

describe("settings of Azure", () => {
  it.scopedLive("that the authority does not know are exit 3, and name the option", () =>
    Effect.gen(function* () {
      const { azure, mls, url } = yield* Servers.makeCloud()
      const login = (changed: Partial<typeof azure>) => {
        const { authuri, clientid, resource, tenant } = { ...azure, ...changed }
        const names = ["--authuri", authuri, "--tenant", tenant, "--clientid", clientid, "--resource", resource]
        return mls(["login", url, ...names, "--user", ada.username, "--password-stdin", "--json"], {
          stdin: ada.password
        })
      }
      const other = "00000000-0000-4000-8000-000000000000"
      for (const [changed, option] of [
        [{ tenant: "nowhere.example" }, "--tenant"],
        [{ clientid: other }, "--clientid"],
        [{ resource: other }, "--resource"]
      ] as const) {
        const { code, stderr } = yield* login(changed)
        assert.strictEqual(code, 3, stderr)
        const error = errorOf(stderr)
        assert.propertyVal(error, "code", "ConfigurationInvalid")
        assert.include(String(error["fix"]), option)
        assert.property(error, "correlationId")
      }
    })
  )

  it.scopedLive(
    "that cannot be used are exit 3 before anything is sent, and missing ones exit 2, all named at once",
    () =>
      Effect.gen(function* () {
        const { control, mls, plant, url } = yield* Servers.makeCloud()
        plant("hunter2")
        const login = (...args: ReadonlyArray<string>) => mls(["login", url, ...args])
        const rest = ["--clientid", "c", "--resource", "r"]
        assert.strictEqual((yield* login("--authuri", "http://login.example", "--tenant", "t", ...rest)).code, 3)
        assert.strictEqual((yield* login("--authuri", "https://u:hunter2@h", "--tenant", "t", ...rest)).code, 3)
        assert.strictEqual((yield* login("--tenant", "two words", ...rest)).code, 3)
        const missing = yield* login("--tenant", "t")
        assert.strictEqual(missing.code, 2)
        assert.include(missing.stderr, "--clientid, --resource too")
        assert.include(missing.stderr, "MLS_CLIENT_ID, MLS_RESOURCE")
        assert.strictEqual((yield* login("--method", "aad-device")).code, 2)
        assert.strictEqual((yield* login("--method", "password", "--tenant", "t")).code, 2)
        assert.strictEqual(
          (yield* login("--tenant", "t", ...rest, "--password-stdin", "--method", "aad-device")).code,
          2
        )
        assert.strictEqual((yield* login("--new-codes", "3")).code, 2)
        assert.strictEqual((yield* login("--claims", "{}")).code, 2)
        assert.strictEqual((yield* login("--method", "magic")).code, 2)
        assert.strictEqual((yield* control.counts).requests, 0)
      })
  )

  it.scopedLive("with an authority that is not there, or is another page, are told as what they are", () =>
    Effect.gen(function* () {
      const cloud = yield* Servers.makeCloud()
      const { azure, control, mls, url } = cloud
      const dead = `http://127.0.0.1:${yield* deadPort}`
      const names = ["--tenant", azure.tenant, "--clientid", azure.clientid, "--resource", azure.resource]
      const gone = yield* mls(["login", url, "--authuri", dead, ...names, "--json"])
      assert.strictEqual(gone.code, 7, gone.stderr)
      assert.deepInclude(errorOf(gone.stderr), { code: "ServerUnavailable", server: dead, transient: true })
      yield* control.htmlNext({ on: "azureToken" })
      const page = yield* byPassword(cloud, ada)
      assert.strictEqual(page.code, 3)
      assert.include(page.stderr, "`--authuri`")
    })
  )
})

/** A port on loopback where nobody listens any more. */
const deadPort = Effect.async<number>((resume) => {
  const server = Net.createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 1)))
  })
})

describe("the environment", () => {
  it.scopedLive("signs a program in through Azure without a log-in, once for many calls", () =>
    Effect.gen(function* () {
      const { azure, control, home, mls, url } = yield* Servers.makeCloud()
      const env = {
        MLS_HOST: url,
        MLS_AUTHURI: azure.authuri,
        MLS_TENANT: azure.tenant,
        MLS_CLIENT_ID: azure.clientid,
        MLS_RESOURCE: azure.resource,
        MLS_USERNAME: ada.username,
        MLS_PASSWORD: ada.password
      }
      const token = yield* mls(["token"], { env, answersSecrets: true })
      assert.strictEqual(token.code, 0, token.stderr)
      assert.strictEqual((yield* mls(["api", "services"], { env })).code, 0)
      assert.strictEqual((yield* control.counts).azure.passwordGrants, 1)
      const status = yield* mls(["status", "--json"], { env })
      assert.deepInclude(jsonOf(status.stdout), { method: "aad-password", source: "MLS_PASSWORD", user: ada.username })
      assert.notInclude(yield* Effect.promise(() => Fs.readdir(home)), "config")
      assert.strictEqual((yield* mls(["token"], { env: { ...env, MLS_METHOD: "magic" } })).code, 2)
      assert.strictEqual((yield* mls(["token"], { env: { ...env, MLS_RESOURCE: "" } })).code, 2)
    })
  )
})
