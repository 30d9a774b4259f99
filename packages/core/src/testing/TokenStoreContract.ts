/**
 * What every `TokenStore` must do, as a list of named checks for any test runner. Each check uses keys of its own, so
 * they may run against one store together.
 *
 * @example
 * import { it } from "@effect/vitest"
 * import { TokenStore } from "@mlserver-auth/core"
 * import { TokenStoreContract } from "@mlserver-auth/core/testing"
 * import * as Effect from "effect/Effect"
 *
 * for (const check of TokenStoreContract.checks) {
 *   it.live(check.name, () => Effect.provide(check.run, TokenStore.layerMemory))
 * }
 */
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type { StoreUnavailable } from "../AuthError.js"
import * as Token from "../Token.js"
import * as TokenKey from "../TokenKey.js"
import { TokenStore } from "../TokenStore.js"

/** A check that did not hold. */
export class ContractBroken extends Data.TaggedError("ContractBroken")<{ readonly message: string }> {}

/** One check. */
export interface Check {
  readonly name: string
  readonly run: Effect.Effect<void, ContractBroken | StoreUnavailable, TokenStore>
}

const key = (principal: string) => TokenKey.make({ issuer: "https://contract.example", principal })

const token = (name: string): Token.Token =>
  Token.first(
    {
      accessToken: Redacted.make(`access-${name}`),
      refreshToken: Redacted.make(`refresh/${name}+=`),
      obtainedAt: 1_700_000_000_000,
      expiresAt: 1_700_003_600_000,
      clockDifference: -250
    },
    "Zoë ☃ \\ / .."
  )

const expect = (holds: boolean, message: string): Effect.Effect<void, ContractBroken> =>
  holds ? Effect.void : Effect.fail(new ContractBroken({ message }))

const same = (a: Option.Option<Token.Token>, b: Token.Token): boolean =>
  Option.isSome(a) &&
  Token.isSame(a.value, b) &&
  a.value.refreshToken !== undefined &&
  b.refreshToken !== undefined &&
  Redacted.value(a.value.refreshToken) === Redacted.value(b.refreshToken) &&
  a.value.expiresAt === b.expiresAt &&
  a.value.principal === b.principal &&
  a.value.generation === b.generation &&
  a.value.clockDifference === b.clockDifference &&
  a.value.chainStartedAt === b.chainStartedAt

const check = (
  name: string,
  body: (store: TokenStore["Type"]) => Effect.Effect<void, ContractBroken | StoreUnavailable>
) => ({
  name,
  run: Effect.flatMap(TokenStore, body)
})

const records: ReadonlyArray<Check> = [
  check("a record that was never written is absent", (store) =>
    Effect.flatMap(store.read(key("never")), (found) => expect(Option.isNone(found), "something was read"))
  ),
  check("what was written is read back whole", (store) =>
    Effect.gen(function* () {
      yield* store.write(key("whole"), token("whole"))
      yield* expect(same(yield* store.read(key("whole")), token("whole")), "the token read is not the one written")
    })
  ),
  check("a token without a refresh token and without an end is read back so", (store) =>
    Effect.gen(function* () {
      const bare = yield* Token.fromAccessToken(Redacted.make("bare"))
      yield* store.write(key("bare"), bare)
      const found = Option.getOrUndefined(yield* store.read(key("bare")))
      yield* expect(found !== undefined && Token.isSame(found, bare), "the token read is not the one written")
      yield* expect(found?.refreshToken === undefined && found?.expiresAt === undefined, "members were added")
    })
  ),
  check("a write replaces the record", (store) =>
    Effect.gen(function* () {
      yield* store.write(key("twice"), token("first"))
      yield* store.write(key("twice"), token("second"))
      yield* expect(same(yield* store.read(key("twice")), token("second")), "the first write is still there")
    })
  ),
  check("a removed record is absent, and removing it again is no error", (store) =>
    Effect.gen(function* () {
      yield* store.write(key("gone"), token("gone"))
      yield* store.remove(key("gone"))
      yield* store.remove(key("gone"))
      yield* expect(Option.isNone(yield* store.read(key("gone"))), "the record is still there")
    })
  ),
  check("a record is removed only if it holds the token that was named", (store) =>
    Effect.gen(function* () {
      yield* store.write(key("named"), token("new"))
      yield* store.remove(key("named"), token("old"))
      yield* expect(same(yield* store.read(key("named")), token("new")), "somebody else's token was removed")
      yield* store.remove(key("named"), token("new"))
      yield* expect(Option.isNone(yield* store.read(key("named"))), "the named token is still there")
      yield* store.remove(key("named"), token("new"))
    })
  ),
  check("keys that differ in one part, in case or in strange characters do not share a record", (store) =>
    Effect.gen(function* () {
      const parts = { issuer: "https://a.example", tenant: "t", client: "c", resource: "r", principal: "p" }
      const keys = [
        TokenKey.make(parts),
        ...Object.keys(parts).map((part) => TokenKey.make({ ...parts, [part]: "other" })),
        ...["P", "p ", "../p", "p/..", "", "p\u0000", "😀"].map((principal) => TokenKey.make({ ...parts, principal }))
      ]
      yield* Effect.forEach(keys, (each, at) => store.write(each, token(String(at))))
      yield* Effect.forEach(keys, (each, at) =>
        Effect.flatMap(store.read(each), (found) =>
          expect(same(found, token(String(at))), `key ${at} holds another's token`)
        )
      )
    })
  )
]

const exclusion: ReadonlyArray<Check> = [
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

/** Every check. */
export const checks: ReadonlyArray<Check> = [...records, ...exclusion]
