import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { inspect } from "node:util"
import * as AuthError from "../src/AuthError.js"
import * as AuthorizationCode from "../src/AuthorizationCode.js"
import * as CredentialSource from "../src/CredentialSource.js"
import { back, browser, REDIRECT, story, told } from "./support/browser.js"
import { issuer, issuerWith, NOW, tokens } from "./support/entra.js"
import { issuer as onPremises } from "./support/wire.js"

const target = { endpoint: "https://login.microsoftonline.com/t/authorize", parameters: {} }
const begun = AuthorizationCode.begin(target, { redirectUri: REDIRECT, responseMode: "query" })
const plain = tokens({ id_token: undefined })

/** A person who is on their way, and the moment that is known. */
const away = Effect.gen(function* () {
  const left = yield* Deferred.make<void>()
  const person = browser(() => Effect.zipRight(Deferred.succeed(left, undefined), Effect.never))
  return { ...person, left: Deferred.await(left) }
})

describe("a person who is sent through the browser", () => {
  it.effect("and never comes back is waited for a quarter of an hour, and what comes later is not heard", () =>
    Effect.gen(function* () {
      const { credential, left, log } = yield* away
      const { issuer: it, sent } = yield* issuer(plain)
      const fiber = yield* Effect.fork(Effect.either(it.grant(credential())))
      yield* left
      yield* TestClock.adjust("14 minutes")
      expect(log).toEqual(["opened"])
      yield* TestClock.adjust("1 minute")
      expect(told(yield* Fiber.join(fiber))).toBe("CredentialRejected SignInExpired")
      expect([log, sent]).toEqual([["opened", "closed"], []])
    })
  )

  it.effect("is not waited for by somebody who is interrupted: the way back is closed", () =>
    Effect.gen(function* () {
      const { credential, left, log } = yield* away
      const { issuer: it } = yield* issuer(plain)
      const fiber = yield* Effect.fork(it.grant(credential()))
      yield* left
      yield* Fiber.interrupt(fiber)
      expect(log).toEqual(["opened", "closed"])
    })
  )

  it.effect("and leaves: the error of the way, as it is", () =>
    Effect.gen(function* () {
      const { credential } = browser(() =>
        Effect.fail(new AuthError.CredentialRequired({ reason: "Cancelled", detail: "" }))
      )
      const { issuer: it } = yield* issuer(plain)
      expect(told(yield* Effect.either(it.grant(credential())))).toBe("CredentialRequired Cancelled")
    })
  )

  it.effect("goes again for each sign-in, with another state, nonce and verifier", () =>
    Effect.gen(function* () {
      const { credential, visits } = browser((request) => back(request))
      const { issuer: it } = yield* issuer(plain)
      const one = credential()
      yield* it.grant(one)
      yield* it.grant(one)
      expect(
        new Set(visits.flatMap(({ nonce, state, verifier }) => [nonce, state, Redacted.value(verifier)])).size
      ).toBe(6)
    })
  )
})

describe("how long a person may take", () => {
  it.effect("is what the application says", () =>
    Effect.gen(function* () {
      const { credential, left } = yield* away
      const { issuer: it } = yield* issuer(plain)
      const fiber = yield* Effect.fork(Effect.either(it.grant(credential({ patience: "2 minutes" }))))
      yield* left
      yield* TestClock.adjust("119 seconds")
      expect(fiber.unsafePoll()).toBeNull()
      yield* TestClock.adjust("1 second")
      expect(told(yield* Fiber.join(fiber))).toBe("CredentialRejected SignInExpired")
    })
  )
})

describe("a sign-in that was begun before", () => {
  it.effect("is gone on with: the person is not sent out again with anything new", () =>
    Effect.gen(function* () {
      const resume = yield* begun
      const { credential, visits } = browser((request) => back(request))
      const { issuer: it, sent } = yield* issuer(plain)
      yield* it.grant(credential({ resume }))
      expect([visits.length, visits[0] === resume]).toEqual([1, true])
      expect(sent[0]?.body).toMatchObject({ code_verifier: Redacted.value(resume.verifier) })
    })
  )

  it.effect("is answered once: a second answer sends no code", () =>
    Effect.gen(function* () {
      const resume = yield* begun
      const { credential } = browser((request) => back(request))
      const { issuer: it, sent } = yield* issuer(plain)
      const twice = Effect.either(it.grant(credential({ resume })))
      expect([told(yield* twice), told(yield* twice)]).toEqual(["signed in", "CredentialRejected SignInUnknown"])
      expect(sent).toHaveLength(1)
    })
  )

  it.effect("outlives whoever went on with it first: the next is given the same end, and the code is sent once", () =>
    Effect.gen(function* () {
      const resume = yield* begun
      const sentOn = yield* Deferred.make<void>()
      const gate = yield* Deferred.make<void>()
      const { credential } = browser((request) =>
        Effect.as(Effect.zipRight(Deferred.succeed(sentOn, undefined), Deferred.await(gate)), back(request))
      )
      const { issuer: it, sent } = yield* issuer(plain)
      const first = yield* Effect.fork(it.grant(credential({ resume })))
      yield* Deferred.await(sentOn)
      yield* Fiber.interrupt(first)
      expect(AuthorizationCode.isSpent(resume)).toBe(false)
      const second = yield* Effect.fork(Effect.either(it.grant(credential({ resume }))))
      const third = yield* Effect.fork(Effect.either(it.grant(credential({ resume }))))
      yield* Effect.yieldNow()
      yield* Deferred.succeed(gate, undefined)
      expect([told(yield* Fiber.join(second)), told(yield* Fiber.join(third))]).toEqual(["signed in", "signed in"])
      expect([sent.length, AuthorizationCode.isSpent(resume)]).toEqual([1, true])
    })
  )

  it.effect("is still answered after a wrong answer, which anybody could have sent", () =>
    Effect.gen(function* () {
      const resume = yield* begun
      const { issuer: it } = yield* issuer(plain)
      const forged = browser((request) => back(request, { state: "forged" })).credential({ resume })
      expect(told(yield* Effect.either(it.grant(forged)))).toBe("CredentialRejected CallbackMismatch")
      const right = browser((request) => back(request)).credential({ resume })
      expect(told(yield* Effect.either(it.grant(right)))).toBe("signed in")
    })
  )

  it.effect("goes on although the clock was set ahead by more than its time: the code has an end of its own", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const resume = yield* begun
      yield* TestClock.setTime(resume.expiresAt + 60_000)
      const { issuer: it } = yield* issuer(plain)
      const { credential } = browser((request) => back(request))
      expect(told(yield* Effect.either(it.grant(credential({ resume }))))).toBe("signed in")
    })
  )

  it.effect("is over a day after its time, even if the answer is right", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const resume = yield* begun
      yield* TestClock.setTime(resume.expiresAt + Duration.toMillis("1 day"))
      const { issuer: it, sent } = yield* issuer(plain)
      const { credential } = browser((request) => back(request))
      expect(told(yield* Effect.either(it.grant(credential({ resume }))))).toBe("CredentialRejected SignInExpired")
      expect(sent).toEqual([])
    })
  )
})

describe("a credential for the browser", () => {
  it.effect("shows neither code nor verifier, and neither does the error of a refusal", () =>
    Effect.gen(function* () {
      const { ended, credential, visits } = yield* story({ iss: "https://evil.example" })
      const secrets = visits.flatMap(({ verifier }) => [Redacted.value(verifier)])
      const shown = [ended, credential({ resume: visits[0] }), visits].flatMap((it) => [
        inspect(it, { depth: 9 }),
        JSON.stringify(it)
      ])
      expect(secrets).toHaveLength(1)
      for (const text of shown) for (const secret of secrets) expect(text).not.toContain(secret)
      expect(inspect(ended, { depth: 9 })).not.toContain("Canary")
    })
  )

  it.effect("is used by sign-ins alone, wherever it comes from", () =>
    Effect.gen(function* () {
      const source = CredentialSource.authorizationCode({ redirect: browser((request) => back(request)).redirect })
      const purpose = { server: "https://login.microsoftonline.com", principal: "" }
      expect((yield* source.silent(purpose))._tag).toBe("None")
      expect((yield* source.interactive(purpose))._tag).toBe("Some")
    })
  )

  it.effect("is nothing for a server on premises, which has no page to sign in at", () =>
    Effect.gen(function* () {
      const { issuer: it, sent } = yield* onPremises({})
      const { credential, log } = browser((request) => back(request))
      expect(yield* Effect.flip(it.grant(credential()))).toMatchObject({
        _tag: "ConfigurationInvalid",
        setting: "method"
      })
      expect([log, sent]).toEqual([[], []])
    })
  )

  it.effect("of a page: its session is said to end after 24 hours, whatever happens", () =>
    Effect.gen(function* () {
      const day = 86_400_000
      const { issuer: page } = yield* issuerWith({ registration: "spa" }, plain)
      expect(page.lifetimes).toEqual({ idle: day, chain: day })
      const { issuer: program } = yield* issuerWith({}, plain)
      expect(program.lifetimes).toEqual({ idle: 90 * day, chain: Infinity })
    })
  )
})
