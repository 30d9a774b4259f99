import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const definition = JSON.stringify({ code: "x", description: "\u001b[31mred\u0007" })

/** Grace, whose service `hers` has two versions. */
const makeWithTwo = Effect.tap(Servers.makeSignedIn(), ({ mls }) =>
  Effect.forEach(["1.0.0", "2.0.0"], (version) =>
    mls(["api", "POST", `services/hers/${version}`, "--input", "-"], { stdin: definition })
  )
)

describe("mls services", () => {
  it.scopedLive("lists what is published, whose it is, and nothing that moves a cursor", () =>
    Effect.gen(function* () {
      const { mls } = yield* makeWithTwo
      const { code, stderr, stdout } = yield* mls(["services", "list"])
      assert.strictEqual(code, 0, stderr)
      assert.match(stdout, /^NAME +VERSION +OWNER +CREATED +DESCRIPTION\n/)
      assert.match(stdout, /^add +1\.0\.0 +CONTOSO\\rob +\d{4}-\d\d-\d\d +Addition Service\.$/m)
      assert.match(stdout, /^hers +2\.0\.0 +grace .*red$/m)
      assert.notMatch(stdout, /[^\P{Cc}\n]/u)
      const one = yield* mls(["services", "list", "hers", "--json"])
      const { services } = Sandbox.jsonOf(one.stdout) as { readonly services: ReadonlyArray<object> }
      assert.strictEqual(services.length, 2)
      assert.deepInclude(services[0], { name: "hers", code: "x" })
    })
  )

  it.scopedLive("tells of one what it wants and gives; without a version the last one published", () =>
    Effect.gen(function* () {
      const { mls } = yield* makeWithTwo
      const { stdout } = yield* mls(["services", "get", "add"])
      assert.match(stdout, /^Service +add 1\.0\.0$/m)
      assert.match(stdout, /^Owner +CONTOSO\\rob$/m)
      assert.match(stdout, /^You may +read only$/m)
      assert.match(stdout, /^Inputs +x \(numeric\), y \(numeric\)$/m)
      const json = Sandbox.jsonOf((yield* mls(["services", "get", "hers", "--json"])).stdout)
      assert.deepInclude((json as { readonly service: object }).service, { name: "hers", version: "2.0.0" })
      const first = yield* mls(["services", "get", "hers", "1.0.0"])
      assert.include(first.stdout, "hers 1.0.0")
      for (const none of [["none"], ["hers", "3.0.0"]]) {
        assert.strictEqual((yield* mls(["services", "get", ...none])).code, 6, none.join(" "))
      }
    })
  )

  it.scopedLive("prints one value of what --json prints with --field", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* makeWithTwo
      for (const [args, value] of [
        [["list", "hers", "--field", "services.1.version"], "2.0.0"],
        [["get", "add", "--field", "service.inputParameterDefinitions.0"], '{"name":"x","type":"numeric"}'],
        [["consume", "add", "-F", "x:=1", "-F", "y:=2.5", "--field", "outputParameters.result"], "3.5"]
      ] as const) {
        const { code, stderr, stdout } = yield* mls(["services", ...args])
        assert.deepStrictEqual({ code, stdout }, { code: 0, stdout: `${value}\n` }, stderr)
      }
      assert.deepInclude(yield* mls(["services", "get", "add", "--field", "nothing"]), { code: 2, stdout: "" })
      const failed = yield* mls(["services", "consume", "add", "-f", "x=1", "--field", "outputParameters.result"])
      assert.strictEqual(failed.code, 6)
      const outcome = { success: false, errorMessage: "object 'x' not found", outputParameters: { result: null } }
      const body = JSON.stringify(outcome)
      yield* control.answerNext({ on: "api", body, headers: { "content-type": "application/json" } })
      const broken = yield* mls(["services", "consume", "add", "1.0.0", "--field", "outputParameters.result"])
      assert.deepInclude(broken, { code: 6, stdout: "result  null\n" })
      assert.include(broken.stderr, "object 'x' not found")
      yield* control.resetCounts
      for (const args of [["list"], ["get", "add"], ["consume", "add"]]) {
        assert.strictEqual((yield* mls(["services", ...args, "--field", "x", "--json"])).code, 2, args.join(" "))
      }
      assert.strictEqual((yield* control.counts).requests, 0)
    })
  )

  it.scopedLive("runs one with the inputs that were typed, also with a renewed token", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      const sum = yield* mls(["services", "consume", "add", "1.0.0", "-F", "x:=1", "-F", "y:=2.5"])
      assert.deepStrictEqual([sum.code, sum.stdout], [0, "result  3.5\n"], sum.stderr)
      yield* control.revokeAccessTokens()
      const json = yield* mls(["services", "consume", "add", "--input", "-", "--json"], { stdin: `{"x":40,"y":2}` })
      assert.deepInclude(Sandbox.jsonOf(json.stdout), { success: true, outputParameters: { result: 42 } })
      const wrong = yield* mls(["services", "consume", "add", "-f", "x=1"])
      assert.strictEqual(wrong.code, 6)
      assert.include(wrong.stdout, "numeric")
    })
  )

  it.scopedLive("says so where one ran and failed: exit 6, whatever the status", () =>
    Effect.gen(function* () {
      const { mls } = yield* makeWithTwo
      const { code, stderr, stdout } = yield* mls(["services", "consume", "hers"])
      assert.deepStrictEqual({ code, stdout }, { code: 6, stdout: "" })
      assert.include(stderr, "runs neither R nor Python")
      assert.include(stderr, "ran and failed")
    })
  )

  it.scopedLive("deletes one's own; which version must be plain", () =>
    Effect.gen(function* () {
      const { mls } = yield* makeWithTwo
      const open = yield* mls(["services", "delete", "hers", "--yes"])
      assert.strictEqual(open.code, 2)
      assert.include(open.stderr, "1.0.0, 2.0.0")
      const gone = yield* mls(["services", "delete", "hers", "1.0.0", "--yes"])
      assert.deepStrictEqual([gone.code, gone.stdout], [0, ""], gone.stderr)
      const last = yield* mls(["services", "delete", "hers", "--json", "--yes"])
      assert.deepInclude(Sandbox.jsonOf(last.stdout), { deleted: { name: "hers", version: "2.0.0" } })
      assert.strictEqual((yield* mls(["services", "get", "hers"])).code, 6)
    })
  )

  it.scopedLive("says whose it is where somebody else's is to be deleted: exit 6", () =>
    Effect.gen(function* () {
      const { mls, url } = yield* Servers.makeSignedIn()
      const { code, stderr } = yield* mls(["services", "delete", "add", "1.0.0", "--yes"])
      assert.strictEqual(code, 6)
      assert.include(stderr, "403 Forbidden")
      assert.include(stderr, "belongs to CONTOSO\\rob")
      const rob = ["--profile", "rob", "--user", "CONTOSO\\rob", "--password-stdin"]
      yield* mls(["login", url, ...rob], { stdin: Servers.passwords.rob })
      const own = yield* mls(["services", "delete", "add", "-p", "rob", "-y"])
      assert.strictEqual(own.code, 6)
      assert.notInclude(own.stderr, "belongs to")
      assert.include(own.stderr, "your role")
    })
  )

  it.scopedLive("takes names for names: a path in one goes nowhere else", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      yield* control.resetCounts
      for (const name of ["..", ".", ""]) {
        assert.strictEqual((yield* mls(["services", "delete", name, "login"])).code, 2)
      }
      assert.strictEqual((yield* control.counts).requests, 0)
      const { code, stderr } = yield* mls(["services", "delete", "../login", "x?y", "--yes"])
      assert.strictEqual(code, 6)
      assert.include(stderr, "/services/..%2Flogin/x%3Fy")
    })
  )

  it.scopedLive("tells a page of somebody else's from an answer", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      yield* control.answerNext({ on: "api", body: "<html>sign in</html>", headers: { "content-type": "text/html" } })
      const { code, stderr, stdout } = yield* mls(["services", "list"])
      assert.deepStrictEqual({ code, stdout }, { code: 6, stdout: "" })
      assert.include(stderr, "did not answer as Machine Learning Server")
    })
  )
})
