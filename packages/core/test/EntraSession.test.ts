import { describe, expect, it } from "@effect/vitest"
import { Credential, DeviceSignIn, EntraAuth, Session, TokenStore } from "@mlserver-auth/core"
import { AzureDirectory, DevServer } from "@mlserver-auth/dev-server"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Chunk from "effect/Chunk"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { CredentialSource } from "@mlserver-auth/core"
import { ada, approved, cloud, device, olga } from "./support/cloud.js"
import { sized, turn } from "./support/size.js"
import { clientOf } from "./support/world.js"

const CROWD = sized(100, 1000)
const crowd = Array.from({ length: CROWD }, (_, at) => at)
/** Asked one after another, and each answer is searched for secrets. */
const often = Array.from({ length: sized(20, 1000) })
const wires = [{ wire: "v1" as const }, { wire: "v2" as const }]

describe("a session in the cloud", () => {
  it.scoped.each(wires)(
    "by device code over $wire: signed in, used, renewed once for a crowd, signed out",
    ({ wire }) =>
      Effect.gen(function* () {
        const story = yield* cloud({ entra: { wire } })
        const { client, control, session, store } = story
        const events = yield* approved(story, AzureDirectory.withMfa.username)
        expect(events.at(-1)).toMatchObject({ _tag: "Approved", principal: AzureDirectory.withMfa.username })
        expect(yield* session.peek).toMatchObject({
          _tag: "SignedIn",
          principal: AzureDirectory.withMfa.username,
          renewable: true,
          chainEndsAt: undefined
        })
        expect((yield* client.get("/services")).status).toBe(200)
        yield* TestClock.adjust("2 hours")
        const answers = yield* Effect.forEach(crowd, () => client.get("/services"), { concurrency: "unbounded" })
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
        expect((yield* control.counts).azure).toMatchObject({ refreshes: 1, deviceCodesRedeemed: 1, pollsTooEarly: 0 })
        expect(yield* session.signOut).toEqual({ wasSignedIn: true, revocation: "NotSupported", error: undefined })
        expect(yield* store.read(session.key)).toEqual(Option.none())
      })
  )

  it.scoped.each(wires)("by password over $wire: a revoked token is renewed once for a crowd of requests", ({ wire }) =>
    Effect.gen(function* () {
      const { client, control, session } = yield* cloud({ entra: { wire } })
      yield* session.signIn(ada)
      const gate = yield* control.hold("api")
      const fibers = yield* Effect.forEach(crowd, () => Effect.fork(client.get("/services")))
      yield* gate.awaitWaiting(CROWD)
      yield* control.revokeAccessTokens()
      yield* gate.release
      const answers = yield* Effect.forEach(fibers, Fiber.join)
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
      const counts = yield* control.counts
      expect(counts).toMatchObject({ unauthorized: CROWD, api: 2 * CROWD })
      expect(counts.azure).toMatchObject({ passwordGrants: 1, refreshes: 1 })
    })
  )

  it.scoped("where refresh tokens work once: one renewal for a crowd, none used twice", () =>
    Effect.gen(function* () {
      const dev = { azure: { rotateRefreshTokens: true } }
      const { client, control, session } = yield* cloud({ dev, entra: { refreshTokens: "one-time" } })
      yield* session.signIn(ada)
      for (const _ of [1, 2, 3]) {
        yield* TestClock.adjust("2 hours")
        yield* Effect.forEach(crowd, () => client.get("/services"), { concurrency: "unbounded" })
      }
      expect((yield* control.counts).azure).toMatchObject({ refreshes: 3, reusedRefreshTokens: 0, refreshesRefused: 0 })
    })
  )

  it.scoped("the answer of a renewal is lost: nothing is, since Azure's refresh tokens work again", () =>
    Effect.gen(function* () {
      const { control, session } = yield* cloud()
      yield* session.signIn(ada)
      yield* TestClock.adjust("2 hours")
      yield* control.dropNext({ on: "azureRefresh" })
      expect(yield* Effect.flip(session.token)).toMatchObject({ _tag: "ServerUnavailable", retryable: true })
      yield* TestClock.adjust("1 second")
      expect((yield* session.token).generation).toBe(2)
    })
  )

  it.scoped("an early renewal that gets nonsense is not tried by every caller, and the token is served", () =>
    Effect.gen(function* () {
      const { control, session } = yield* cloud()
      const first = yield* session.signIn(ada)
      yield* control.htmlNext({ on: "azureRefresh", times: 1000 })
      yield* TestClock.adjust("56 minutes")
      for (const _ of [1, 2, 3]) {
        expect(yield* session.token).toBe(first)
        // Lets the attempt in the background come to its end; no time passes.
        yield* Effect.repeatN(Effect.yieldNow(), 500)
      }
      expect((yield* control.counts).requests).toBe(2)
    })
  )

  it.scoped("ended by an administrator: proof, told in Azure's words, and the pair is gone", () =>
    Effect.gen(function* () {
      for (const end of ["revokeRefreshTokens", "endSignIns"] as const) {
        const { control, session, store } = yield* cloud()
        yield* session.signIn(ada)
        yield* control.azure[end]()
        yield* TestClock.adjust("2 hours")
        const error = yield* Effect.flip(session.token)
        expect(error).toMatchObject({ _tag: "SessionExpired", reason: "Refused", retryable: false })
        expect(error.message).toMatch(/AADSTS(50173|70043), correlation id [0-9a-f-]{36}/)
        expect(yield* store.read(session.key)).toEqual(Option.none())
      }
    })
  )

  it.scoped("kept for one user: approved by another, it is refused, and nothing is stored", () =>
    Effect.gen(function* () {
      const story = yield* cloud({ entra: { principal: AzureDirectory.ada.username } })
      const error = yield* Effect.flip(approved(story, AzureDirectory.olga.username))
      expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "principal" })
      expect(yield* story.store.read(story.session.key)).toEqual(Option.none())
      yield* approved(story, AzureDirectory.ada.username.toUpperCase())
      expect((yield* story.session.token).principal).toBe(AzureDirectory.ada.username)
    })
  )

  it.scoped("two users with one store do not mix", () =>
    Effect.gen(function* () {
      const one = yield* cloud({ credential: ada })
      const two = yield* clientOf(one.dev, { store: one.store, credential: olga })
      const both = Effect.all([one.client.get("/services"), two.client.get("/services")], { concurrency: 2 })
      yield* both
      yield* TestClock.adjust("2 hours")
      yield* both
      expect((yield* one.session.token).principal).toBe(AzureDirectory.ada.username)
      expect((yield* two.session.token).principal).toBe(AzureDirectory.olga.username)
      expect((yield* one.control.counts).azure).toMatchObject({ passwordGrants: 2, refreshes: 2 })
    })
  )
})

describe("a password in the cloud", () => {
  const someone = (username: string, password: string) => ({ username, password })
  const cases = [
    { user: AzureDirectory.withMfa, reason: "MultiFactorRequired" },
    { user: AzureDirectory.federated, reason: "InvalidCredentials" },
    { user: AzureDirectory.locked, reason: "AccountLocked" },
    { user: AzureDirectory.disabled, reason: "AccountDisabled" },
    { user: AzureDirectory.passwordExpired, reason: "PasswordExpired" },
    { user: AzureDirectory.blocked, reason: "Blocked" },
    { user: AzureDirectory.withoutConsent, reason: "ConsentRequired" },
    { user: AzureDirectory.notAssigned, reason: "NotAssigned" },
    { user: someone(AzureDirectory.ada.username, "wrong"), reason: "InvalidCredentials" },
    { user: someone("nobody@contoso.example", "x"), reason: "AccountUnknown" }
  ].map((each) => ({ ...each, name: each.user.username }))

  // By name: titles are printed, and what is printed holds no password.
  it.scoped.each(cases)(
    "of $name: typed as $reason, and sent once however often a token is wanted",
    ({ reason, user }) =>
      Effect.gen(function* () {
        const { control, session } = yield* cloud({ credential: Credential.usernamePassword(user) })
        const error = yield* Effect.flip(session.token)
        expect(error).toMatchObject({ _tag: "CredentialRejected", reason, retryable: false })
        for (const text of [error.message, JSON.stringify(error)]) expect(text).not.toContain(user.username)
        yield* Effect.forEach(often, () => Effect.zipLeft(Effect.flip(session.token), turn))
        expect(yield* Effect.flip(session.token)).toMatchObject({ reason: "AlreadyRejected" })
        expect((yield* control.counts).azure).toMatchObject({ passwordGrantsRefused: 1, refusedPasswordsRepeated: 0 })
      })
  )

  it.scoped("of a federated account is not spent where the realm is probed", () =>
    Effect.gen(function* () {
      const { control, session } = yield* cloud({ entra: { realmProbe: true } })
      const federated = Credential.usernamePassword(AzureDirectory.federated)
      expect(yield* Effect.flip(session.signIn(federated))).toMatchObject({ reason: "Federated" })
      expect((yield* control.counts).azure).toMatchObject({ passwordGrants: 0, passwordGrantsRefused: 0 })
      yield* session.signIn(ada)
    })
  )
})

describe("DeviceSignIn.events", () => {
  it.scoped("tells each step, and approval only when the token is stored", () =>
    Effect.gen(function* () {
      const { control, session, store } = yield* cloud()
      const seen: Array<string> = []
      const watching = DeviceSignIn.events(session).pipe(
        Stream.tap((event) =>
          event._tag === "Issued"
            ? Effect.asVoid(control.azure.approve(event.authorization.userCode))
            : Effect.map(store.read(session.key), ({ _tag }) => void seen.push(`${event._tag} ${_tag}`))
        ),
        Stream.runCollect
      )
      const fiber = yield* Effect.fork(watching)
      yield* TestClock.adjust("10 seconds")
      expect(Chunk.map(yield* Fiber.join(fiber), ({ _tag }) => _tag).pipe(Chunk.toReadonlyArray)).toEqual([
        "Issued",
        "Pending",
        "Approved"
      ])
      expect(seen).toEqual(["Pending None", "Approved Some"])
    })
  )

  it.scoped("fails with the sign-in's own error", () =>
    Effect.gen(function* () {
      const { control, session } = yield* cloud()
      const fiber = yield* Effect.fork(
        Effect.flip(
          Stream.runForEach(DeviceSignIn.events(session), (event) =>
            event._tag === "Issued" ? control.azure.decline(event.authorization.userCode) : Effect.void
          )
        )
      )
      yield* TestClock.adjust("10 seconds")
      expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "CredentialRejected", reason: "DeviceCodeDeclined" })
    })
  )

  it.scoped("cancels the sign-in when nobody listens any more", () =>
    Effect.gen(function* () {
      const { control, session } = yield* cloud()
      yield* Effect.fork(Stream.runDrain(Stream.take(DeviceSignIn.events(session), 2)))
      yield* TestClock.adjust("1 hour")
      expect((yield* control.counts).azure.polls).toBeLessThanOrEqual(1)
    })
  )
})

describe("a sign-in by device code", () => {
  it.scoped("that is approved after a sign-out is discarded", () =>
    Effect.gen(function* () {
      const story = yield* cloud()
      const { control, session, store } = story
      const fiber = yield* Effect.fork(Effect.flip(session.signIn(device(story).credential)))
      yield* TestClock.adjust("6 seconds")
      yield* session.signOut
      for (const code of yield* control.azure.waiting) yield* control.azure.approve(code)
      yield* TestClock.adjust("5 seconds")
      expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "CredentialRequired", reason: "SignedOut" })
      expect(yield* store.read(session.key)).toEqual(Option.none())
    })
  )

  it.scoped("is never begun by anything but signIn, whatever the source offers", () =>
    Effect.gen(function* () {
      const offer = Effect.dieMessage("asked a person")
      const credential = Credential.deviceCode({ prompt: offer })
      const eager = { silent: () => Effect.succeedSome(credential), interactive: () => Effect.succeedNone }
      for (const source of [eager, CredentialSource.fromCredential(credential)]) {
        const { control, session } = yield* cloud({ source })
        expect(yield* Effect.flip(session.token)).toMatchObject({ _tag: "CredentialRequired", reason: "NotSignedIn" })
        expect((yield* control.counts).azure.deviceCodes).toBe(0)
      }
    })
  )
})

describe("EntraAuth.layerConfig", () => {
  it.scoped("takes the four settings from configuration, and names all that are missing", () =>
    Effect.gen(function* () {
      const dev = yield* DevServer.makeInProcess({ azure: true, tokenFormat: "opaque" })
      const text = (name: string) => Config.nonEmptyString(name)
      const Auth = EntraAuth.layerConfig({
        server: Config.succeed(dev.url),
        authuri: text("MLS_AUTHURI"),
        tenant: text("MLS_TENANT"),
        clientid: text("MLS_CLIENT_ID"),
        resource: text("MLS_RESOURCE")
      }).pipe(
        Layer.provide([
          Layer.succeed(HttpClient.HttpClient, dev.client),
          TokenStore.layerMemory,
          CredentialSource.layer(ada)
        ])
      )
      const { authuri = "", clientid = "", resource = "", tenant = "" } = dev.azure ?? {}
      const all = new Map([
        ["MLS_AUTHURI", authuri],
        ["MLS_TENANT", tenant],
        ["MLS_CLIENT_ID", clientid],
        ["MLS_RESOURCE", resource]
      ])
      const token = Effect.flatMap(Session.Session, (session) => session.token)
      const withAll = token.pipe(Effect.provide(Auth), Effect.withConfigProvider(ConfigProvider.fromMap(all)))
      expect((yield* withAll).principal).toBe(AzureDirectory.ada.username)
      const without = token.pipe(Effect.provide(Auth), Effect.withConfigProvider(ConfigProvider.fromMap(new Map())))
      const { message } = yield* Effect.flip(without)
      for (const name of all.keys()) expect(message).toContain(name)
    })
  )
})
