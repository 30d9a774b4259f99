import { assert, describe, it } from "@effect/vitest"
import { AzureDirectory, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import { vi } from "vitest"
import type { OnPrompt, Prompt } from "../src/index.js"
import { users } from "../src/index.js"
import { client, failure, rejection } from "./support/serving.js"

const { password, username } = AzureDirectory.ada

/** A server that leaves sign-ins to an authority, and a person who approves each code as soon as a device has polled. */
const cloud = (azure: DevServer.AzureOptions = {}) =>
  Effect.gen(function* () {
    const server = yield* DevServer.make({ azure: { pollInterval: "1 second", ...azure } })
    return { ...server, entra: yield* Effect.fromNullable(server.azure) }
  })

const approving = ({ control }: DevServer.Service) =>
  Effect.gen(function* () {
    yield* control.awaitArrival("devicePoll")
    for (const code of yield* control.azure.waiting) yield* control.azure.approve(code, username)
  })

/** A program that may ask people, whatever it runs in. */
const allowed = Effect.acquireRelease(
  Effect.sync(() => {
    vi.stubEnv("CI", "")
    vi.stubEnv("MLS_NO_INPUT", "")
  }),
  () => Effect.sync(() => vi.unstubAllEnvs())
)

describe("a sign-in at Azure", () => {
  it.scopedLive("with a device code: the callback is told the code, and the call goes on when it is approved", () =>
    Effect.gen(function* () {
      const server = yield* cloud()
      const prompts: Array<Prompt> = []
      const one = yield* client({
        server: server.url,
        entra: server.entra,
        onPrompt: (prompt) => void prompts.push(prompt)
      })
      yield* Effect.fork(approving(server))
      const state = yield* Effect.promise(() => one.signIn({ deviceCode: true }))
      assert.strictEqual(state._tag, "SignedIn")
      const shown = prompts.map((prompt) => {
        if (prompt._tag !== "DeviceCode") return prompt._tag
        return [
          /\S{6,}/.test(prompt.userCode),
          prompt.verificationUri.startsWith("http"),
          prompt.expiresAt > Date.now()
        ]
      })
      assert.deepStrictEqual(shown, [[true, true, true]])
      assert.strictEqual((yield* Effect.promise(() => one.fetch("/services"))).status, 200)
    })
  )

  it.scopedLive("a device code is also what signIn does by default", () =>
    Effect.gen(function* () {
      const server = yield* cloud()
      const onPrompt = vi.fn<OnPrompt>()
      const one = yield* client({ server: server.url, entra: server.entra, onPrompt })
      yield* Effect.fork(approving(server))
      yield* Effect.promise(() => one.signIn())
      assert.strictEqual(onPrompt.mock.calls.length, 1)
    })
  )

  it.scopedLive("what the callback throws is what the sign-in is rejected with", () =>
    Effect.gen(function* () {
      const server = yield* cloud()
      const thrown = new Error("no place to show it")
      const onPrompt = () => Promise.reject(thrown)
      const one = yield* client({ server: server.url, entra: server.entra, onPrompt })
      assert.strictEqual(yield* rejection(one.signIn({ deviceCode: true })), thrown)
    })
  )

  it.scopedLive("an aborted signal ends the polling, with its own reason", () =>
    Effect.gen(function* () {
      const server = yield* cloud()
      const leaving = new AbortController()
      const reason = new Error("enough")
      const one = yield* client({
        server: server.url,
        entra: server.entra,
        onPrompt: () => leaving.abort(reason)
      })
      assert.strictEqual(yield* rejection(one.signIn({ deviceCode: true, signal: leaving.signal })), reason)
    })
  )

  it.scopedLive("in the browser on this machine: opened by the program's own function, told, and back", () =>
    Effect.gen(function* () {
      yield* allowed
      const server = yield* cloud()
      const prompts: Array<Prompt> = []
      const one = yield* client({
        server: server.url,
        entra: server.entra,
        credential: {
          browser: true,
          open: async (url) => {
            const body = new URLSearchParams({ decision: "accept", username, password })
            const page = await fetch(url, { method: "POST", body, redirect: "manual" })
            void fetch(page.headers.get("location") ?? "")
            return true
          }
        },
        onPrompt: (prompt) => void prompts.push(prompt)
      })
      assert.strictEqual((yield* Effect.promise(() => one.signIn()))._tag, "SignedIn")
      assert.strictEqual((yield* Effect.promise(() => one.fetch("/services"))).status, 200)
      for (const prompt of prompts) assert.deepInclude(prompt, { _tag: "Browser", opened: true })
    })
  )

  it.scopedLive("of many users: each with a code of their own", () =>
    Effect.gen(function* () {
      const server = yield* cloud()
      const onPrompt = vi.fn<OnPrompt>()
      const all = yield* Effect.acquireRelease(
        Effect.promise(() => users({ server: server.url, entra: server.entra, onPrompt })),
        (opened) => Effect.promise(() => opened.close())
      )
      yield* Effect.fork(approving(server))
      yield* Effect.promise(() => all.of(username).signIn({ deviceCode: true }))
      assert.strictEqual((yield* Effect.promise(() => all.of(username).fetch("/services"))).status, 200)
      assert.deepInclude(yield* failure(all.of("grace@contoso.com").fetch("/services")), { code: "CredentialRequired" })
    })
  )

  it.scopedLive("a device code at a server that signs people in itself is refused in words", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const one = yield* client({ server: server.url, onPrompt: () => undefined })
      assert.deepInclude(yield* failure(one.signIn({ deviceCode: true })), { code: "ConfigurationInvalid" })
    })
  )
})
