import { assert, describe, it } from "@effect/vitest"
import { AzureDirectory } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Person from "./Person.js"
import { jsonOf } from "./Sandbox.js"
import * as Servers from "./Servers.js"

const { ada } = AzureDirectory

/** A code that another program asked for, as the Python client holds it. */
const askForCode = ({ authuri, clientid, resource, tenant }: Servers.Cloud["azure"]) =>
  Effect.promise(async () => {
    const body = new URLSearchParams({ client_id: clientid, resource })
    const response = await fetch(`${authuri}/${tenant}/oauth2/devicecode?api-version=1.0`, { method: "POST", body })
    const answer = (await response.json()) as Readonly<Record<string, string>>
    const { device_code = "", expires_in, interval, user_code = "", verification_url = "" } = answer
    const code = {
      userCode: user_code,
      deviceCode: device_code,
      verificationUrl: verification_url,
      expiresIn: Number(expires_in),
      interval: Number(interval)
    }
    return { code, userCode: user_code, page: verification_url }
  })

describe("the Python client's context", () => {
  it.scopedLive(
    "is taken from a file, however its names are spelled, and what is not used is said without values",
    () =>
      Effect.gen(function* () {
        const { azure, home, mls, plant, url } = yield* Servers.makeCloud()
        plant("value-of-another-name")
        const file = Path.join(home, "context.json")
        const context = {
          authURI: azure.authuri,
          tenant_id: azure.tenant,
          clientId: azure.clientid,
          RESOURCE: azure.resource,
          username: ada.username,
          password: ada.password,
          user_code_callback: null,
          color: "value-of-another-name",
          [ada.password]: 1
        }
        yield* Effect.promise(() => Fs.writeFile(file, JSON.stringify(context)))
        const login = yield* mls(["login", url, "--context", file, "--password-stdin"], { stdin: ada.password })
        assert.strictEqual(login.code, 0, login.stderr)
        assert.include(login.stderr, `Signed in as ${ada.username}`)
        assert.include(login.stderr, "mls does not use these names of the context: color, (a name not repeated here)")
        assert.include(login.stderr, "mls does not use the password in the context")
        assert.strictEqual((yield* mls(["api", "services"])).code, 0)
      })
  )

  it.scopedLive("is beaten by options and beats the environment", () =>
    Effect.gen(function* () {
      const { azure, mls, url } = yield* Servers.makeCloud()
      const stdin = JSON.stringify({ ...azure, tenant: "context.example" })
      const run = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>) =>
        mls(["login", url, "--context", "-", ...args, "--json"], { stdin, env })
      const context = yield* run([], { MLS_TENANT: azure.tenant })
      assert.strictEqual(context.code, 3, "the tenant of the context is unknown")
      const option = yield* run(["--tenant", azure.tenant, "--clientid", "x"], {})
      assert.include(option.stderr, "AADSTS700016", "the tenant of the option is known")
    })
  )

  it.scopedLive(
    "goes on with an earlier code, in the names that the Python client has, and never prints its secret",
    () =>
      Effect.gen(function* () {
        const { azure, control, plant, start, url } = yield* Servers.makeCloud()
        for (const [more, shown] of [
          [[], /and enter +(\S+)\n/],
          [["--json"], /"userCode":"(\w+)"/]
        ] as const) {
          const { code, page, userCode } = yield* askForCode(azure)
          plant(code.deviceCode)
          const stdin = JSON.stringify({ ...azure, code })
          const running = yield* start(["login", url, "--force", "--context", "-", ...more], { stdin })
          assert.strictEqual(yield* running.awaitFound(shown), userCode)
          yield* Person.approve(page, userCode, ada)
          const { code: exit, stderr } = yield* running.ended
          assert.strictEqual(exit, 0, stderr)
        }
        assert.deepInclude((yield* control.counts).azure, { deviceCodes: 2, deviceCodesRedeemed: 2 })
      })
  )

  it.scopedLive("with a code that nobody knows any more is exit 5", () =>
    Effect.gen(function* () {
      const { azure, mls, plant, url } = yield* Servers.makeCloud()
      const { code } = yield* askForCode(azure)
      const deviceCode = "a-device-code-from-yesterday"
      plant(deviceCode)
      const stdin = JSON.stringify({ ...azure, code: { ...code, deviceCode } })
      const { code: exit, stderr } = yield* mls(["login", url, "--context", "-"], { stdin })
      assert.strictEqual(exit, 5)
      assert.include(stderr, "does not know this device code")
    })
  )

  it.scopedLive("that is none is exit 3: a Python literal is told how to become JSON, and nothing is quoted", () =>
    Effect.gen(function* () {
      const { control, home, mls, plant, url } = yield* Servers.makeCloud()
      plant("hunter2")
      const login = (stdin: string) => mls(["login", url, "--context", "-"], { stdin })
      const literal = yield* login("context = {'authuri': 'https://login.windows.net', 'password': 'hunter2'}")
      assert.strictEqual(literal.code, 3)
      assert.include(literal.stderr, "json.dumps(context)")
      for (const text of ["", "[]", '"hunter2"', '{"tenant": 7}', '{"tenant": "hunter2"', "x".repeat(100_000)]) {
        const { code, stderr, stdout } = yield* login(text)
        assert.include([2, 3], code, stderr)
        assert.strictEqual(stdout, "")
      }
      const code = yield* login(JSON.stringify({ code: { deviceCode: "hunter2" } }))
      assert.strictEqual(code.code, 3)
      assert.include(code.stderr, "user_code is missing")
      assert.strictEqual((yield* mls(["login", url, "--context", Path.join(home, "none")])).code, 3)
      const two = yield* mls(["login", url, "--context", "-", "--password-stdin"], { stdin: "{}" })
      assert.strictEqual(two.code, 2)
      assert.strictEqual((yield* control.counts).requests, 0)
    })
  )

  it.scopedLive("without a code or a password asks for a device code", () =>
    Effect.gen(function* () {
      const { azure, start, url } = yield* Servers.makeCloud()
      const stdin = JSON.stringify({ ...azure, username: ada.username })
      const running = yield* start(["login", url, "--context", "-", "--json"], { stdin })
      const page = yield* running.awaitFound(/"verificationUri":"([^"]+)"/)
      yield* Person.approve(page, yield* running.awaitFound(/"userCode":"(\w+)"/), ada)
      const { code, stdout } = yield* running.ended
      assert.strictEqual(code, 0)
      assert.deepInclude(jsonOf(`${stdout.trimEnd().split("\n").at(-1) ?? ""}\n`), {
        event: "authorized",
        changed: true
      })
    })
  )
})
