import { assert, describe, it } from "@effect/vitest"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { MlServerAuthError } from "../src/index.js"
import { artifact, MlServerServiceError, services } from "../src/services.js"
import { client, rejection } from "./support/serving.js"

const { password, username } = Accounts.ada

/** A dev server, and the services as ada has them. */
const make = Effect.gen(function* () {
  const { control, url } = yield* DevServer.make({ recordTime: 0 })
  const signedIn = yield* client({ server: url, credential: { username, password } })
  return { control, client: signedIn, services: services(signedIn) }
})

const inputs = Schema.standardSchemaV1(Schema.Struct({ hp: Schema.Positive, wt: Schema.Number }))
const outputs = Schema.standardSchemaV1(Schema.Struct({ answer: Schema.Number }))

/** The rejection, which must be a service's. */
const fault = (promise: Promise<unknown>) =>
  Effect.map(rejection(promise), (error) => {
    if (error instanceof MlServerServiceError) return error
    throw new Error(`no MlServerServiceError: ${String(error)}`)
  })

describe("services as promises", () => {
  it.scopedLive("are listed, described, run, published, changed and taken down", () =>
    Effect.gen(function* () {
      const { services: of } = yield* make
      yield* Effect.promise(async () => {
        assert.deepStrictEqual(
          (await of.list("add")).map(({ version }) => version),
          ["1.0.0"]
        )
        assert.strictEqual((await of.get("add")).versionPublishedBy, "olga")
        assert.strictEqual((await of.swagger("add"))["swagger"], "2.0")
        const outcome = await of.consume("manualTransmission", { hp: 120, wt: 2.8 })
        assert.closeTo(Number(outcome.outputParameters?.["answer"]), 0.6418125, 1e-5)
        assert.deepStrictEqual([...(artifact(outcome, "Histogram.png") ?? [])].slice(1, 4), [80, 78, 71])
        assert.isUndefined(artifact(outcome, "Other.png"))
        const mine = await of.publish("mine", { code: "y <- x", inputs: { x: "numeric" } })
        assert.deepStrictEqual(await of.update(mine, { description: "Mine." }), mine)
        assert.strictEqual((await of.get(mine)).description, "Mine.")
        await of.remove(mine)
        assert.deepStrictEqual(await of.list("mine"), [])
      })
    })
  )

  it.scopedLive("run in batches", () =>
    Effect.gen(function* () {
      const { services: of } = yield* make
      yield* Effect.promise(async () => {
        const batch = await of.batch.start("manualTransmission", [{ hp: 120, wt: 2.8 }], { parallelCount: 1 })
        assert.deepStrictEqual(await of.batch.list("manualTransmission"), [batch.id])
        const outcomes = await of.batch.results(batch, { every: 10 })
        assert.closeTo(Number(outcomes[0]?.outputParameters?.["answer"]), 0.6418125, 1e-5)
        assert.strictEqual((await of.batch.status(batch)).state, "complete")
        assert.deepStrictEqual(await of.batch.artifacts(batch, 0), ["Histogram.png"])
        assert.isAbove((await of.batch.artifact(batch, 0, "Histogram.png")).length, 8)
        await of.batch.cancel(batch)
      })
    })
  )

  it.scopedLive("are checked functions with anybody's schemas", () =>
    Effect.gen(function* () {
      const { control, services: of } = yield* make
      const score = of.typed({ name: "manualTransmission", version: "1.0.0", inputs, outputs })
      const { answer } = yield* Effect.promise(() => score({ hp: 120, wt: 2.8 }))
      assert.closeTo(answer, 0.6418125, 1e-5)
      yield* control.resetCounts
      const wrong = yield* rejection(score({ hp: -1, wt: 2.8 }))
      assert.instanceOf(wrong, MlServerAuthError)
      assert.include(wrong, { code: "ConfigurationInvalid" })
      assert.strictEqual((yield* control.counts).requests, 0)
      const other = of.typed({ name: "add", version: "1.0.0", inputs: Schema.standardSchemaV1(Schema.Object), outputs })
      const failed = yield* fault(other({ x: 1, y: 2 }))
      assert.include(failed, { code: "ServiceFailed", reason: "AnswerUnreadable" })
    })
  )

  it.scopedLive("are refused in the server's words, with whom to ask, and fail in the service's", () =>
    Effect.gen(function* () {
      const { services: of } = yield* make
      const refused = yield* fault(of.remove({ name: "add", version: "1.0.0" }))
      assert.include(refused, {
        code: "ServiceRefused",
        reason: "Forbidden",
        status: 403,
        owner: "olga",
        role: "Owner"
      })
      assert.isTrue(refused.message.endsWith(refused.fix))
      assert.include(refused.message, "/services/add/1.0.0 was answered 403")
      yield* Effect.promise(() => of.publish({ name: "mine", version: "1" }, { code: "x" }))
      const failed = yield* fault(of.consume("mine"))
      assert.include(failed, { code: "ServiceFailed", reason: "Failed" })
      assert.isFalse(failed.outcome?.success)
    })
  )

  it.scopedLive("renew a revoked token once for all, and reject with the session's error where it is over", () =>
    Effect.gen(function* () {
      const { client: signedIn, control, services: of } = yield* make
      const one = () => of.consume({ name: "add", version: "1.0.0" }, { x: 1, y: 2 })
      yield* Effect.promise(one)
      yield* control.revokeAccessTokens()
      yield* control.resetCounts
      yield* Effect.promise(() => Promise.all(Array.from({ length: 100 }, one)))
      assert.include(yield* control.counts, { refreshes: 1, logins: 0, reusedRefreshTokens: 0 })
      yield* Effect.promise(() => signedIn.close())
      assert.include(yield* rejection(one()), { name: "MlServerAuthError", code: "ConfigurationInvalid" })
    })
  )

  it.scopedLive("are given up by a signal, with its own reason", () =>
    Effect.gen(function* () {
      const { control, services: of } = yield* make
      yield* Effect.promise(() => of.list())
      const gate = yield* control.hold("api")
      const giveUp = new AbortController()
      const call = of.list(undefined, { signal: giveUp.signal })
      yield* gate.awaitWaiting(1)
      const reason = new Error("enough")
      giveUp.abort(reason)
      assert.strictEqual(yield* rejection(call), reason)
      yield* gate.release
    })
  )
})
