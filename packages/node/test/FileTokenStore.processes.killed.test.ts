import { Credential, Session, TokenKey } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { FileTokenStore, NodeAuth } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Authority from "./authority.js"
import * as Processes from "./processes.js"
import { sized } from "./size.js"

const POINTS = sized(12, 30)
/** A holder that cannot be asked after counts as dead after 20 seconds: what takes less was found out at once. */
const AT_ONCE = 15_000
/** Always set: see `vitest.setup.ts`. */
const SEED = process.env["MLS_TEST_SEED"] ?? ""

const { password, username } = Accounts.ada
const credential = Credential.usernamePassword({ username, password })
const list = (directory: string) => Effect.promise(() => Fs.readdir(directory))
const holds = (names: ReadonlyArray<string>) => names.some((name) => name.endsWith(".lock"))

const served = Effect.gen(function* () {
  const server = yield* DevServer.make()
  const directory = yield* Authority.directory
  const auth = NodeAuth.layer({ server: server.url, store: { directory }, http: { proxy: "none" } })
  const signIn = Effect.provide(
    Effect.flatMap(Session.Session, (session) => session.signIn(credential)),
    auth
  )
  yield* server.control.delay({ on: "refresh", duration: "30 millis" })
  const task = { _tag: "Request", server: server.url, directory, times: 1, locked: true } as const
  return { ...server, directory, signIn, task }
})

type World = Effect.Effect.Success<typeof served>

/** Kills a program somewhere between its first look at the store and its end: half of them once they have sent. */
const killed = ({ control, directory, task }: World, victim: Processes.Program) =>
  Effect.gen(function* () {
    yield* Effect.all([Processes.expire(directory), control.expireAccessTokens, control.resetCounts])
    yield* victim.tell(task)
    const sent = yield* Random.nextBoolean
    if (sent) yield* control.awaitArrival("refresh")
    yield* Effect.sleep(yield* Random.nextRange(0, sent ? 60 : 150))
    yield* victim.kill
    return holds(yield* list(directory))
  })

describe("a program that is killed while it renews", () => {
  it.scopedLive(`at ${POINTS} points: the next one works or is told to sign in, and waits for no dead one's lock`, () =>
    Effect.gen(function* () {
      const world = yield* served
      const { control, directory, signIn, task } = world
      const start = yield* Processes.starter
      const next = yield* start
      yield* signIn
      yield* next.ask(task)
      const seen = { locks: 0, worked: 0, ended: 0, longest: 0 }
      // Where a kill lands is chance: on until each ending was seen.
      const isShown = () => seen.locks > 0 && seen.ended > 0 && seen.worked > 0
      for (let point = 0; point < POINTS || (!isShown() && point < 10 * POINTS); point++) {
        const left = yield* Effect.scoped(Effect.flatMap(start, (victim) => killed(world, victim)))
        if (left) seen.locks++
        const begun = performance.now()
        const [answer] = yield* next.ask(task)
        seen.longest = Math.max(seen.longest, performance.now() - begun)
        if (answer === "200") {
          seen.worked++
          continue
        }
        // The truth: the server gave a new pair to the one that was killed before it had saved it.
        assert.strictEqual(answer, "SessionExpired Refused", `MLS_TEST_SEED=${SEED}`)
        assert.deepInclude(yield* control.counts, { refreshes: 1, reusedRefreshTokens: 1 })
        seen.ended++
        yield* signIn
      }
      // The last one killed may have saved its pair and not yet left: its lock is met by the next who renews.
      yield* Processes.expire(directory)
      assert.deepStrictEqual(yield* next.ask(task), ["200"])
      const names = yield* list(directory)
      assert.isFalse(holds(names))
      assert.notInclude(names.join(), "corrupt")
      // Else nothing was shown.
      assert.isAbove(seen.locks, 0)
      assert.isAbove(seen.ended, 0)
      assert.isAbove(seen.worked, 0)
      assert.isBelow(seen.longest, AT_ONCE)
    }).pipe(Effect.withRandom(Random.make(SEED)))
  )
})

describe("a program that holds the section", () => {
  const issuer = "https://mls.test"
  const key = TokenKey.make({ issuer })

  it.scopedLive("and is stopped: it is waited for, for as long as was said, and named; not when it is dead", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const holder = yield* Effect.flatten(Processes.starter)
      assert.deepStrictEqual(yield* holder.ask({ _tag: "Hold", directory, issuer }), ["inside"])
      yield* holder.signal("SIGSTOP")
      const store = yield* FileTokenStore.make({ directory, lockTimeout: "300 millis" })
      const begun = performance.now()
      const error = yield* Effect.flip(store.exclusive(key)(Effect.die("two are inside")))
      const waited = performance.now() - begun
      assert.isAtLeast(waited, 299)
      // Half a minute is the default.
      assert.isBelow(waited, AT_ONCE)
      assert.deepInclude(error, { operation: "lock", retryable: true })
      assert.include(error.message, `held by process ${holder.pid} on ${Os.hostname()} since 20`)
      yield* holder.kill
      const killedAt = performance.now()
      assert.strictEqual(yield* store.exclusive(key)(Effect.succeed("inside")), "inside")
      assert.isBelow(performance.now() - killedAt, AT_ONCE)
      assert.deepStrictEqual(yield* list(directory), [])
    })
  )

  it.scopedLive("and is killed while another one waits: that one is inside at once", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const start = yield* Processes.starter
      const [holder, waiter] = [yield* start, yield* start]
      yield* holder.ask({ _tag: "Hold", directory, issuer })
      const waiting = yield* Effect.fork(waiter.ask({ _tag: "Hold", directory, issuer }))
      // Its pauses have grown to the longest by then.
      yield* Effect.sleep("400 millis")
      yield* holder.kill
      const killedAt = performance.now()
      assert.deepStrictEqual(yield* waiting, ["inside"])
      assert.isBelow(performance.now() - killedAt, AT_ONCE)
    })
  )
})
