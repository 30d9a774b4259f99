import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { createHash } from "node:crypto"
import { inspect } from "node:util"
import * as AuthorizationCode from "../src/AuthorizationCode.js"
import { back, REDIRECT, sentOut } from "./support/browser.js"
import { clear, NOW } from "./support/wire.js"

const target = {
  endpoint: "https://login.example.com/t/authorize",
  parameters: { client_id: "the-client", scope: "a b" }
}
const redirect = { redirectUri: REDIRECT, responseMode: "query" } as const

const begun = (options: Partial<AuthorizationCode.AuthorizationRequest> = {}) =>
  AuthorizationCode.begin(target, { ...redirect, ...options })

describe("AuthorizationCode.begin", () => {
  it.effect("sends the person out with everything that the answer is checked by, and no secret", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const request = yield* begun()
      const verifier = Redacted.value(request.verifier)
      expect(request.url.split("?")[0]).toBe(target.endpoint)
      expect(sentOut(request)).toEqual({
        client_id: "the-client",
        scope: "a b",
        response_type: "code",
        response_mode: "query",
        redirect_uri: REDIRECT,
        state: request.state,
        nonce: request.nonce,
        code_challenge: createHash("sha256").update(verifier).digest("base64url"),
        code_challenge_method: "S256"
      })
      expect(request.expiresAt).toBe(NOW + 15 * 60_000)
      expect(request.url).not.toContain(verifier)
    })
  )

  it.effect("makes state, nonce and verifier of 256 bits, new each time, in characters that need no encoding", () =>
    Effect.gen(function* () {
      const requests = yield* Effect.all(Array.from({ length: 50 }, () => begun()))
      const made = requests.flatMap(({ nonce, state, verifier }) => [nonce, state, Redacted.value(verifier)])
      expect(new Set(made).size).toBe(150)
      for (const value of made) expect(value).toMatch(/^[A-Za-z0-9\-_]{43}$/)
    })
  )

  it.effect("keeps what the endpoint's address has already, and leaves out what is undefined", () =>
    Effect.gen(function* () {
      const request = yield* AuthorizationCode.begin(
        { endpoint: `${target.endpoint}?p=policy`, parameters: { claims: undefined, client_id: "a&b=c" } },
        redirect
      )
      const { claims, client_id, p } = sentOut(request)
      expect([p, client_id, claims]).toEqual(["policy", "a&b=c", undefined])
    })
  )

  it.effect.each([
    ["http to another machine", "http://page.example.com/"],
    ["a name that begins like this machine", "http://localhost.example.com/"],
    ["a fragment", "https://page.example.com/#x"],
    ["an empty fragment", "https://page.example.com/#"],
    ["a user name", "https://ada@page.example.com/"],
    ["a scheme of its own", "myapp://back"],
    ["a script", "javascript:alert(1)"],
    ["no address", "back"]
  ] as const)("lets no answer be sent to %s", ([, redirectUri]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(begun({ redirectUri }))
      expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "redirectUri" })
      expect(error.message).not.toContain(redirectUri)
    })
  )

  it.effect.each([
    "https://page.example.com/back",
    "http://localhost:1/",
    "http://127.0.0.1:65535/x",
    "http://[::1]:1/"
  ])("lets one be sent to %s", (redirectUri) =>
    Effect.map(begun({ redirectUri }), (request) => expect(request.redirectUri).toBe(redirectUri))
  )
})

describe("an AuthorizationRequest", () => {
  it.effect("shows its verifier to nobody", () =>
    Effect.gen(function* () {
      const request = yield* begun()
      const verifier = Redacted.value(request.verifier)
      for (const shown of [
        inspect(request),
        inspect(request, { depth: 9, showHidden: true }),
        JSON.stringify(request)
      ]) {
        expect(shown).not.toContain(verifier)
      }
    })
  )

  it.effect("outlives its program where it is written down", () =>
    Effect.gen(function* () {
      const request = yield* begun({ responseMode: "fragment" })
      const Stored = Schema.parseJson(AuthorizationCode.AuthorizationRequest)
      const read = yield* Schema.decode(Stored)(yield* Schema.encode(Stored)(request))
      expect(clear(read)).toEqual(clear(request))
    })
  )
})

describe("AuthorizationCode.isAnswerTo", () => {
  it.effect.each(["query", "fragment"] as const)("takes an answer in the %s, and none in the other place", (mode) =>
    Effect.gen(function* () {
      const request = yield* begun({ responseMode: mode })
      expect(AuthorizationCode.isAnswerTo(request, back(request))).toBe(true)
      const other = back(request).replace(/[?#]/, mode === "query" ? "#" : "?")
      expect(AuthorizationCode.isAnswerTo(request, other)).toBe(false)
    })
  )

  it.effect("takes nothing else: another place, another state, a parameter that comes twice", () =>
    Effect.gen(function* () {
      const [request, other] = [yield* begun(), yield* begun()]
      const { state } = request
      const answers = [
        back(other),
        back(request, { state: undefined }),
        back(request, { state: "" }),
        back(request, { state: `${state}x` }),
        back(request, { state: state.slice(0, -1) }),
        back(request, { state: state.toLowerCase() === state ? state.toUpperCase() : state.toLowerCase() }),
        `${back(request)}&state=${state}`,
        `${back(request)}&code=2`,
        back(request).replace("/back", "/"),
        back(request).replace("/back", "/back/"),
        back(request).replace("49152", "49153"),
        back(request).replace("http:", "https:"),
        back(request).replace("127.0.0.1", "localhost"),
        "",
        "not an address"
      ]
      expect(answers.filter((answer) => AuthorizationCode.isAnswerTo(request, answer))).toEqual([])
    })
  )

  it.effect("takes no state but its own, whatever it is", () =>
    Effect.gen(function* () {
      const request = yield* begun()
      FastCheck.assert(
        FastCheck.property(FastCheck.string({ unit: "binary", maxLength: 60 }), (state) => {
          FastCheck.pre(state !== request.state)
          return !AuthorizationCode.isAnswerTo(request, back(request, { state }))
        })
      )
    })
  )
})
