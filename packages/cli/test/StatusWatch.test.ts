import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Servers from "./Servers.js"

const signIn = ["--user", "grace", "--password-stdin"]

describe("mls status --watch", () => {
  it.scopedLive("tells what other programs do with the session, until it is told to end: exit 0", () =>
    Effect.gen(function* () {
      const { mls, start, url } = yield* Servers.makeSignedIn()
      const watch = yield* start(["status", "--watch", "--json"])
      yield* watch.awaitFound(/^(.*"signedIn":true,.*"usable":true.*)$/m)
      assert.strictEqual((yield* mls(["logout"])).code, 0)
      yield* watch.awaitFound(/^(.*"signedIn":false.*)$/m)
      assert.strictEqual((yield* mls(["login", url, ...signIn], { stdin: Servers.passwords.grace })).code, 0)
      yield* watch.awaitFound(/"signedIn":false.*\n(.*"signedIn":true.*)$/m)
      yield* watch.signal("SIGINT")
      const { code, stdout } = yield* watch.ended
      assert.strictEqual(code, 0)
      const states = stdout
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as { signedIn: boolean }).signedIn)
      assert.deepStrictEqual(states, [true, false, true])
    })
  )

  it.scopedLive("tells people a renewal in a line, and begins where nobody is signed in", () =>
    Effect.gen(function* () {
      const { mls, start, url } = yield* Servers.makeSignedIn()
      const watch = yield* start(["status", "--watch"])
      const line = `${url}  signed in as grace, access token ends in`
      yield* watch.awaitPrinted(line)
      assert.strictEqual((yield* mls(["refresh"])).code, 0)
      yield* watch.awaitFound(/(signed in as grace.*\n.*signed in as grace)/)
      yield* watch.signal("SIGTERM")
      assert.strictEqual((yield* watch.ended).code, 0)
      yield* mls(["logout"])
      const absent = yield* start(["status", "--watch"])
      yield* absent.awaitPrinted(`${url}  not signed in`)
    })
  )

  it.scopedLive("is about one session: exit 2", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.makeSignedIn()
      for (const other of ["--all", "--check"]) {
        assert.strictEqual((yield* mls(["status", "--watch", other])).code, 2, other)
      }
    })
  )
})
