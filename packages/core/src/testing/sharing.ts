/** Checks of what a store does for several who use it at once. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Ref from "effect/Ref"
import { type Check, check, ContractBroken, expect, key, same, token } from "./check.js"

export const conditions: ReadonlyArray<Check> = [
  check("a conditional write happens only over the token that was named", (store) =>
    Effect.gen(function* () {
      const over = (name: string) => store.write(key("over"), token("next"), Option.some(token(name)))
      yield* expect(!(yield* over("first")), "a write over a record that is not there said it was done")
      yield* expect(Option.isNone(yield* store.read(key("over"))), "a record came from nothing")
      yield* expect(yield* store.write(key("over"), token("first")), "a write without a condition was refused")
      yield* expect(!(yield* over("other")), "a write over another token said it was done")
      yield* expect(same(yield* store.read(key("over")), token("first")), "another's token was overwritten")
      yield* expect(yield* over("first"), "a write over the token that is there was refused")
      yield* expect(same(yield* store.read(key("over")), token("next")), "the write did not happen")
    })
  ),
  check("a conditional write happens only where there is no record, if none was named", (store) =>
    Effect.gen(function* () {
      const create = (name: string) => store.write(key("create"), token(name), Option.none())
      yield* expect(yield* create("first"), "the first write was refused")
      yield* expect(!(yield* create("second")), "the second write said it was done")
      yield* expect(same(yield* store.read(key("create")), token("first")), "the first record was overwritten")
    })
  ),
  check("of twenty conditional writes and removals at once, one has its way and no reader finds nothing", (store) =>
    Effect.gen(function* () {
      yield* store.write(key("race"), token("start"))
      const write = (at: number) => store.write(key("race"), token(`race-${at}`), Option.some(token("start")))
      const writes = Array.from({ length: 20 }, (_, at) => write(at))
      const reads = Array.from({ length: 20 }, () => Effect.map(store.read(key("race")), Option.isSome))
      const others = Array.from({ length: 20 }, () => store.remove(key("race"), token("other")))
      const all = { concurrency: "unbounded" } as const
      const [won, found, removed] = yield* Effect.all(
        [Effect.all(writes, all), Effect.all(reads, all), Effect.all(others, all)],
        all
      )
      yield* expect(won.filter(Boolean).length === 1, `${won.filter(Boolean).length} of the writes were done`)
      yield* expect(found.every(Boolean), "a reader found nothing")
      yield* expect(!removed.some(Boolean), "a token was removed that was never there")
      const left = yield* store.read(key("race"))
      yield* expect(same(left, token(`race-${won.indexOf(true)}`)), "the winner's token is not what is there")
    })
  )
]

export const watching: ReadonlyArray<Check> = [
  check("a watcher hears of a write and of a removal", (store) =>
    Effect.scoped(
      Effect.gen(function* () {
        const signals = yield* store.watch(key("watched"))
        yield* store.write(key("watched"), token("watched"))
        yield* expectSignal(signals, "a write")
        // One change may be several signals, and the later ones must not pass for the next change's.
        yield* Queue.takeAll(signals)
        yield* store.remove(key("watched"))
        yield* expectSignal(signals, "a removal")
      })
    )
  ),
  check("every watcher hears of a change, and none after its scope has closed", (store) =>
    Effect.scoped(
      Effect.gen(function* () {
        const first = yield* store.watch(key("many"))
        const left = yield* Effect.scoped(store.watch(key("many")))
        const second = yield* store.watch(key("many"))
        yield* store.write(key("many"), token("many"))
        yield* expectSignal(first, "the write, as the first")
        yield* expectSignal(second, "the write, as the second")
        yield* expect(yield* left.isShutdown, "a watch outlived its scope")
      })
    )
  )
]

const expectSignal = (signals: Queue.Dequeue<void>, what: string) =>
  Effect.timeoutFail(Queue.take(signals), {
    duration: "10 seconds",
    onTimeout: () => new ContractBroken({ message: `no watcher heard of ${what}` })
  })

export const exclusion: ReadonlyArray<Check> = [
  check("one at a time for a key: fifty interleaved increments lose none", (store) =>
    Effect.gen(function* () {
      const count = yield* Ref.make(0)
      const slowly = Effect.flatMap(Ref.get(count), (n) => Effect.zipRight(Effect.yieldNow(), Ref.set(count, n + 1)))
      yield* Effect.forEach(Array.from({ length: 50 }), () => store.exclusive(key("count"))(slowly), {
        concurrency: "unbounded",
        discard: true
      })
      const end = yield* Ref.get(count)
      yield* expect(end === 50, `${50 - end} increments were lost`)
    })
  ),
  check("different keys do not wait for each other", (store) =>
    Effect.gen(function* () {
      const inside = yield* Deferred.make<void>()
      const waits = store.exclusive(key("left"))(Deferred.await(inside))
      const opens = store.exclusive(key("right"))(Deferred.succeed(inside, undefined))
      yield* Effect.all([waits, opens], { concurrency: "unbounded" })
    })
  ),
  check("the section is released after a failure, a defect and an interruption", (store) =>
    Effect.gen(function* () {
      const section = store.exclusive(key("released"))
      yield* Effect.either(section(Effect.fail("failure")))
      yield* Effect.exit(section(Effect.die("defect")))
      const entered = yield* Deferred.make<void>()
      const fiber = yield* Effect.fork(section(Effect.zipRight(Deferred.succeed(entered, undefined), Effect.never)))
      yield* Deferred.await(entered)
      yield* Fiber.interrupt(fiber)
      yield* section(Effect.void)
    })
  ),
  check("who waits for the section can be interrupted, and does not enter later", (store) =>
    Effect.gen(function* () {
      const section = store.exclusive(key("waiting"))
      const entered = yield* Deferred.make<void>()
      const leave = yield* Deferred.make<void>()
      const holder = yield* Effect.fork(
        section(Effect.zipRight(Deferred.succeed(entered, undefined), Deferred.await(leave)))
      )
      yield* Deferred.await(entered)
      const late = yield* Ref.make(false)
      const waiter = yield* Effect.fork(section(Ref.set(late, true)))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(waiter)
      yield* Deferred.succeed(leave, undefined)
      yield* Fiber.join(holder)
      yield* section(Effect.void)
      yield* expect(!(yield* Ref.get(late)), "the interrupted waiter entered")
    })
  ),
  check("errors of the section come out as they are, its value too", (store) =>
    Effect.gen(function* () {
      const section = store.exclusive(key("values"))
      const failed = yield* Effect.either(section(Effect.fail("own error" as const)))
      yield* expect(Either.isLeft(failed) && failed.left === "own error", "the section's error was changed")
      yield* expect((yield* section(Effect.succeed(7))) === 7, "the section's value was changed")
    })
  )
]
