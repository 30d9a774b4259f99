import { assert, describe, it } from "@effect/vitest"
import { AzureDirectory } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { jsonOf } from "./Sandbox.js"
import * as Servers from "./Servers.js"

const { ada } = AzureDirectory
const METHOD = ["--method", "aad-browser"]

/** The address that a sign-in shows to a person. */
const SHOWN = /\n {2}(http\S+\/authorize\?\S+)\n/

/** Where the authority's page leads a person who does this there. */
const decided = (address: string, fields: Readonly<Record<string, string>>) =>
  Effect.promise(async () => {
    const body = new URLSearchParams(fields)
    const answer = await fetch(address, { method: "POST", body, redirect: "manual" })
    return answer.headers.get("location") ?? `nowhere: ${answer.status}`
  })

type User = { readonly username: string; readonly password: string }

const accepted = (address: string, { password, username }: User = ada) =>
  decided(address, { decision: "accept", username, password, mfa: "on" })

/** The person's browser goes back to the program. */
const goes = (address: string) =>
  Effect.promise(() => fetch(address).then(async (page) => [page.status, await page.text()] as const))

describe("a sign-in in the browser", () => {
  it.scopedLive("shows the address where no browser is, and the next commands find the session", () =>
    Effect.gen(function* () {
      const { home, login, mls, plant, start } = yield* Servers.makeCloud()
      const running = yield* start([...login, ...METHOD])
      const address = yield* running.awaitFound(SHOWN)
      const back = yield* accepted(address, AzureDirectory.withMfa)
      assert.match(back, /^http:\/\/localhost:\d+\/\?/)
      plant(new URL(back).searchParams.get("code") ?? "no code")
      const [status, page] = yield* goes(back)
      assert.deepStrictEqual([status, page.includes("You can close this window")], [200, true])
      const { code, stderr, stdout } = yield* running.ended
      assert.deepStrictEqual({ code, stdout }, { code: 0, stdout: "" }, stderr)
      assert.include(stderr, `forward that first (ssh -L)`)
      assert.include(stderr, `✓ Signed in as ${AzureDirectory.withMfa.username}`)
      const services = yield* mls(["api", "services"])
      assert.strictEqual(services.code, 0, services.stderr)
      assert.match((yield* mls(["status"])).stdout, /^Method +in the browser, at Azure$/m)
      const config = yield* Effect.promise(() => Fs.readFile(Path.join(home, "config", "mls", "config.json"), "utf8"))
      assert.include(config, '"aad-browser"')
    })
  )

  it.scopedLive("opens the browser of the person, and begins with the user who was named", () =>
    Effect.gen(function* () {
      const { home, login, start } = yield* Servers.makeCloud()
      const [program, record] = [Path.join(home, "browser"), Path.join(home, "opened")]
      const script = `#!/bin/sh\nprintf '%s' "$1" > ${record}.new && mv ${record}.new ${record}\n`
      yield* Effect.promise(() => Fs.writeFile(program, script, { mode: 0o700 }))
      const running = yield* start([...login, ...METHOD, "--user", ada.username], { env: { BROWSER: program } })
      const address = yield* running.awaitFound(SHOWN)
      // Others can read a program's arguments: the browser is led on from an address that leads there once.
      const entrance = yield* Effect.promise(() => Fs.readFile(record, "utf8"))
      assert.match(entrance, /^http:\/\/localhost:\d+\/[\w-]{22}$/)
      const leads = () => fetch(entrance, { redirect: "manual" })
      const [first, second] = yield* Effect.all([Effect.promise(leads), Effect.promise(leads)])
      assert.deepStrictEqual([first.status, first.headers.get("location")], [302, address])
      assert.deepStrictEqual([second.status, second.headers.get("location")], [404, null])
      assert.strictEqual(new URL(address).searchParams.get("login_hint"), ada.username)
      yield* goes(yield* accepted(address))
      const { code, stderr } = yield* running.ended
      assert.strictEqual(code, 0, stderr)
      assert.include(stderr, "browser window that has opened")
    })
  )

  it.scopedLive("tells programs the address and the end as lines of JSON", () =>
    Effect.gen(function* () {
      const { login, start, url } = yield* Servers.makeCloud()
      const running = yield* start([...login, ...METHOD, "--json"])
      const address = yield* running.awaitFound(/"event":"browser","url":"([^"]+)"/)
      yield* goes(yield* accepted(address))
      const { code, stderr, stdout } = yield* running.ended
      assert.strictEqual(code, 0, stderr)
      const events = stdout
        .trimEnd()
        .split("\n")
        .map((line) => jsonOf(`${line}\n`) as Readonly<Record<string, unknown>>)
      assert.deepInclude(events[0], { event: "browser", opened: false })
      assert.deepInclude(events[1], { event: "authorized", server: url, user: ada.username, changed: true })
    })
  )

  it.scopedLive("that a person cancels there is exit 5, with the command to start again", () =>
    Effect.gen(function* () {
      const { login, records, start } = yield* Servers.makeCloud()
      const running = yield* start([...login, ...METHOD])
      yield* goes(yield* decided(yield* running.awaitFound(SHOWN), { decision: "cancel" }))
      const { code, stderr } = yield* running.ended
      assert.strictEqual(code, 5)
      assert.include(stderr, "declined")
      assert.match(stderr, /Do: mls login http\S+ --authuri .* --method aad-browser\n/)
      assert.deepStrictEqual(yield* records, [])
    })
  )

  it.scopedLive("is cancelled by a signal at once, and its port is closed", () =>
    Effect.gen(function* () {
      const { login, records, start } = yield* Servers.makeCloud()
      const running = yield* start([...login, ...METHOD])
      const back = new URL(new URL(yield* running.awaitFound(SHOWN)).searchParams.get("redirect_uri") ?? "")
      yield* running.awaitPrinted("Waiting…")
      yield* running.signal("SIGINT")
      assert.deepInclude(yield* running.ended, { code: 130, stdout: "" })
      const refused = yield* Effect.promise(() =>
        fetch(back).then(
          () => false,
          () => true
        )
      )
      assert.isTrue(refused)
      assert.deepStrictEqual(yield* records, [])
    })
  )

  it.scopedLive("is not begun where nobody is there: exit 2", () =>
    Effect.gen(function* () {
      const { control, login, mls } = yield* Servers.makeCloud()
      for (const [args, env] of [
        [["--no-input"], {}],
        [[], { CI: "true" }],
        [["--json"], { MLS_NO_INPUT: "1" }]
      ] as const) {
        const { code, stderr } = yield* mls([...login, ...METHOD, ...args], { env })
        assert.strictEqual(code, 2, stderr)
        assert.include(stderr, "needs a person")
      }
      assert.deepInclude((yield* control.counts).azure, { authorizationCodes: 0 })
    })
  )

  it.scopedLive("has no use for a password, or for new codes: exit 2", () =>
    Effect.gen(function* () {
      const { login, mls } = yield* Servers.makeCloud()
      const password = yield* mls([...login, ...METHOD, "--user", ada.username, "--password-stdin"], {
        stdin: ada.password
      })
      assert.strictEqual(password.code, 2)
      assert.include(password.stderr, "not for a sign-in in the browser")
      const codes = yield* mls([...login, ...METHOD, "--new-codes", "2"])
      assert.deepStrictEqual([codes.code, codes.stderr.includes("device codes only")], [2, true])
    })
  )
})
