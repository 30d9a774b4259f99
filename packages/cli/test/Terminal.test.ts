import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { atTerminal, hasTerminals } from "./PseudoTerminal.js"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

describe.runIf(hasTerminals)("at a terminal", () => {
  it.scopedLive("asks for name and password, and does not show the password", () =>
    Effect.gen(function* () {
      const { control, home, mls, shell, url } = yield* Servers.make()
      const answer = Path.join(home, "stdout")
      const login = yield* shell(atTerminal(`mls login ${url} > ${answer}`), { stdin: Sandbox.OPEN })
      yield* login.awaitPrinted("User name for")
      yield* login.type("grace\r")
      yield* login.awaitPrinted("Password of grace")
      yield* login.type(`${Servers.passwords.grace}\r`)
      const { code, stdout } = yield* login.ended
      assert.strictEqual(code, 0, stdout)
      assert.include(stdout, "Signed in as grace")
      assert.strictEqual(yield* Effect.promise(() => Fs.readFile(answer, "utf8")), "")
      assert.strictEqual((yield* control.counts).logins, 1)
      assert.strictEqual((yield* mls(["api", "services"])).code, 0)
    })
  )

  it.scopedLive("asks before it replaces a live session, and no is the default", () =>
    Effect.gen(function* () {
      const { control, shell } = yield* Servers.makeSignedIn()
      const keep = yield* shell(atTerminal("mls login"), { stdin: Sandbox.OPEN })
      yield* keep.awaitPrinted("Sign in anew? [y/N]")
      yield* keep.type("\r")
      assert.strictEqual((yield* keep.ended).code, 0)
      const anew = yield* shell(atTerminal("mls login --user grace"), { stdin: Sandbox.OPEN })
      yield* anew.awaitPrinted("Sign in anew? [y/N]")
      yield* anew.type("y\r")
      yield* anew.awaitPrinted("Password of grace")
      yield* anew.type(`${Servers.passwords.grace}\r`)
      assert.strictEqual((yield* anew.ended).code, 0)
      assert.strictEqual((yield* control.counts).logins, 2)
    })
  )

  it.scopedLive("asks nobody where that was forbidden: exit 2", () =>
    Effect.gen(function* () {
      const { shell, url } = yield* Servers.make()
      for (const env of [{ CI: "true" }, { MLS_NO_INPUT: "1" }]) {
        const login = yield* shell(atTerminal(`mls login ${url}`), { stdin: Sandbox.OPEN, env })
        assert.strictEqual((yield* login.ended).code, 2)
      }
      const login = yield* shell(atTerminal(`mls login ${url} --no-input`), { stdin: Sandbox.OPEN })
      assert.strictEqual((yield* login.ended).code, 2)
    })
  )

  it.scopedLive("shows no control characters of a server, and passes them on to a file untouched", () =>
    Effect.gen(function* () {
      const { control, mls, shell } = yield* Servers.makeSignedIn()
      const hostile = "a\u001b]0;owned\u0007b\u001b[31mc\u009b2Jd\tü\n"
      const answer = { on: "api", body: hostile, times: 2 } as const
      yield* control.answerNext(answer)
      const shown = yield* (yield* shell(atTerminal("mls api x"), { stdin: Sandbox.OPEN })).ended
      assert.include(shown.stdout, "a]0;ownedb[31mc2Jd\tü\r\n")
      const piped = yield* mls(["api", "x"])
      assert.strictEqual(piped.stdout, hostile)
    })
  )

  it.scopedLive("colours its marks, unless NO_COLOR is set", () =>
    Effect.gen(function* () {
      const { shell } = yield* Servers.make()
      const coloured = yield* (yield* shell(atTerminal("mls nope"), { stdin: Sandbox.OPEN })).ended
      assert.include(coloured.stdout, "\u001b[31m✗\u001b[0m")
      const plain = yield* (yield* shell(atTerminal("mls nope"), { stdin: Sandbox.OPEN, env: { NO_COLOR: "1" } })).ended
      assert.notInclude(plain.stdout, "\u001b")
    })
  )
})
