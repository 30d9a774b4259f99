import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import { CredentialRequired } from "../src/AuthError.js"
import * as Credential from "../src/Credential.js"
import * as DeviceAuthorization from "../src/DeviceAuthorization.js"

const user = (username: string, password = "s3cret") => Credential.usernamePassword({ username, password })

const refusal = (credential: Credential.Credential) => Either.getOrThrow(Either.flip(Credential.validate(credential)))

describe("Credential.validate", () => {
  it.each([
    ["admin", "x"],
    ["CONTOSO\\ada", "pass:word \"quoted\" 'too' \\"],
    ["ada@contoso.com", " leading and trailing "],
    ["Zoë Müller", "пароль-密碼-🔑"],
    ["a".repeat(1024), "a".repeat(4096)],
    ["ada", "€".repeat(1365)],
    ["ada", "line\r\nbreak\u0000"]
  ])("accepts the user %j with the password %j", (username, password) => {
    const credential = user(username, password)
    expect(Credential.validate(credential)).toEqual(Either.right(credential))
  })

  it.each([
    ["", "empty"],
    [" \t\u00a0", "empty"],
    ["a".repeat(1025), "longer than 1024 characters"],
    ["x".repeat(10_240), "longer than 1024 characters"],
    ["Canary\r\nuser", "control characters"],
    ["Canary\u0000user", "control characters"],
    ["Canary\u007fuser", "control characters"],
    ["Canary\u009buser", "control characters"]
  ])("refuses the user name %j: %s", (username, problem) => {
    const error = refusal(user(username))
    expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "username" })
    expect(error.problem).toContain(problem)
    expect(error.message).not.toMatch(/Canary|aaaa|xxxx/)
  })

  it.each([
    ["", "empty"],
    ["x".repeat(4097), "4097 bytes long"],
    ["x".repeat(10_240), "10240 bytes long"],
    ["€".repeat(1366), "4098 bytes long"]
  ])("refuses the password %j: %s", (password, problem) => {
    const error = refusal(user("ada", password))
    expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "password" })
    expect(error.problem).toContain(problem)
    expect(error.message).not.toMatch(/xxxx|€€/)
  })

  it.each(["x", "eyJhbGciOi.eyJzdWIi.c2ln", "a-._~+/9==", "a".repeat(65_536)])(
    "accepts the access token %j",
    (token) => {
      const credential = Credential.accessToken(token)
      expect(Credential.validate(credential)).toEqual(Either.right(credential))
    }
  )

  it.each([
    ["", "empty"],
    ["Bearer Canary.token", "characters"],
    ["bearer Canary.token", "characters"],
    ['"Canary.token"', "characters"],
    ["'Canary.token'", "characters"],
    ["Canary.token\n", "characters"],
    ["Canary\r\nX-Injected: 1", "characters"],
    ["Canary\u0000", "characters"],
    ["Canary.tökén", "characters"],
    ["Canary=token", "characters"],
    ["====", "characters"],
    ["x".repeat(65_537), "longer than 65536 characters"]
  ])("refuses the access token %j: %s", (token, problem) => {
    const error = refusal(Credential.accessToken(token))
    expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "accessToken" })
    expect(error.problem).toContain(problem)
    expect(error.message).not.toMatch(/Canary|xxxx/)
  })

  it.prop(
    "never quotes what it refuses",
    [FastCheck.string({ unit: "binary", minLength: 4 }), FastCheck.constantFrom("\r\n", "\u0000", "\u0085")],
    ([text, control]) => {
      const value = `<${text}${control}>`
      for (const credential of [user(value), Credential.accessToken(value)]) {
        const error = refusal(credential)
        expect([error.message, JSON.stringify(error), inspect(error)].some((it) => it.includes(value))).toBe(false)
      }
    }
  )
})

describe("Credential", () => {
  const credentials = [
    user("ada", "Canary-password"),
    Credential.usernamePassword({ username: "ada", password: Redacted.make("Canary-password") }),
    Credential.accessToken("Canary-token"),
    Credential.accessToken(Redacted.make("Canary-token"))
  ]

  it.each(credentials)("prints as <redacted> ($_tag)", (credential) => {
    for (const printed of [
      inspect(credential, { depth: 10, showHidden: true }),
      JSON.stringify(credential),
      JSON.stringify({ credential })
    ]) {
      expect(printed).toContain("<redacted>")
      expect(printed).not.toContain("Canary")
    }
  })

  it("compares by content, so that a refused one is known again", () => {
    expect(Equal.equals(user("ada", "one"), user("ada", "one"))).toBe(true)
    expect(Equal.equals(user("ada", "one"), user("ada", "two"))).toBe(false)
    expect(Equal.equals(user("ada", "one"), user("Ada", "one"))).toBe(false)
    expect(Equal.equals(Credential.accessToken("a"), Credential.accessToken("a"))).toBe(true)
    expect(Equal.equals(Credential.accessToken("a"), Credential.accessToken("b"))).toBe(false)
  })
})

describe("Credential.deviceCode", () => {
  const prompt: DeviceAuthorization.Prompt = { show: () => Effect.void }
  const resume = Either.getOrThrow(
    DeviceAuthorization.decode(
      {
        user_code: "F7KQ2MXD",
        device_code: "Canary-code",
        verification_url: "https://microsoft.com/devicelogin",
        expires_in: "900"
      },
      0
    )
  )

  it("asks for no new code by itself, goes on with none and wants nothing special unless told to", () => {
    const credential = Credential.deviceCode({ prompt })
    expect(credential).toMatchObject({ _tag: "DeviceCode", resume: undefined, newCodes: 0, claims: undefined })
    expect(Credential.deviceCode({ prompt, resume, newCodes: 2, claims: "{}" })).toMatchObject({
      resume,
      newCodes: 2,
      claims: "{}"
    })
  })

  it.scoped("opens the prompt that it was given, the same for each sign-in", () =>
    Effect.gen(function* () {
      const credential = Credential.deviceCode({ prompt })
      expect(yield* credential.prompt).toBe(prompt)
      expect(yield* credential.prompt).toBe(prompt)
    })
  )

  it.effect("opens a prompt that must be opened, and closes it after its sign-in", () =>
    Effect.gen(function* () {
      const story: Array<string> = []
      const note = (what: string) => Effect.sync(() => void story.push(what))
      const opened = Effect.as(
        Effect.acquireRelease(note("opened"), () => note("closed")),
        prompt
      )
      const credential = Credential.deviceCode({ prompt: opened })
      expect(story).toEqual([])
      const signIn = Effect.scoped(Effect.zipRight(credential.prompt, note("shown")))
      yield* Effect.repeatN(signIn, 1)
      expect(story).toEqual(["opened", "shown", "closed", "opened", "shown", "closed"])
    })
  )

  it.scoped("says that nobody is there as the prompt says it", () =>
    Effect.gen(function* () {
      const nobody = new CredentialRequired({ reason: "NotInteractive", detail: "" })
      const credential = Credential.deviceCode({ prompt: Effect.fail(nobody) })
      expect(yield* Effect.flip(credential.prompt)).toBe(nobody)
    })
  )

  it("has nothing that could be wrong before it is sent", () => {
    const credential = Credential.deviceCode({ prompt, resume })
    expect(Credential.validate(credential)).toEqual(Either.right(credential))
  })

  it("prints without the device code", () => {
    const credential = Credential.deviceCode({ prompt, resume })
    for (const printed of [inspect(credential, { depth: 10, showHidden: true }), JSON.stringify({ credential })]) {
      expect(printed).toContain("F7KQ2MXD")
      expect(printed).not.toContain("Canary")
    }
  })
})
