/** Many runs of a service, from a command line. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const stdin = JSON.stringify([{ x: 1, y: 2 }, { x: 40, y: 2 }, { x: "one" }])

interface Started {
  readonly batch: { readonly name: string; readonly version: string; readonly id: string }
}

describe("mls services batch", () => {
  it.scopedLive("starts one, tells how far it is, waits for its results, and removes it", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.makeSignedIn()
      const begun = yield* mls(["services", "batch", "start", "add", "--input", "-", "--json"], { stdin })
      assert.strictEqual(begun.code, 0, begun.stderr)
      const { batch } = Sandbox.jsonOf(begun.stdout) as Started
      assert.deepInclude(batch, { name: "add", version: "1.0.0" })
      const listed = yield* mls(["services", "batch", "list", "add"])
      assert.strictEqual(listed.stdout, `${batch.id}\n`)
      const one = ["add", "1.0.0", batch.id]
      const results = yield* mls(["services", "batch", "results", ...one])
      assert.strictEqual(results.code, 0, results.stderr)
      const lines = ['0  {"result":3}', '1  {"result":42}', "2  failed: Input parameter 'x' must be numeric.", ""]
      assert.deepStrictEqual(results.stdout.split("\n"), lines)
      const all = yield* mls(["services", "batch", "results", ...one, "--json"])
      assert.lengthOf((Sandbox.jsonOf(all.stdout) as { readonly outcomes: ReadonlyArray<unknown> }).outcomes, 3)
      const status = yield* mls(["services", "batch", "status", ...one, "--partial"])
      assert.deepStrictEqual(status.stdout.split("\n"), ["complete, 3 of 3", ...lines])
      const json = Sandbox.jsonOf((yield* mls(["services", "batch", "status", ...one, "--json"])).stdout)
      assert.deepStrictEqual(json, { status: { state: "complete", completed: 3, total: 3 } })
      const partial = yield* mls(["services", "batch", "status", ...one, "--partial", "--json"])
      assert.strictEqual(partial.code, 0, partial.stderr)
      const value = yield* mls([
        "services",
        "batch",
        "results",
        ...one,
        "--field",
        "outcomes.1.outputParameters.result"
      ])
      assert.strictEqual(value.stdout, "42\n")
      const cancelled = yield* mls(["services", "batch", "cancel", ...one, "--json"])
      assert.deepInclude(Sandbox.jsonOf(cancelled.stdout), { cancelled: batch })
      const gone = yield* mls(["services", "batch", "status", ...one])
      assert.strictEqual(gone.code, 6)
      assert.include(gone.stderr, "404 Not Found")
      const none = yield* mls(["services", "batch", "list", "add", "--json"])
      assert.deepStrictEqual(Sandbox.jsonOf(none.stdout), { batches: [] })
    })
  )

  it.scopedLive("lists the files of a record, and passes one on as it is", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.makeSignedIn()
      const records = JSON.stringify([{ hp: 120, wt: 2.8 }])
      const parallel = ["--parallel", "1", "--json"]
      const begun = yield* mls(["services", "batch", "start", "manualTransmission", "--input", "-", ...parallel], {
        stdin: records
      })
      const { batch } = Sandbox.jsonOf(begun.stdout) as Started
      const one = [batch.name, batch.version, batch.id]
      yield* mls(["services", "batch", "results", ...one])
      assert.strictEqual((yield* mls(["services", "batch", "artifact", ...one, "0"])).stdout, "Histogram.png\n")
      const file = yield* mls(["services", "batch", "artifact", ...one, "0", "Histogram.png"])
      assert.include(file.stdout, "PNG")
      const json = yield* mls(["services", "batch", "artifact", ...one, "0", "--json"])
      assert.deepStrictEqual(Sandbox.jsonOf(json.stdout), { artifacts: ["Histogram.png"] })
      assert.strictEqual((yield* mls(["services", "batch", "artifact", ...one, "7"])).code, 6)
    })
  )

  it.scopedLive("says which words an action wants, and sends nothing where they are others: exit 2", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      yield* control.resetCounts
      for (const [args, says] of [
        [["status", "add", "1.0.0"], "`status` wants NAME VERSION ID"],
        [["list", "add", "1.0.0", "more"], "`list` wants NAME [VERSION]"],
        [["artifact", "add", "1.0.0", "id"], "`artifact` wants"],
        [["artifact", "add", "1.0.0", "id", "first"], "The record is not a number"],
        [["cancel", "add", "..", "id"], "no name of a service"],
        [["start", "add"], "no JSON array of objects"],
        [["start", "add", "-F", "x:=1"], "no JSON array of objects"],
        [["artifact", "add", "1.0.0", "id", "0", "x.png", "--json"], "are not JSON"],
        [["end", "add"], "ACTION is none of"]
      ] as const) {
        const { code, stderr } = yield* mls(["services", "batch", ...args])
        assert.strictEqual(code, 2, stderr)
        assert.include(stderr, says)
      }
      assert.strictEqual((yield* control.counts).requests, 0)
    })
  )
})
