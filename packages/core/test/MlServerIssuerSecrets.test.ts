import { describe, expect, it } from "@effect/vitest"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import { inspect } from "node:util"
import { observed, printed, recorder } from "./support/recorder.js"
import {
  ada,
  client,
  held,
  heldWith,
  issuer,
  issuerOver,
  operations,
  pair,
  type Plan,
  run,
  secrets
} from "./support/wire.js"

const leaked = (text: string): ReadonlyArray<string> =>
  Object.values(secrets).filter((secret) => text.includes(secret) || text.includes(encodeURIComponent(secret)))

const plans: ReadonlyArray<{ readonly name: string; readonly plan: () => Plan }> = [
  { name: "a pair", plan: () => pair() },
  { name: "a pair with a bad life", plan: () => pair({ expires_in: secrets.newRefresh }) },
  { name: "a pair with a bad token", plan: () => pair({ access_token: `${secrets.newAccess}\n` }) },
  { name: "a pair with a bad refresh token", plan: () => pair({ refresh_token: `${secrets.newRefresh}\n` }) },
  { name: "half a pair", plan: () => ({ body: pair().body.slice(0, -10) }) },
  { name: "an echo of what was sent, as 400", plan: () => ({ status: 400, body: Object.values(secrets).join(" ") }) },
  { name: "a page that echoes, as 200", plan: () => ({ body: `<p>${Object.values(secrets).join(" ")}` }) },
  { name: "401", plan: () => ({ status: 401, body: JSON.stringify({ message: secrets.password }) }) },
  { name: "403", plan: () => ({ status: 403, body: JSON.stringify({ message: secrets.refresh }) }) },
  { name: "503", plan: () => ({ status: 503, headers: { "retry-after": secrets.access } }) },
  { name: "a redirect", plan: () => ({ status: 307, headers: { location: `https://x?${secrets.refresh}` } }) },
  { name: "a broken connection", plan: () => ({ breaks: "ECONNRESET" }) },
  { name: "a broken body", plan: () => ({ breaks: "ECONNRESET", at: "body" }) },
  { name: "silence", plan: () => "silence" }
]

describe.each(plans)("no secret leaves when the answer is $name", ({ plan }) => {
  it.effect.each(operations)("%s: by an error, a span, or a log", (operation) =>
    Effect.gen(function* () {
      const { issuer: it } = yield* issuer(plan())
      const { names, text } = yield* observed(run(it, operation))
      expect(leaked(text)).toEqual([])
      expect(names).toEqual(["outer", `MlServerIssuer.${operation}`])
    })
  )
})

describe("these tests can find a secret", () => {
  it.effect("in the span of a client that traces, and in the error of a client that fails", () =>
    Effect.gen(function* () {
      const { names, told, tracer } = recorder()
      const { http } = client([{ breaks: "ECONNRESET" }])
      const exit = yield* http
        .del(`https://mls.example.com?refreshToken=${encodeURIComponent(secrets.refresh)}`)
        .pipe(Effect.withTracer(tracer), Effect.exit)
      expect(leaked(inspect(told, { depth: 20 }))).toContain(secrets.refresh)
      expect(leaked(printed(exit))).toEqual(expect.arrayContaining([secrets.refresh, secrets.password]))
      expect(names).toEqual(["http.client DELETE"])
    })
  )
})

describe("a client with habits of its own", () => {
  it.effect("that adds spans around each call gives no secret away either", () =>
    Effect.gen(function* () {
      const { told, tracer } = recorder()
      const habitual = HttpClient.transform(client([{}]).http, (effect, request) =>
        Effect.withSpan(effect, "own", { attributes: { url: request.url } })
      )
      const it = yield* issuerOver(habitual)
      yield* Effect.withTracer(it.revoke(held), tracer)
      expect(leaked(inspect(told, { depth: 20 }))).toEqual([])
    })
  )

  it.effect("tells where a call went, and nothing else", () =>
    Effect.gen(function* () {
      const { told, tracer } = recorder()
      const { issuer: it } = yield* issuer(pair())
      yield* Effect.withTracer(it.grant(ada), tracer)
      yield* Effect.withTracer(it.renew(heldWith("x/y==")), tracer)
      const attributes = told.filter((it) => Array.isArray(it))
      expect(new Set(attributes.map(String))).toEqual(new Set(["server.address,https://mls.example.com:12800"]))
    })
  )
})
