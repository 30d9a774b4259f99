import { expect, it, vi } from "@effect/vitest"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8")
const EXAMPLE = "../../../examples/src/score-a-car.ts"

it("README begins with the example that is run", () => {
  const [, block = ""] = /```ts\n([\s\S]*?)```/.exec(read("../README.md")) ?? []
  expect(block).toBe(read(EXAMPLE))
  expect(block.split("\n").filter((line) => line.trim() !== "").length).toBeLessThanOrEqual(10)
})

it.scopedLive("from a sign-in to a scored car: the example scores it", () =>
  Effect.gen(function* () {
    const { control, url } = yield* DevServer.make()
    const { password, username } = Accounts.ada
    vi.stubEnv("MLS_HOST", url)
    vi.stubEnv("MLS_USERNAME", username)
    vi.stubEnv("MLS_PASSWORD", password)
    const printed = vi.spyOn(console, "log").mockImplementation(() => undefined)
    yield* Effect.addFinalizer(() => Effect.sync(() => (vi.unstubAllEnvs(), printed.mockRestore())))
    yield* Effect.promise(() => import(EXAMPLE))
    expect(printed.mock.calls).toEqual([[{ answer: expect.closeTo(0.6418125, 5) }]])
    expect(yield* control.counts).toMatchObject({ logins: 1, unauthorized: 0 })
  })
)
