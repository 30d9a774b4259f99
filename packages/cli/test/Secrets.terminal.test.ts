import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { CTRL_D, hasTerminals, pasted, type Session, session } from "./PseudoTerminal.js"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const { grace } = Servers.passwords

/** An access token that its owner has on another machine. */
const token = (url: string) =>
  Effect.gen(function* () {
    const { mls } = yield* Sandbox.make
    const login = ["login", url, "--user", "grace", "--password-stdin"]
    assert.strictEqual((yield* mls(login, { stdin: grace })).code, 0)
    return (yield* mls(["token"], { answersSecrets: true })).stdout.trimEnd()
  })

/** The sandbox fails a test that shows what was planted in it. */
const ends = (running: Session, code: number) =>
  Effect.gen(function* () {
    const [shown] = yield* running.shown
    assert.deepInclude(shown, { code, restored: true }, shown?.screen)
    return shown?.screen ?? ""
  })

describe.runIf(hasTerminals)("a secret at a terminal is not shown", () => {
  it.scopedLive("where it is pasted at the question, with its line end; the next line goes to nobody", () =>
    Effect.gen(function* () {
      const server = yield* Servers.make()
      server.plant("echo what-follows")
      const running = yield* session(server, [{ args: ["login", server.url] }], { columns: 40 })
      yield* running.awaitPrinted("User name for")
      yield* running.type(pasted("grace\r"))
      yield* running.awaitPrinted("Password of grace")
      yield* running.type(pasted(`${grace}\recho what-follows\r`))
      assert.include(yield* ends(running, 0), "Signed in as grace")
    })
  )

  it.scopedLive("where name and password are pasted at once", () =>
    Effect.gen(function* () {
      const server = yield* Servers.make()
      const running = yield* session(server, [{ args: ["login", server.url] }])
      yield* running.awaitPrinted("User name for")
      yield* running.type(pasted(`grace\r${grace}\r`))
      yield* ends(running, 0)
    })
  )

  it.scopedLive("where it is typed for --password-stdin, also where nobody may be asked", () =>
    Effect.gen(function* () {
      const server = yield* Servers.make()
      const args = ["login", server.url, "--user", "grace", "--password-stdin"]
      for (const more of [[], ["--force", "--no-input"]]) {
        const running = yield* session(server, [{ args: [...args, ...more] }])
        yield* running.awaitPrinted("Reading the password from stdin, hidden")
        yield* running.type(`${grace}\r`)
        yield* ends(running, 0)
      }
      assert.strictEqual((yield* server.control.counts).logins, 2)
    })
  )

  it.scopedLive("where it is pasted for --token-stdin", () =>
    Effect.gen(function* () {
      const server = yield* Servers.make()
      const secret = yield* token(server.url)
      server.plant(secret)
      const running = yield* session(server, [{ args: ["login", server.url, "--token-stdin"] }])
      yield* running.awaitPrinted("Reading the access token from stdin, hidden")
      yield* running.type(pasted(`${secret}\r`))
      yield* ends(running, 0)
      assert.strictEqual((yield* server.mls(["api", "services"])).code, 0)
    })
  )

  it.scopedLive("while a body is, until its end", () =>
    Effect.gen(function* () {
      const server = yield* Servers.makeSignedIn()
      const running = yield* session(server, [{ args: ["services", "consume", "add", "--input", "-"] }])
      yield* running.awaitPrinted("Reading the body from stdin")
      yield* running.type(`{"x":40,\r"y":2}\r${CTRL_D}`)
      assert.include(yield* ends(running, 0), "result  42\r\n")
    })
  )
})

describe.runIf(hasTerminals)("a user name at a terminal", () => {
  it.scopedLive("that takes more than one row is erased as a whole; a dumb terminal gets another line", () =>
    Effect.gen(function* () {
      const { home, shell, url } = yield* Servers.make()
      const prompt = `User name for ${url}: `
      // Two rows, to their very end: the cursor is still in the second one.
      const name = "a".repeat(80 - prompt.length)
      const up = "\u001b[1A\r\u001b[J"
      for (const [TERM, start] of [
        ["xterm", up],
        ["dumb", "\r\n"]
      ] as const) {
        const running = yield* session({ home, shell }, [{ args: ["login", url] }], { columns: 40, env: { TERM } })
        yield* running.awaitPrinted(prompt)
        yield* running.type(`${name}\u007f${CTRL_D}\r`)
        yield* running.awaitPrinted("Password of")
        yield* running.type(CTRL_D)
        assert.include(yield* ends(running, 130), `${name}${start}${prompt}${name.slice(0, -1)}\r\n`)
      }
    })
  )
})
