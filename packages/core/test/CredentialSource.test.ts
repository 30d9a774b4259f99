import { describe, expect, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import { CredentialRequired } from "../src/AuthError.js"
import * as Credential from "../src/Credential.js"
import type { Prompt } from "../src/DeviceAuthorization.js"
import * as CredentialPrompt from "../src/CredentialPrompt.js"
import * as CredentialSource from "../src/CredentialSource.js"
import { clear } from "./support/wire.js"

const anybody: CredentialSource.Purpose = { server: "https://mls.example.com", principal: "" }
const grace: CredentialSource.Purpose = { ...anybody, principal: "grace" }

const settings = (values: Record<string, string>) =>
  Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(values))))

const user = (username: string, password: string) => Option.some({ _tag: "UsernamePassword", username, password })
const token = (accessToken: string) => Option.some({ _tag: "AccessToken", accessToken })

/** What is offered, in clear. */
const silently = (source: CredentialSource.Service, purpose: CredentialSource.Purpose) =>
  Effect.map(source.silent(purpose), Option.map(clear))
const byAsking = (source: CredentialSource.Service, purpose: CredentialSource.Purpose) =>
  Effect.map(source.interactive(purpose), Option.map(clear))

const forbidden: CredentialSource.Service = {
  silent: () => Effect.dieMessage("asked although somebody before had an offer"),
  interactive: () => Effect.dieMessage("asked although somebody before had an offer")
}

const shown: Prompt = { show: () => Effect.void }

/** A person who answers, and what the person was asked. */
const person = (answers: { readonly username?: string; readonly password?: string }) => {
  const asked: Array<unknown> = []
  const answer = (question: unknown, given: string | undefined) =>
    Effect.suspend(() => {
      asked.push(question)
      return given === undefined
        ? Effect.fail(new CredentialRequired({ reason: "Cancelled", detail: "" }))
        : Effect.succeed(given)
    })
  const prompt = CredentialPrompt.CredentialPrompt.of({
    username: (question) => answer(question, answers.username),
    password: (question) => Effect.map(answer(question, answers.password), Redacted.make),
    device: Effect.succeed(shown)
  })
  return { asked, layer: Layer.succeed(CredentialPrompt.CredentialPrompt, prompt) }
}

describe("CredentialSource.config", () => {
  const source = CredentialSource.config()
  const [U, P, T] = ["MLS_USERNAME", "MLS_PASSWORD", "MLS_ACCESS_TOKEN"]

  it.effect.each([
    { set: {}, offer: Option.none() },
    { set: { [U]: "ada" }, offer: Option.none() },
    { set: { [U]: "ada", [P]: "pw" }, offer: user("ada", "pw") },
    { set: { [T]: "tok" }, offer: token("tok") },
    { set: { [T]: "tok", [U]: "ada" }, offer: token("tok") },
    { set: { [T]: "tok", [P]: "pw" }, offer: token("tok") },
    { set: { [T]: "tok", [U]: "ada", [P]: "pw" }, offer: token("tok") },
    { set: { [T]: "", [U]: "ada", [P]: "pw" }, offer: user("ada", "pw") },
    { set: { [U]: "ada", [P]: "" }, offer: Option.none() },
    { set: { [T]: "", [U]: "", [P]: "" }, offer: Option.none() }
  ])("with $set it offers $offer, asked silently or not", ({ offer, set }) =>
    Effect.gen(function* () {
      expect(yield* silently(source, anybody)).toEqual(offer)
      expect(yield* byAsking(source, anybody)).toEqual(offer)
    }).pipe(settings(set))
  )

  it.effect("a password alone goes with the user whose credential is wanted", () =>
    Effect.gen(function* () {
      expect(yield* silently(source, grace)).toEqual(user("grace", "pw"))
    }).pipe(settings({ [P]: "pw" }))
  )

  it.effect.each([{ [P]: "Canary-pw" }, { [P]: "Canary-pw", [U]: "" }])(
    "a password without any user name is refused, and not quoted: %j",
    (set) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(source.silent(anybody))
        expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "username" })
        expect(error.fix).toContain("MLS_USERNAME")
        expect(inspect(error) + JSON.stringify(error) + error.message).not.toContain("Canary")
      }).pipe(settings(set))
  )

  it.effect("reads anew at each use", () =>
    Effect.gen(function* () {
      expect(yield* settings({ [T]: "first" })(silently(source, anybody))).toEqual(token("first"))
      expect(yield* settings({ [T]: "second" })(silently(source, anybody))).toEqual(token("second"))
    })
  )

  it.effect("reads other names and shapes where it is told to", () =>
    Effect.gen(function* () {
      const own = CredentialSource.config({
        username: Config.string("USER"),
        password: Config.redacted(Config.nested(Config.string("PASS"), "DB"))
      })
      expect(yield* silently(own, anybody)).toEqual(user("ada", "pw"))
    }).pipe(settings({ USER: "ada", "DB.PASS": "pw", [U]: "other", [P]: "other" }))
  )

  it.effect("a setting that is there and cannot be read is an error, not an absence; nothing of it is quoted", () =>
    Effect.gen(function* () {
      const own = CredentialSource.config({
        username: Config.validate(Config.string("USER"), { message: "no user", validation: (it) => it !== "Canary" })
      })
      const error = yield* Effect.flip(own.silent(anybody))
      expect(error).toMatchObject({ _tag: "ConfigurationInvalid", problem: "USER (unreadable)" })
      expect(inspect(error) + JSON.stringify(error) + error.message).not.toContain("Canary")
    }).pipe(settings({ USER: "Canary" }))
  )

  it.effect("a source of settings that is out of reach is an error, not an absence", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(source.silent(anybody))
      expect(error).toMatchObject({ problem: "the source of the settings cannot be reached" })
    }).pipe(
      Effect.withConfigProvider(
        ConfigProvider.make({
          load: () => Effect.fail(ConfigError.SourceUnavailable([], "vault sealed: Canary", new Error() as never)),
          flattened: ConfigProvider.fromMap(new Map()).flattened
        })
      )
    )
  )
})

describe("CredentialSource.prompt", () => {
  it.effect("asks for the user name and then for that user's password", () => {
    const { asked, layer } = person({ username: "ada", password: "pw" })
    return Effect.gen(function* () {
      const source = yield* CredentialSource.prompt()
      expect(yield* byAsking(source, anybody)).toEqual(user("ada", "pw"))
      expect(asked).toEqual([{ server: anybody.server }, { server: anybody.server, username: "ada" }])
    }).pipe(Effect.provide(layer))
  })

  it.effect.each([
    { options: {}, purpose: grace, name: "grace" },
    { options: { username: "olga" }, purpose: anybody, name: "olga" }
  ])("asks $name only for the password", ({ name, options, purpose }) => {
    const { asked, layer } = person({ password: "pw" })
    return Effect.gen(function* () {
      const source = yield* CredentialSource.prompt(options)
      expect(yield* byAsking(source, purpose)).toEqual(user(name, "pw"))
      expect(asked).toEqual([{ server: anybody.server, username: name }])
    }).pipe(Effect.provide(layer))
  })

  it.effect("never asks silently", () => {
    const { asked, layer } = person({ username: "ada", password: "pw" })
    return Effect.gen(function* () {
      const source = yield* CredentialSource.prompt({ username: "ada" })
      expect(yield* silently(source, anybody)).toEqual(Option.none())
      expect(asked).toEqual([])
    }).pipe(Effect.provide(layer))
  })

  it.effect.each([{}, { username: "ada" }])("who leaves while asked for the rest of %j has cancelled", (answers) =>
    Effect.gen(function* () {
      const source = yield* CredentialSource.prompt()
      const error = yield* Effect.flip(source.interactive(anybody))
      expect(error).toMatchObject({ _tag: "CredentialRequired", reason: "Cancelled" })
    }).pipe(Effect.provide(person(answers).layer))
  )

  it.effect("keeps nothing of what was typed", () => {
    const { asked, layer } = person({ username: "ada", password: "pw" })
    return Effect.gen(function* () {
      const source = yield* CredentialSource.prompt()
      yield* source.interactive(anybody)
      yield* source.interactive(anybody)
      expect(asked).toHaveLength(4)
      expect(yield* silently(source, anybody)).toEqual(Option.none())
    }).pipe(Effect.provide(layer))
  })
})

describe("CredentialSource.deviceCode", () => {
  const { asked, layer } = person({})

  it.scoped("shows the person a code with the prompt that is there, and asks nothing", () =>
    Effect.gen(function* () {
      const source = yield* CredentialSource.deviceCode()
      const offer = yield* Effect.flatten(source.interactive(anybody))
      expect(offer).toMatchObject({ _tag: "DeviceCode", resume: undefined, newCodes: 0, claims: undefined })
      expect(offer._tag === "DeviceCode" ? yield* offer.prompt : undefined).toBe(shown)
      expect(asked).toEqual([])
    }).pipe(Effect.provide(layer))
  )

  it.effect("passes on how the sign-in is to go", () =>
    Effect.gen(function* () {
      const source = yield* CredentialSource.deviceCode({ newCodes: 3, claims: "{}" })
      expect(yield* Effect.flatten(source.interactive(grace))).toMatchObject({ newCodes: 3, claims: "{}" })
    }).pipe(Effect.provide(layer))
  )

  it.effect("offers nothing silently, and neither does a device code that the application keeps", () =>
    Effect.gen(function* () {
      const kept = Credential.deviceCode({ prompt: shown })
      for (const source of [yield* CredentialSource.deviceCode(), CredentialSource.fromCredential(kept)]) {
        expect(yield* source.silent(anybody)).toEqual(Option.none())
        expect(Option.isSome(yield* source.interactive(anybody))).toBe(true)
      }
      expect(yield* CredentialSource.fromCredential(kept).interactive(grace)).toEqual(Option.some(kept))
    }).pipe(Effect.provide(layer))
  )

  it.effect("comes after the configuration, in a layer of both", () =>
    Effect.gen(function* () {
      const offers = Effect.flatMap(CredentialSource.CredentialSource, (source) =>
        Effect.all([
          silently(source, anybody),
          Effect.map(
            source.interactive(anybody),
            Option.map(({ _tag }) => _tag)
          )
        ])
      ).pipe(Effect.provide(Layer.provide(CredentialSource.layerConfigOrDeviceCode(), layer)))
      const set = settings({ MLS_USERNAME: "ada", MLS_PASSWORD: "pw" })
      expect(yield* set(offers)).toEqual([user("ada", "pw"), Option.some("UsernamePassword")])
      expect(yield* settings({})(offers)).toEqual([Option.none(), Option.some("DeviceCode")])
      expect(asked).toEqual([])
    })
  )
})

describe("CredentialSource.firstOf", () => {
  const one = CredentialSource.fromCredential(Credential.accessToken("one"))

  it.effect("takes the first offer and asks nobody after it", () =>
    Effect.gen(function* () {
      const source = CredentialSource.firstOf(CredentialSource.none, one, forbidden)
      expect(yield* silently(source, anybody)).toEqual(token("one"))
      expect(yield* byAsking(source, anybody)).toEqual(token("one"))
    })
  )

  it.effect("has nothing where none has anything", () =>
    Effect.gen(function* () {
      for (const source of [CredentialSource.firstOf(), CredentialSource.firstOf(CredentialSource.none)]) {
        expect(yield* silently(source, anybody)).toEqual(Option.none())
        expect(yield* byAsking(source, anybody)).toEqual(Option.none())
      }
    })
  )

  it.effect("a source that fails is not passed over", () =>
    Effect.gen(function* () {
      const source = CredentialSource.firstOf(CredentialSource.config(), one)
      expect(yield* Effect.flip(source.silent(anybody))).toMatchObject({ _tag: "ConfigurationInvalid" })
    }).pipe(settings({ MLS_PASSWORD: "pw" }))
  )
})

describe("CredentialSource as a layer", () => {
  const offers = Effect.flatMap(CredentialSource.CredentialSource, (source) =>
    Effect.all([silently(source, anybody), byAsking(source, anybody)])
  )

  it.effect("layer and layerNone", () =>
    Effect.gen(function* () {
      const given = Credential.accessToken("one")
      expect(yield* Effect.provide(offers, CredentialSource.layer(given))).toEqual([token("one"), token("one")])
      expect(yield* Effect.provide(offers, CredentialSource.layerNone)).toEqual([Option.none(), Option.none()])
    })
  )

  it.effect("layerConfigOrPrompt asks a person only for what is not configured, and never silently", () => {
    const { asked, layer } = person({ username: "ada", password: "typed" })
    const both = Effect.provide(offers, Layer.provide(CredentialSource.layerConfigOrPrompt(), layer))
    return Effect.gen(function* () {
      const configured = user("ada", "configured")
      const set = settings({ MLS_USERNAME: "ada", MLS_PASSWORD: "configured" })
      expect(yield* set(both)).toEqual([configured, configured])
      expect(asked).toEqual([])
      expect(yield* settings({})(both)).toEqual([Option.none(), user("ada", "typed")])
      expect(asked).toHaveLength(2)
    })
  })
})
