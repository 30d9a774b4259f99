/** What stores on an engine must do for many programs, while it, its server or one of them fails. */
import { Token } from "@mlserver-auth/core"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { sized } from "../support/size.js"
import { type Engine, skipped, type Way } from "./engine.js"
import { type Start, starter } from "./programs.js"
import { type Wishes, world } from "./world.js"

const ROUNDS = sized(2, 5)
const MANY = sized(6, 30)
const HOURS = 3_600_000

const WELL = new Set(["200"])
const RENEWED_ONCE = { refreshes: 1, reusedRefreshTokens: 0, logins: 0 }

/** `program`: the path of a module that does what `sharingProgram.ts` does, on this engine. */
export const suite = (engine: Engine, program: string): void => {
  describe.skipIf(engine.missing !== "")(`programs that share ${engine.name}${skipped(engine)}`, () => {
    const start = starter(program)
    const tried = engine.ways.filter(({ isTriedByPrograms }) => isTriedByPrograms)
    for (const way of tried) sharing(engine, way, start)
    const [first] = tried
    if (first !== undefined) leasing(engine, first, start)
  })
}

const sharing = (engine: Engine, way: Way, start: Start) => {
  const worldOf = (wishes: Wishes) => world(engine, way, start, wishes)

  it.scopedLive(
    `${way.name}: ${MANY} meet an expired token, round after round: one refresh each, none used twice`,
    () =>
      Effect.gen(function* () {
        const { control, everyone, expire } = yield* worldOf({ many: MANY })
        for (let round = 0; round < ROUNDS; round++) {
          yield* expire
          assert.deepStrictEqual(new Set(yield* everyone()), WELL)
          assert.deepInclude(yield* control.counts, RENEWED_ONCE)
        }
      })
  )

  it.scopedLive(
    `${way.name}: ${MANY} meet a token that is revoked while they work: one refresh, no program fails`,
    () =>
      Effect.gen(function* () {
        const { control, everyone } = yield* worldOf({ many: MANY })
        for (let round = 0; round < ROUNDS; round++) {
          yield* control.resetCounts
          const working = yield* Effect.fork(everyone(4))
          yield* control.awaitArrival("api", MANY + 2)
          assert.strictEqual(yield* control.revokeAccessTokens(), 1)
          assert.deepStrictEqual(new Set(yield* Fiber.join(working)), WELL)
          assert.deepInclude(yield* control.counts, RENEWED_ONCE)
        }
      })
  )

  it.scopedLive(
    `${way.name}: the engine stands still in the middle of a renewal, and goes on: one refresh, no program fails`,
    () =>
      Effect.gen(function* () {
        const { control, engine: running, renewing } = yield* worldOf({ many: 4 })
        const { gate, working } = yield* renewing
        yield* running.signal("SIGSTOP")
        yield* gate.release
        yield* Effect.sleep("2 seconds")
        yield* running.signal("SIGCONT")
        assert.deepStrictEqual(new Set(yield* Fiber.join(working)), WELL)
        assert.deepInclude(yield* control.counts, RENEWED_ONCE)
      })
  )

  it.scopedLive(
    `${way.name}: the engine is killed in the middle of a renewal, and started: one refresh, no program fails`,
    () =>
      Effect.gen(function* () {
        const { control, engine: running, renewing } = yield* worldOf({ many: 4 })
        const { gate, working } = yield* renewing
        yield* running.kill
        yield* gate.release
        yield* Effect.sleep("300 millis")
        yield* running.start
        assert.deepStrictEqual(new Set(yield* Fiber.join(working)), WELL)
        assert.deepInclude(yield* control.counts, RENEWED_ONCE)
      })
  )
}

/** What is of core's store, and the same with every client. */
const leasing = (engine: Engine, way: Way, start: Start) => {
  const worldOf = (wishes: Wishes) => world(engine, way, start, wishes)

  it.scopedLive("a check of the check: without the lease the same programs use a refresh token twice", () =>
    Effect.gen(function* () {
      const { control, everyone, expire } = yield* worldOf({ many: MANY })
      yield* expire
      const gate = yield* control.hold("refresh")
      const working = yield* Effect.fork(everyone(1, false))
      // Two have sent it before either has an answer.
      yield* gate.awaitWaiting(2)
      yield* gate.release
      yield* Fiber.join(working)
      assert.isAbove((yield* control.counts).reusedRefreshTokens, 0)
    })
  )

  it.scopedLive("clocks two hours apart: renewals more than need be, but none used twice, and no program fails", () =>
    Effect.gen(function* () {
      const { control, everyone, expire } = yield* worldOf({ ahead: 2 * HOURS, many: 4 })
      yield* expire
      assert.deepStrictEqual(new Set(yield* everyone(3)), WELL)
      assert.deepInclude(yield* control.counts, { reusedRefreshTokens: 0, logins: 0 })
    })
  )

  it.scopedLive("who holds the lease is killed: another one enters when it ends", () =>
    Effect.gen(function* () {
      const { key, programs, store } = yield* worldOf({ lease: 1000, many: 1 })
      for (const { ask, kill } of programs) {
        assert.deepStrictEqual(yield* ask({ _tag: "Hold" }), ["inside"])
        yield* kill
      }
      assert.strictEqual(yield* store.exclusive(key)(Effect.succeed("entered")), "entered")
    })
  )

  it.scopedLive(
    "who holds the lease stands still for longer: another one enters, the first one's late pair is not saved, and it goes on",
    () =>
      Effect.gen(function* () {
        const { key, programs, renewing, signIn, store } = yield* worldOf({ lease: 500, many: 1 })
        const { gate, working } = yield* renewing
        yield* Effect.forEach(programs, ({ signal }) => signal("SIGSTOP"))
        const signedIn = yield* signIn
        yield* gate.release
        yield* Effect.forEach(programs, ({ signal }) => signal("SIGCONT"))
        assert.deepStrictEqual(new Set(yield* Fiber.join(working)), WELL)
        assert.isTrue(Token.isSame(Option.getOrThrow(yield* store.read(key)), signedIn))
      })
  )
}
