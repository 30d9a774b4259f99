import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Protocol from "../src/internal/lock/protocol.js"
import { explore, found, type Reclaim, type Scope, type Take } from "./interleavings.js"

const LIMIT = 120_000
/** The largest scopes take minutes; whoever changes the protocol sets this. */
const all = process.env["MLS_TEST_LARGE"] !== undefined

const isWhole = all || process.env["MLS_TEST_ALL"] === "1"

const { sweep } = Protocol

const exploring = (scope: Scope) => Effect.promise(() => explore(scope))

describe("every interleaving of contenders for a lock, with crashes before every operation", () => {
  const scopes: ReadonlyArray<readonly [name: string, scope: Scope, states: number]> = [
    ["two, three tries each", { contenders: 2, tries: 3, crashes: 0, abandoned: 0 }, 150],
    ["two, two tries each, both may crash", { contenders: 2, tries: 2, crashes: 2, abandoned: 0 }, 600],
    ["two after a dead holder, both may crash", { contenders: 2, tries: 2, crashes: 2, abandoned: 1 }, 5000],
    ["two after a dead claimer", { contenders: 2, tries: 2, crashes: 1, abandoned: 2 }, 15_000],
    ["two that sweep first, one may crash", { contenders: 2, tries: 1, crashes: 1, abandoned: 2, sweep }, 7000],
    ["three, one may crash", { contenders: 3, tries: 1, crashes: 1, abandoned: 0 }, 5000],
    ["two, three removals may fail", { contenders: 2, tries: 2, crashes: 0, abandoned: 0, failures: 3 }, 8000],
    [
      "two after a dead holder, two removals may fail",
      { contenders: 2, tries: 1, crashes: 0, abandoned: 1, failures: 2 },
      10_000
    ],
    [
      "two of one process, a removal may fail",
      { contenders: 2, tries: 2, crashes: 0, abandoned: 0, failures: 1, together: true },
      1000
    ],
    [
      "two, one may crash and two removals fail",
      { contenders: 2, tries: 2, crashes: 1, abandoned: 0, failures: 2 },
      9000
    ]
  ]
  /** Half of the work: left out at a desk. */
  const long: typeof scopes = [
    ["three after a dead holder, one may crash", { contenders: 3, tries: 1, crashes: 1, abandoned: 1 }, 70_000]
  ]
  const large: typeof scopes = [
    [
      "two after a dead holder, four tries, both may crash",
      { contenders: 2, tries: 4, crashes: 2, abandoned: 1 },
      20_000
    ],
    ["two that sweep, both may crash", { contenders: 2, tries: 2, crashes: 2, abandoned: 3, sweep }, 300_000],
    ["three that sweep, none crashes", { contenders: 3, tries: 1, crashes: 0, abandoned: 2, sweep }, 1],
    ["three after a dead holder, two may crash", { contenders: 3, tries: 1, crashes: 2, abandoned: 1 }, 100_000]
  ]
  for (const [name, scope, states] of [...scopes, ...(isWhole ? long : []), ...(all ? large : [])]) {
    it.effect(
      `${name}: never two inside, no living holder's lock removed, a newcomer gets in afterwards`,
      () =>
        Effect.gen(function* () {
          const seen = yield* exploring(scope)
          assert.deepStrictEqual(seen.wrong, undefined)
          assert.isAtLeast(seen.states, states)
        }),
      all ? 20 * LIMIT : LIMIT
    )
  }
})

describe("a holder of another machine, known by its signs of life only", () => {
  it.effect("keeps its lock if it gives one while the lock is being taken over", () =>
    Effect.gen(function* () {
      const files = new Map([["lock", "theirs"]])
      let looks = 0
      const locks: Protocol.LockFiles = {
        freshToken: () => "fresh",
        list: async () => [...files.keys()],
        read: async (name) => {
          const token = files.get(name)
          return token === undefined ? undefined : found(token)
        },
        create: async (name, token) => !files.has(name) && !!files.set(name, token),
        remove: async (name) => void files.delete(name),
        isDead: async () => looks++ === 0,
        leave: () => undefined
      }
      const attempt = yield* Effect.promise(() => Protocol.take(locks, "lock", "ours"))
      assert.isFalse(attempt.taken)
      assert.strictEqual(looks, 2)
      assert.deepStrictEqual([...files], [["lock", "theirs"]])
    })
  )
})

const after = (evict: (files: Protocol.LockFiles, lock: string, token: string) => Promise<void>): Take => {
  return async (files, lock, token) => {
    const found = await files.read(lock)
    if (found !== undefined) {
      if (!(await files.isDead(found))) return { taken: false, found }
      await evict(files, lock, found.token)
    }
    return (await files.create(lock, token)) ? { taken: true } : { taken: false, found }
  }
}

const isThere = async (files: Protocol.LockFiles, lock: string, token: string) =>
  (await files.read(lock))?.token === token

describe("a check of the check: protocols that are known to be wrong are found out", () => {
  const two = { contenders: 2, tries: 1, crashes: 0, abandoned: 1 } as const
  const three = { ...two, contenders: 3 } as const

  it.effect("a dead holder's lock is removed by whoever found it", () =>
    Effect.gen(function* () {
      const take = after((files, lock) => files.remove(lock))
      assert.strictEqual((yield* exploring({ ...two, take })).wrong?.what, "a living holder's lock is gone")
    })
  )

  it.effect("… and looked at once more before: the classic race", () =>
    Effect.gen(function* () {
      const take = after(async (files, lock, token) => {
        if (await isThere(files, lock, token)) await files.remove(lock)
      })
      const { wrong } = yield* exploring({ ...two, take })
      assert.strictEqual(wrong?.what, "a living holder's lock is gone")
      assert.include(wrong?.steps.join(), "0 removes lock")
      assert.include(wrong?.steps.join(), "1 removes lock")
    })
  )

  it.effect("a claim whose owner does not look again", () =>
    Effect.gen(function* () {
      const take = after(async (files, lock, token) => {
        const claim = Protocol.claimOn(lock, token)
        if (!(await files.create(claim, files.freshToken()))) return
        await files.remove(lock)
        await files.remove(claim)
      })
      assert.strictEqual((yield* exploring({ ...two, take })).wrong?.what, "a living holder's lock is gone")
    })
  )

  it.effect("a claim that the next one removes, when its owner died, as if it were nobody's", () =>
    Effect.gen(function* () {
      const take = after(async (files, lock, token) => {
        const claim = Protocol.claimOn(lock, token)
        const other = await files.read(claim)
        if (other !== undefined && (await files.isDead(other))) await files.remove(claim)
        if (!(await files.create(claim, files.freshToken()))) return
        if (await isThere(files, lock, token)) await files.remove(lock)
        await files.remove(claim)
      })
      const { wrong } = yield* exploring({ ...three, crashes: 1, take })
      assert.strictEqual(wrong?.what, "a living holder's lock is gone")
    })
  )

  it.effect("a dead owner's claim on a token that is still held is swept away", () =>
    Effect.gen(function* () {
      const careless = async (files: Protocol.LockFiles, lock: string) => {
        for (const name of await files.list(lock)) {
          const found = name === lock ? undefined : await files.read(name)
          if (found !== undefined && (await files.isDead(found))) await files.remove(name)
        }
      }
      const { wrong } = yield* exploring({ ...two, abandoned: 2, sweep: careless })
      assert.strictEqual(wrong?.what, "a living holder's lock is gone")
    })
  )

  it.effect("what could not be removed is removed later by its former holder, without a claim", () =>
    Effect.gen(function* () {
      const reclaim: Reclaim = async (files, { name, token }) => {
        if (await isThere(files, name, token)) await files.remove(name)
        return true
      }
      const { wrong } = yield* exploring({ ...two, abandoned: 0, failures: 1, together: true, reclaim })
      assert.strictEqual(wrong?.what, "a living holder's lock is gone")
    })
  )

  it.effect("a claim that nobody takes over from a dead owner", () =>
    Effect.gen(function* () {
      const take = after(async (files, lock, token) => {
        const claim = Protocol.claimOn(lock, token)
        if (!(await files.create(claim, files.freshToken()))) return
        if (await isThere(files, lock, token)) await files.remove(lock)
        await files.remove(claim)
      })
      const { wrong } = yield* exploring({ ...two, crashes: 1, take })
      assert.strictEqual(wrong?.what, "nobody gets in any more")
    })
  )
})
