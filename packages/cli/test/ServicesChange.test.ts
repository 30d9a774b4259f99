/** What changes a service, and what describes one: published, updated, as TypeScript. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { hasTerminals, session } from "./PseudoTerminal.js"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const DEFINITION = ["--in", "x:numeric", "--out", "y:numeric", "--artifact", "trace.txt", "--runtime", "Python"]

/** Grace, with the code of a service in a file. */
const make = Effect.tap(Servers.makeSignedIn(), ({ home }) =>
  Effect.promise(() => Fs.writeFile(Path.join(home, "twice.py"), "\uFEFFy = 2 * x\n"))
)

describe("mls services publish", () => {
  it.scopedLive("publishes code of a file with all that goes with it", () =>
    Effect.gen(function* () {
      const { mls, url } = yield* make
      const args = [
        "twice",
        "1.0.0",
        "--code",
        "twice.py",
        ...DEFINITION,
        "--description",
        "Twice.",
        "--alias",
        "twice"
      ]
      const published = yield* mls(["services", "publish", ...args])
      assert.deepStrictEqual([published.code, published.stdout], [0, ""], published.stderr)
      assert.include(published.stderr, `twice 1.0.0 is published at ${url}.`)
      const { service } = Sandbox.jsonOf((yield* mls(["services", "get", "twice", "--json"])).stdout) as {
        readonly service: object
      }
      assert.deepInclude(service, {
        code: "y = 2 * x\n",
        runtimeType: "Python",
        description: "Twice.",
        operationId: "twice",
        inputParameterDefinitions: [{ name: "x", type: "numeric" }],
        outputParameterDefinitions: [{ name: "y", type: "numeric" }],
        outputFileNames: ["trace.txt"]
      })
      const again = yield* mls(["services", "publish", ...args])
      assert.strictEqual(again.code, 6)
      assert.include(again.stderr, "409 Conflict")
    })
  )

  it.scopedLive("takes code from stdin, and the version that the server makes up", () =>
    Effect.gen(function* () {
      const { mls } = yield* make
      const { code, stderr, stdout } = yield* mls(["services", "publish", "draft", "--code", "-", "--json"], {
        stdin: "y <- x"
      })
      assert.strictEqual(code, 0, stderr)
      const { published } = Sandbox.jsonOf(stdout) as { readonly published: { readonly version: string } }
      assert.match(published.version, /^[0-9a-f-]{36}$/)
    })
  )

  it.scopedLive("says what is wrong with what was typed, and sends nothing: exit 2", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* make
      yield* control.resetCounts
      for (const [args, says] of [
        [["x"], "code of the service is missing"],
        [["x", "--code", "nowhere.R"], "cannot be read"],
        [["x", "--code", "twice.py", "--in", "x:number"], "--in wants name:type"],
        [["x", "--code", "twice.py", "--out", ":numeric"], "--out wants name:type"],
        [["x", "--code", "-", "--init-code", "-"], "both stdin"],
        [["x", "--code", "twice.py", "--runtime", "Julia"], "none of R, Python"]
      ] as const) {
        const { code, stderr } = yield* mls(["services", "publish", ...args])
        assert.strictEqual(code, 2, stderr)
        assert.include(stderr, says)
      }
      assert.strictEqual((yield* control.counts).requests, 0)
    })
  )
})

describe("mls services update", () => {
  it.scopedLive("changes the parts that are given, with --yes where there is no terminal", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* make
      yield* mls(["services", "publish", "twice", "1.0.0", "--code", "twice.py", ...DEFINITION])
      yield* control.resetCounts
      const unasked = yield* mls(["services", "update", "twice", "--description", "Two times."])
      assert.strictEqual(unasked.code, 2)
      assert.include(unasked.stderr, "Add --yes")
      assert.strictEqual((yield* mls(["services", "update", "twice", "--yes"])).code, 2)
      assert.strictEqual((yield* control.counts).requests, 0)
      const updated = yield* mls(["services", "update", "twice", "--description", "Two times.", "--yes", "--json"])
      assert.deepInclude(Sandbox.jsonOf(updated.stdout), { updated: { name: "twice", version: "1.0.0" } })
      const after = yield* mls(["services", "get", "twice", "--field", "service.description"])
      assert.strictEqual(after.stdout, "Two times.\n")
      const others = yield* mls(["services", "update", "add", "1.0.0", "--description", "…", "--yes"])
      assert.strictEqual(others.code, 6)
      assert.include(others.stderr, "belongs to CONTOSO\\rob")
    })
  )

  it.scopedLive.runIf(hasTerminals)("asks at a terminal, with version and owner", () =>
    Effect.gen(function* () {
      const place = yield* make
      yield* place.mls(["services", "publish", "twice", "1.0.0", "--code", "twice.py"])
      const line = { args: ["services", "update", "twice", "--description", "Two times."] }
      const running = yield* session(place, [line, line], {})
      yield* running.awaitPrinted(`? Update twice 1.0.0, of grace, at ${place.url}? [y/N] `)
      yield* running.type("\r")
      yield* running.awaitFound(/(\[y\/N\][^]*\[y\/N\])/)
      yield* running.type("y\r")
      const [no, yes] = yield* running.shown
      assert.include(no?.screen, "Nothing is changed.")
      assert.deepStrictEqual([no?.code, yes?.code], [130, 0])
      assert.include(yes?.screen, `twice 1.0.0 is updated at ${place.url}.`)
    })
  )
})

describe("mls services swagger and types", () => {
  it.scopedLive("print a service's own description, and what TypeScript makes of it", () =>
    Effect.gen(function* () {
      const { mls } = yield* make
      const described = yield* mls(["services", "swagger", "add"])
      assert.deepInclude(Sandbox.jsonOf(described.stdout), { swagger: "2.0" })
      const title = yield* mls(["services", "swagger", "add", "1.0.0", "--field", "info.title"])
      assert.strictEqual(title.stdout, "add\n")
      const types = yield* mls(["services", "types", "add"])
      assert.include(types.stdout, "  inputs: Schema.Struct({ x: Schema.Number, y: Schema.Number }),\n")
      assert.match(types.stdout, /^import \* as Schema from "effect\/Schema"\n/)
      const json = Sandbox.jsonOf((yield* mls(["services", "types", "add", "--json"])).stdout)
      assert.deepStrictEqual(json, { name: "add", version: "1.0.0", typescript: types.stdout })
      for (const command of ["swagger", "types"]) {
        assert.strictEqual((yield* mls(["services", command, "none"])).code, 6, command)
      }
    })
  )
})
