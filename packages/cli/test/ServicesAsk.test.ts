/** Before a service goes: who is asked, and what is said. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { CTRL_D, hasTerminals, session } from "./PseudoTerminal.js"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

/** Grace with a service of her own. */
const make = Effect.tap(Servers.makeSignedIn(), ({ mls }) =>
  mls(["api", "POST", "services/hers/1.0.0", "--input", "-"], { stdin: '{"code":"x"}' })
)

describe("mls services delete", () => {
  it.scopedLive("without a terminal wants --yes, and sends nothing without: exit 2", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* make
      yield* control.resetCounts
      const { code, stderr, stdout } = yield* mls(["services", "delete", "hers"])
      assert.deepStrictEqual([code, stdout], [2, ""])
      assert.include(stderr, "Add --yes")
      assert.strictEqual((yield* control.counts).requests, 0)
      const gone = yield* mls(["services", "delete", "hers", "--yes", "--json"])
      assert.deepInclude(Sandbox.jsonOf(gone.stdout), { deleted: { name: "hers", version: "1.0.0" } })
    })
  )

  it.scopedLive.runIf(hasTerminals)("at a terminal names version and owner, and no is the default", () =>
    Effect.gen(function* () {
      const place = yield* make
      const remove = { args: ["services", "delete", "hers", "1.0.0"] }
      const quiet = { args: ["services", "delete", "hers", "--no-input"] }
      const running = yield* session(place, [remove, remove, quiet, remove], { env: { MLS_LOG: "info" } })
      const question = `? Delete hers 1.0.0, of grace, from ${place.url}? [y/N] `
      yield* running.awaitPrinted(question)
      yield* running.type("\r")
      yield* running.awaitFound(/(\[y\/N\][^]*\[y\/N\])/)
      yield* running.type(CTRL_D)
      yield* running.awaitFound(/(\[y\/N\][^]*\[y\/N\][^]*\[y\/N\])/)
      yield* running.type("y\r")
      const [enter, end, silenced, yes] = yield* running.shown
      assert.include(enter?.screen, "Nothing is deleted.")
      assert.deepStrictEqual([enter?.code, end?.code, silenced?.code, yes?.code], [130, 130, 2, 0])
      assert.include(yes?.screen, `hers 1.0.0 is deleted from ${place.url}.`)
      assert.strictEqual((yield* place.control.counts).unauthorized, 0)
    })
  )
})

describe("mls services", () => {
  it.scopedLive("says in words why the server refuses, also to who does not see the answer", () =>
    Effect.gen(function* () {
      const { mls } = yield* make
      const refused = yield* mls(["services", "consume", "add", "-F", "x:=1"])
      assert.strictEqual(refused.code, 6)
      assert.include(refused.stderr, "was answered 400 Bad Request: Input parameter 'y' must be numeric.")
      assert.include(refused.stdout, "BadRequestException")
      const { stderr } = yield* mls(["services", "consume", "add", "-F", "x:=1", "--json"])
      const last = JSON.parse(stderr.trim().split("\n").at(-1) ?? "") as {
        readonly error: { readonly message: string }
      }
      assert.include(last.error.message, "Input parameter 'y' must be numeric.")
    })
  )

  it.scopedLive("shows a reason without what moves a cursor, and not a page of it", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* make
      const message = `no\u001b]0;owned\u0007\u009b2J\u202e ${"x".repeat(1000)}`
      yield* control.answerNext({ on: "api", status: 400, body: JSON.stringify({ message }) })
      const { stderr } = yield* mls(["services", "list"])
      assert.notMatch(stderr, /[^\P{Cc}\n]|\p{Bidi_Control}/u)
      assert.match(stderr, /400 Bad Request: no\]0;owned2J x{200,290}$/m)
    })
  )
})
