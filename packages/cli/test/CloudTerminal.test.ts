import { assert, describe, it } from "@effect/vitest"
import { AzureDirectory } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Person from "./Person.js"
import { atTerminal, CTRL_C, hasTerminals } from "./PseudoTerminal.js"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const { ada } = AzureDirectory

const SHOWN = { page: /To sign in, open\s+(\S+)\r\n/, code: /and enter\s+(\S+)\r\n/ }

describe.runIf(hasTerminals)("a device code at a terminal", () => {
  it.scopedLive("is framed on stderr with a countdown, and stdout stays empty", () =>
    Effect.gen(function* () {
      const { command, home, mls, shell } = yield* Servers.makeCloud()
      const answer = Path.join(home, "stdout")
      const login = yield* shell(atTerminal(`${command} > ${answer}`), { stdin: Sandbox.OPEN })
      const page = yield* login.awaitFound(SHOWN.page)
      const code = yield* login.awaitFound(SHOWN.code)
      yield* login.awaitPrinted("Only enter this code if you started this sign-in yourself.")
      yield* login.awaitPrinted("14:5")
      yield* Person.approve(page, code, ada)
      const { code: exit, stdout } = yield* login.ended
      assert.strictEqual(exit, 0, stdout)
      assert.include(stdout, "Signed in")
      assert.strictEqual(yield* Effect.promise(() => Fs.readFile(answer, "utf8")), "")
      assert.strictEqual((yield* mls(["api", "services"])).code, 0)
    })
  )

  it.scopedLive("is replaced by a new one with one key, also after it has expired", () =>
    Effect.gen(function* () {
      const { command, control, shell } = yield* Servers.makeCloud()
      const login = yield* shell(atTerminal(command), { stdin: Sandbox.OPEN })
      const page = yield* login.awaitFound(SHOWN.page)
      const first = yield* login.awaitFound(SHOWN.code)
      assert.isTrue(yield* control.azure.expire(first))
      yield* login.awaitPrinted("expired")
      yield* login.type("n")
      const second = yield* login.awaitFound(/A new code;[^]*and enter\s+(\S+)\r\n/)
      assert.notStrictEqual(second, first)
      yield* login.type("n")
      const third = yield* login.awaitFound(/A new code;[^]*A new code;[^]*and enter\s+(\S+)\r\n/)
      yield* Person.approve(page, third, ada)
      const { code, stdout } = yield* login.ended
      assert.strictEqual(code, 0, stdout)
      assert.strictEqual((yield* control.counts).azure.deviceCodes, 3)
    })
  )

  it.scopedLive("is left by Ctrl-C at once, with 130 and the terminal as it was", () =>
    Effect.gen(function* () {
      const { command, shell } = yield* Servers.makeCloud({ pollInterval: "10 minutes" })
      const script = `stty -g > before; ${command}; echo exit=\\$?; stty -g > after; cmp before after && echo restored`
      const { home } = yield* Sandbox.make
      const login = yield* shell(`cd '${home}'; ${atTerminal(script)}`, { stdin: Sandbox.OPEN })
      yield* login.awaitPrinted("Waiting…")
      yield* login.type(CTRL_C)
      const { stdout } = yield* login.ended
      assert.include(stdout, "exit=130")
      assert.include(stdout, "restored")
    })
  )

  it.scopedLive("follows a context that was pasted there", () =>
    Effect.gen(function* () {
      const { azure, shell, url } = yield* Servers.makeCloud()
      const login = yield* shell(atTerminal(`mls login ${url} --context -`), { stdin: Sandbox.OPEN })
      yield* login.awaitPrinted("Paste the context as JSON")
      yield* login.type(`${JSON.stringify(azure, undefined, 1).replaceAll("\n", "\r")}\r`)
      const page = yield* login.awaitFound(SHOWN.page)
      yield* Person.approve(page, yield* login.awaitFound(SHOWN.code), ada)
      const { code, stdout } = yield* login.ended
      assert.strictEqual(code, 0, stdout)
    })
  )
})

describe.runIf(hasTerminals)("a password for Azure at a terminal", () => {
  it.scopedLive("is asked for, hidden, with the name of who checks it", () =>
    Effect.gen(function* () {
      const { azure, command, shell } = yield* Servers.makeCloud()
      const login = yield* shell(atTerminal(`${command} --method aad-password`), { stdin: Sandbox.OPEN })
      yield* login.awaitPrinted(`User name for ${azure.authuri}`)
      yield* login.type(`${ada.username}\r`)
      yield* login.awaitPrinted("Password of ada")
      yield* login.type(`${ada.password}\r`)
      const { code, stdout } = yield* login.ended
      assert.strictEqual(code, 0, stdout)
      assert.include(stdout, `Signed in as ${ada.username}`)
    })
  )
})
