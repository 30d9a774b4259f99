import { assert, describe, it } from "@effect/vitest"
import type { DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { CTRL_C, CTRL_D, hasTerminals, type Line, session } from "./PseudoTerminal.js"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

type Place = Pick<Sandbox.Sandbox, "home" | "shell">

/** What is awaited on the screen, the keys that are pressed then, and the exit code that follows. */
type Wait = readonly [line: Line, awaited: string, keys: string, code: number]

/** What nobody may see. */
const HALF = "half of it"

const left = (place: Place, [line, awaited, keys, code]: Wait) =>
  Effect.gen(function* () {
    const running = yield* session(place, [line], { columns: 40, env: { NO_COLOR: "1" } })
    yield* running.awaitPrinted(awaited)
    yield* running.type(keys)
    const [shown] = yield* running.shown
    const what = `${line.args.join(" ")} ${JSON.stringify(keys)}: ${shown?.screen}`
    assert.deepInclude(shown, { code, restored: true }, what)
    assert.notInclude(shown?.screen, HALF)
    // A cursor that was hidden, or another screen that was not left.
    assert.notMatch(shown?.screen ?? "", /\p{Cc}\[\?\d+[hl]/u, what)
  }).pipe(Effect.scoped)

const leftEach = (place: Place, waits: ReadonlyArray<Wait>) =>
  Effect.forEach(waits, (wait) => left(place, wait), { concurrency: 3 })

/** Both ways to say no; `before`: what is typed first. */
const both = (line: Line, awaited: string, before = ""): ReadonlyArray<Wait> => [
  [line, awaited, `${before}${CTRL_C}`, 130],
  [line, awaited, CTRL_D, 130]
]

const signedIn = (server: Pick<DevServer.Service, "url">) =>
  Effect.gen(function* () {
    const sandbox = yield* Sandbox.make
    sandbox.plant(Servers.passwords.grace)
    const login = ["login", server.url, "--user", "grace", "--password-stdin"]
    assert.strictEqual((yield* sandbox.mls(login, { stdin: Servers.passwords.grace })).code, 0)
    return sandbox
  })

describe.runIf(hasTerminals)("a command that waits for a person is left by Ctrl-C and Ctrl-D", () => {
  it.scopedLive("at each question of a sign-in, with 130 and nothing sent", () =>
    Effect.gen(function* () {
      const server = yield* Servers.make()
      const { control, home, url } = server
      const project = Path.join(home, "project")
      yield* Effect.promise(() => Fs.mkdir(project))
      yield* Effect.promise(() => Fs.writeFile(Path.join(project, ".mls.json"), JSON.stringify({ host: url })))
      yield* leftEach(server, [
        ...both({ args: ["login", url] }, "User name for"),
        ...both({ args: ["login", url, "--user", "grace"] }, "Password of grace", HALF),
        ...both({ args: ["login", url, "--user", "grace", "--password-stdin"] }, "Reading the password", HALF),
        ...both({ args: ["login", url, "--token-stdin"] }, "Reading the access token", HALF),
        ...both({ args: ["login"], prefix: `cd '${project}';` }, `Sign in to ${url}? [y/N]`),
        [{ args: ["login", url, "--context", "-"] }, "Paste the context", CTRL_C, 130],
        [{ args: ["login", url, "--context", "-"] }, "Paste the context", CTRL_D, 3]
      ])
      assert.strictEqual((yield* control.counts).requests, 0)
    })
  )

  it.scopedLive("also where it is signed in: the session stays", () =>
    Effect.gen(function* () {
      const server = yield* Servers.makeSignedIn()
      yield* server.control.resetCounts
      const body = ["--input", "-"]
      yield* leftEach(server, [
        ...both({ args: ["login"] }, "Sign in anew? [y/N]"),
        [{ args: ["api", "POST", "x", ...body] }, "Reading the body", CTRL_C, 130],
        [{ args: ["services", "consume", "add", ...body] }, "Reading the body", CTRL_C, 130],
        [{ args: ["dev-server", "--port", "0"] }, "Ctrl-C ends it.", CTRL_C, 0]
      ])
      assert.strictEqual((yield* server.control.counts).requests, 0)
      assert.strictEqual((yield* server.mls(["status"])).code, 0)
    })
  )

  it.scopedLive("while a device code or a browser is awaited", () =>
    Effect.gen(function* () {
      const server = yield* Servers.makeCloud({ pollInterval: "10 minutes" })
      const byBrowser = [...server.login, "--method", "aad-browser"]
      for (const [args, keys] of [
        [server.login, CTRL_D],
        [byBrowser, CTRL_C]
      ] as const) {
        const running = yield* session(server, [{ args }], { env: { BROWSER: "" } })
        yield* running.awaitPrinted("Waiting…")
        yield* running.type(keys)
        assert.deepInclude((yield* running.shown)[0], { code: 130, restored: true })
      }
    })
  )
})

describe.runIf(hasTerminals)("a command that waits for a server is left by Ctrl-C", () => {
  it.scopedLive("wherever it makes a call", () =>
    Effect.gen(function* () {
      const server = yield* Servers.makeSignedIn()
      const { awaitWaiting } = yield* server.control.hold("api")
      const calls = [
        ["api", "services"],
        ["services", "list"],
        ["services", "get", "add"],
        ["services", "delete", "add", "1.0.0", "--yes"],
        ["services", "consume", "add", "-F", "x:=1"],
        ["status", "--check"],
        ["doctor"]
      ]
      const running = yield* Effect.forEach(calls, (args, at) =>
        Effect.gen(function* () {
          const one = yield* session(server, [{ args }])
          // The last one makes more than one call at once.
          yield* awaitWaiting(at + 1)
          return one
        })
      )
      for (const [at, { shown, type }] of running.entries()) {
        yield* type(CTRL_C)
        assert.deepInclude((yield* shown)[0], { code: 130, restored: true }, calls[at]?.join(" "))
      }
    })
  )

  it.scopedLive(
    "while it signs in or out, or renews: what the server has been told is not lost",
    () =>
      Effect.gen(function* () {
        const server = yield* Servers.make()
        for (const [args, on] of [
          [["login", server.url, "--user", "grace"], "login"],
          [["refresh"], "refresh"],
          [["token", "--force-refresh"], "refresh"],
          [["logout"], "revoke"],
          [["profile", "remove", "127.0.0.1"], "revoke"]
        ] as const) {
          const place = yield* on === "login" ? Sandbox.make : signedIn(server)
          const gate = yield* server.control.hold(on, "after")
          const running = yield* session(place, [{ args }])
          // The question is over, and Ctrl-C is a signal again.
          if (on === "login") {
            yield* running.awaitPrinted("Password of")
            yield* running.type(`${Servers.passwords.grace}\r`)
          }
          yield* gate.awaitWaiting()
          yield* running.type(CTRL_C)
          // A renewal is waited for, and nothing else is.
          if (on === "refresh") yield* Effect.zipRight(running.awaitPrinted("^C"), gate.release)
          assert.deepInclude((yield* running.shown)[0], { code: 130, restored: true }, args.join(" "))
          yield* gate.release
          if (on === "refresh") assert.strictEqual((yield* place.mls(["api", "services"])).code, 0, args.join(" "))
        }
      }),
    120_000
  )
})
