import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { PassThrough } from "node:stream"
import { vi } from "vitest"
import { confirm } from "../src/cli/confirm.js"

/** Streams in the place of the process' own, until the test ends. */
const terminal = Effect.acquireRelease(
  Effect.sync(() => {
    const [stdin, stderr] = [new PassThrough(), new PassThrough()]
    const spies = [
      vi.spyOn(process, "stdin", "get").mockReturnValue(stdin as never),
      vi.spyOn(process, "stderr", "get").mockReturnValue(stderr as never)
    ]
    return { stdin, stderr, spies }
  }),
  ({ spies }) => Effect.sync(() => spies.forEach((spy) => spy.mockRestore()))
)

/** How the question ends when that is done to the terminal. */
const ended = (act: (stdin: PassThrough) => unknown) =>
  Effect.gen(function* () {
    const { stderr, stdin } = yield* terminal
    const asking = yield* Effect.fork(Effect.either(confirm("Sign in anew?")))
    yield* Effect.promise(() => new Promise((resolve) => stderr.once("readable", resolve)))
    assert.include(String(stderr.read()), "? Sign in anew? [y/N]")
    act(stdin)
    return yield* Fiber.join(asking)
  })

describe("a question at a terminal", () => {
  for (const [how, act] of [
    ["that ends", (stdin: PassThrough) => stdin.end()],
    ["that is hung up, which Node may tell as an error", (stdin: PassThrough) => stdin.emit("error", new Error("EIO"))]
  ] as const) {
    it.scopedLive(`${how}: is cancelled`, () =>
      Effect.gen(function* () {
        const answer = yield* ended(act)
        assert.deepInclude(answer, { _tag: "Left" })
        assert.deepInclude(answer._tag === "Left" ? answer.left : undefined, { reason: "Cancelled" })
      })
    )
  }

  it.scopedLive("takes y for yes, and Enter alone for no", () =>
    Effect.gen(function* () {
      for (const [typed, is] of [
        ["y\n", true],
        ["\n", false]
      ] as const) {
        const answer = yield* Effect.scoped(ended((stdin) => stdin.write(typed)))
        assert.deepInclude(answer, { _tag: "Right", right: is })
      }
    })
  )
})
