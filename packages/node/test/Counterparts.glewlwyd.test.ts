import * as Credential from "@mlserver-auth/core/Credential"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Glewlwyd from "./counterparts/Glewlwyd.js"
import * as Program from "./counterparts/Program.js"

const { missing, RESOURCE: resource } = Glewlwyd
const credential = Program.password(Glewlwyd.ada.username, Glewlwyd.ada.password)
const skipped = missing === "" ? "" : ` (skipped: ${missing})`

describe.skipIf(missing !== "").concurrent.each(Program.wires)(`glewlwyd over the %s wire: pace${skipped}`, (wire) => {
  const clientid = Glewlwyd.DEVICE_CLIENT

  it.scopedLive("slow_down from the server itself: five seconds more from now on, and then it is content", () =>
    Effect.gen(function* () {
      const server = yield* Glewlwyd.make({ interval: 4 })
      const { session } = yield* Program.make({ ...server, clientid, resource, wire })
      // Whoever got the code believed that one second would do.
      const resume = yield* Program.codeOfAnother({ ...server, clientid, resource }, { interval: 1, expires_in: 600 })
      let slowedAt = 0
      const approve = Program.onceOn("Slowed", 1, Glewlwyd.approve)
      const { events, names, prompt } = Program.watched((event) =>
        event._tag === "Slowed"
          ? Effect.zipRight(
              Effect.map(Clock.currentTimeMillis, (now) => (slowedAt = now)),
              approve(event)
            )
          : approve(event)
      )
      const token = yield* session.signIn(Credential.deviceCode({ prompt, resume }))
      assert.deepStrictEqual(names(), ["Issued", "Pending", "Pending", "Slowed", "Pending", "Approved"])
      const intervals = events.flatMap((event) => ("interval" in event ? [event.interval] : []))
      assert.deepStrictEqual(intervals, [1000, 1000, 6000, 6000])
      // A timer may be a moment early.
      assert.isAtLeast(token.obtainedAt - slowedAt, 5950)
    })
  )
})

describe.skipIf(missing !== "").concurrent.each(Program.wires)(
  `glewlwyd over the %s wire: device code${skipped}`,
  (wire) => {
    const clientid = Glewlwyd.DEVICE_CLIENT
    const programOf = (server: Glewlwyd.Glewlwyd) => Program.make({ ...server, clientid, resource, wire })

    it.scopedLive("pending, then approved; `bearer` in lower case is a bearer token, and its refresh token works", () =>
      Effect.gen(function* () {
        const { session } = yield* programOf(yield* Glewlwyd.make({ interval: 1 }))
        const { names, prompt } = Program.watched(Program.onceOn("Pending", 2, Glewlwyd.approve))
        const token = yield* session.signIn(Credential.deviceCode({ prompt }))
        assert.deepStrictEqual(names(), ["Issued", "Pending", "Pending", "Approved"])
        assert.match(Redacted.value(token.authorization), /^Bearer ey/)
        assert.strictEqual((token.expiresAt ?? 0) - token.obtainedAt, 3_600_000)
        assert.strictEqual((yield* session.renew(token)).generation, 2)
      })
    )

    it.scopedLive("expired, in the server's word", () =>
      Effect.gen(function* () {
        const server = yield* Glewlwyd.make({ interval: 1, deviceCodeLife: 1 })
        const { session } = yield* programOf(server)
        const resume = yield* Program.codeOfAnother({ ...server, clientid, resource }, { interval: 1, expires_in: 600 })
        const error = yield* Effect.flip(
          session.signIn(Credential.deviceCode({ prompt: Program.watched().prompt, resume }))
        )
        assert.strictEqual(Program.told(error), "CredentialRejected DeviceCodeExpired")
      })
    )

    it.scopedLive("a code that was used is refused, and a client the server does not know is a setting", () =>
      Effect.gen(function* () {
        const server = yield* Glewlwyd.make({ interval: 1 })
        const { session } = yield* programOf(server)
        const resume = yield* Program.codeOfAnother({ ...server, clientid, resource }, { interval: 1, expires_in: 600 })
        yield* Glewlwyd.approve(resume)
        const { prompt } = Program.watched()
        yield* session.signIn(Credential.deviceCode({ prompt, resume }))
        const used = yield* Effect.flip(session.signIn(Credential.deviceCode({ prompt, resume })))
        assert.strictEqual(Program.told(used), "CredentialRejected DeviceCodeDeclined")
        const stranger = yield* Program.make({ ...server, clientid: "nobody", resource, wire })
        const unknown = yield* Effect.flip(stranger.session.signIn(Credential.deviceCode({ prompt })))
        assert.strictEqual(Program.told(unknown), "ConfigurationInvalid clientid")
      })
    )

    it.scopedLive(
      "a revocation that wants the client's secret: signed out here, and said that the server was not told",
      () =>
        Effect.gen(function* () {
          const { session } = yield* programOf(yield* Glewlwyd.make({ interval: 1 }))
          const { prompt } = Program.watched(Program.onceOn("Issued", 1, Glewlwyd.approve))
          yield* session.signIn(Credential.deviceCode({ prompt }))
          const { error, revocation } = yield* session.signOut
          assert.strictEqual(revocation, "Unreachable")
          assert.isDefined(error)
          assert.strictEqual((yield* session.peek)._tag, "SignedOut")
        })
    )
  }
)

describe.skipIf(missing !== "").concurrent.each(Program.wires)(
  `glewlwyd over the %s wire: password${skipped}`,
  (wire) => {
    const clientid = Glewlwyd.PASSWORD_CLIENT
    const programOf = (server: Glewlwyd.Glewlwyd) => Program.make({ ...server, clientid, resource, wire })

    it.scopedLive("right, and wrong: a 403 without a word is a refusal", () =>
      Effect.gen(function* () {
        const { session } = yield* programOf(yield* Glewlwyd.make())
        const wrong = yield* Effect.flip(session.signIn(Program.password("ada", "ada-byron-1815")))
        assert.strictEqual(Program.told(wrong), "CredentialRejected InvalidCredentials")
        yield* session.signIn(credential)
        assert.deepInclude(yield* session.peek, { _tag: "SignedIn", principal: "ada", renewable: true })
      })
    )

    it.scopedLive("a refresh token works once; a hundred fibers use it once", () =>
      Effect.gen(function* () {
        const { session } = yield* programOf(yield* Glewlwyd.make())
        const first = yield* session.signIn(credential)
        const tokens = yield* Effect.all(
          Array.from({ length: 100 }, () => session.renew(first)),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(new Set(tokens.map(({ generation }) => generation)), new Set([2]))
        const [second] = tokens
        assert.strictEqual(second === undefined ? 0 : (yield* session.renew(second)).generation, 3)
      })
    )

    it.scopedLive("a used refresh token breaks the chain; the refusal says nothing, so it proves nothing", () =>
      Effect.gen(function* () {
        const { issuer, session } = yield* programOf(yield* Glewlwyd.make())
        const used = yield* session.signIn(credential)
        const second = yield* session.renew(used)
        const error = yield* Effect.flip(issuer.renew(used))
        assert.deepInclude(error, { _tag: "InvalidResponse", status: 400 })
        assert.strictEqual((yield* Effect.flip(session.renew(second)))._tag, "InvalidResponse")
        assert.strictEqual((yield* session.peek)._tag, "SignedIn")
      })
    )

    it.scopedLive("signed out: the refresh token is dead at the server", () =>
      Effect.gen(function* () {
        const { issuer, session } = yield* programOf(yield* Glewlwyd.make())
        const token = yield* session.signIn(credential)
        assert.deepInclude(yield* session.signOut, { wasSignedIn: true, revocation: "Revoked", error: undefined })
        assert.strictEqual((yield* Effect.flip(issuer.renew(token)))._tag, "InvalidResponse")
        yield* issuer.revoke(token)
      })
    )
  }
)
