import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { pick } from "../src/api/field.js"
import * as Servers from "./Servers.js"

const ADD = ["api", "api/add/1.0.0", "-F", "x:=1", "-F", "y:=2.5"]

describe("mls api --field", () => {
  it.scopedLive("prints one value of the answer, strings without their quotes", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.makeSignedIn()
      const number = yield* mls([...ADD, "--field", "outputParameters.result"])
      assert.deepStrictEqual([number.code, number.stdout], [0, "3.5\n"], number.stderr)
      assert.strictEqual((yield* mls([...ADD, "--field", "outputParameters"])).stdout, `{"result":3.5}\n`)
      const text = yield* mls(["api", "services", "--field", "0.name"])
      assert.match(text.stdout, /^\w+\n$/)
    })
  )

  it.scopedLive("says what there is where there is no such field: exit 2, and stdout is empty", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.makeSignedIn()
      for (const [field, says] of [
        ["outputParameters.sum", "result"],
        ["nothing", "outputParameters"],
        ["success.x", "single value"],
        ["changedFiles.0", "empty"]
      ] as const) {
        const { code, stderr, stdout } = yield* mls([...ADD, "--field", field])
        assert.deepStrictEqual({ code, stdout }, { code: 2, stdout: "" }, field)
        assert.include(stderr, says)
      }
    })
  )

  it.scopedLive("shows a refusal whole, with its own exit code", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.makeSignedIn()
      const { code, stdout } = yield* mls(["api", "services/none/1", "--field", "0.name"])
      assert.strictEqual(code, 6)
      assert.property(JSON.parse(stdout), "message")
    })
  )

  it.scopedLive("goes with nothing that prints more or less: exit 2, nothing sent", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      yield* control.resetCounts
      for (const other of ["--json", "-i", "--silent"]) {
        assert.strictEqual((yield* mls(["api", "services", "--field", "0", other])).code, 2, other)
      }
      assert.strictEqual((yield* control.counts).requests, 0)
    })
  )
})

describe("a path into a JSON document", () => {
  it("reaches what the document itself has, and nothing that JavaScript adds", () => {
    const text = `{"a":[{"b":null},"x"],"__proto__":{"c":1}}`
    for (const [path, value] of [
      ["a.0.b", "null"],
      ["a.1", "x"],
      ["__proto__.c", "1"]
    ] as const) {
      assert.deepStrictEqual(pick(text, path), Either.right(value))
    }
    for (const path of ["a.length", "a.2", "a.1.0", "constructor", "a.0.toString", ""]) {
      assert.isTrue(Either.isLeft(pick(text, path)), path)
    }
    assert.isTrue(Either.isLeft(pick("<html>", "a")))
  })
})
