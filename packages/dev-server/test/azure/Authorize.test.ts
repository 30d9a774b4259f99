import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Jose from "jose"
import * as AzureDirectory from "../../src/AzureDirectory.js"
import * as DevServer from "../../src/DevServer.js"
import { parsed } from "../Adapters.js"
import { azureAdapters, type Fields, refusal, type Tokens } from "./AzurePeer.js"
import { asked, back, PAGE, REDIRECT, visitor, withPage } from "./Visitor.js"

const { ada, blocked, disabled, passwordExpired, withMfa, withoutConsent } = AzureDirectory
const ORIGIN = { origin: "http://127.0.0.1:49152" }

describe.each(azureAdapters)("a sign-in in the browser ($name)", ({ make }) => {
  it.scopedLive.each(["v1", "v2"] as const)("%s: leads back with a code that gives tokens of that person", (wire) =>
    Effect.gen(function* () {
      const server = yield* make()
      const { open, redeem, signIn } = visitor(server, wire)
      const page = yield* open({ login_hint: ada.username })
      expect([page.status, page.text.includes(`value="${ada.username}"`)]).toEqual([200, true])
      const seen = yield* signIn(ada)
      expect([seen.status, seen.headers["location"]?.startsWith(`${REDIRECT}?`)]).toEqual([303, true])
      expect([...back(seen).keys()].sort()).toEqual(["code", "iss", "state"])
      expect(back(seen).get("state")).toBe("the-state")
      const metadata = yield* server.ask(
        "GET",
        `/${server.settings.tenant}${wire === "v1" ? "" : "/v2.0"}/.well-known/openid-configuration`
      )
      expect(parsed(metadata)).toMatchObject({
        issuer: back(seen).get("iss"),
        authorization_response_iss_parameter_supported: true
      })
      const tokens = parsed<Tokens>(yield* redeem(seen))
      expect(Jose.decodeJwt(tokens.id_token ?? "")).toMatchObject({ nonce: "the-nonce", upn: ada.username })
      expect(yield* server.call(tokens.access_token)).toBe(200)
      expect((yield* server.refresh(wire, tokens.refresh_token)).status).toBe(200)
      expect((yield* server.control.counts).azure).toMatchObject({
        authorizationCodes: 1,
        authorizationCodesRedeemed: 1,
        authorizationCodesRefused: 0
      })
    })
  )

  it.scopedLive("answers after a # where that was asked for", () =>
    Effect.gen(function* () {
      const { signIn } = visitor(yield* make())
      const seen = yield* signIn(ada, { response_mode: "fragment" })
      expect(seen.headers["location"]).toMatch(/^http:\/\/127\.0\.0\.1:49152\/#code=/)
    })
  )

  it.scopedLive("asks again after a wrong password, and for a second factor where there is one", () =>
    Effect.gen(function* () {
      const { redeem, signIn } = visitor(yield* make())
      const wrong = yield* signIn({ ...ada, password: "wrong" })
      expect([wrong.status, wrong.text.includes("AADSTS50126")]).toEqual([400, true])
      expect((yield* signIn(withMfa)).text).toContain("AADSTS50076")
      expect((yield* redeem(yield* signIn(withMfa, {}, { mfa: "on" }))).status).toBe(200)
      expect((yield* signIn(disabled)).text).toContain("AADSTS50057")
    })
  )

  it.scopedLive("overcomes what a person at a page overcomes", () =>
    Effect.gen(function* () {
      const { redeem, signIn } = visitor(yield* make())
      for (const user of [passwordExpired, withoutConsent]) {
        expect((yield* redeem(yield* signIn(user))).status).toBe(200)
      }
    })
  )

  it.scopedLive("cancelled, or blocked by a policy: the error goes back with the state", () =>
    Effect.gen(function* () {
      const { signIn, submit } = visitor(yield* make())
      const cancelled = back(yield* submit({ decision: "cancel" }))
      expect(Object.fromEntries(cancelled)).toMatchObject({
        error: "access_denied",
        error_subcode: "cancel",
        state: "the-state"
      })
      const policy = back(yield* signIn(blocked))
      expect([policy.get("error"), policy.get("code")]).toEqual(["access_denied", null])
      expect(policy.get("error_description")).toMatch(/^AADSTS53003: .*\r\nTrace ID: /)
    })
  )

  it.scopedLive.each<readonly [string, Fields]>([
    ["another host", { redirect_uri: "https://evil.example/" }],
    ["another path", { redirect_uri: "http://127.0.0.1:49152/other" }],
    ["https in the place of http", { redirect_uri: "https://127.0.0.1:49152/" }],
    ["a name that begins alike", { redirect_uri: "http://localhost.evil.example/" }],
    ["a fragment", { redirect_uri: "http://127.0.0.1:49152/#x" }],
    ["another client", { client_id: "1fc6ee07-0000-4000-8000-000000000000" }]
  ])("sends nobody anywhere for %s", ([, more]) =>
    Effect.gen(function* () {
      const { open, submit } = visitor(yield* make())
      for (const seen of [yield* open(more), yield* submit({ decision: "cancel" }, more)]) {
        expect([seen.status, seen.headers["location"]]).toEqual([400, undefined])
        expect(seen.text).toContain("AADSTS")
      }
    })
  )

  it.scopedLive("a port of this machine does not count, a form of another site does not either", () =>
    Effect.gen(function* () {
      const { open, submit } = visitor(yield* make())
      expect((yield* open({ redirect_uri: "http://localhost:1/" })).status).toBe(200)
      expect((yield* submit({ decision: "cancel" }, {}, { origin: "https://evil.example" })).status).toBe(403)
    })
  )

  it.scopedLive.each<readonly [string, Fields, string]>([
    ["another response type", { response_type: "token" }, "unsupported_response_type"],
    ["a scope of nobody", { scope: "openid" }, "invalid_scope"],
    ["a challenge that is too short", { code_challenge: "short" }, "invalid_request"],
    ["a challenge of another kind", { code_challenge_method: "S512" }, "invalid_request"]
  ])("tells the client of %s", ([, more, error]) =>
    Effect.gen(function* () {
      const { open } = visitor(yield* make())
      const seen = yield* open(more)
      expect([back(seen).get("error"), back(seen).get("state")]).toEqual([error, "the-state"])
    })
  )

  it.scopedLive.each<readonly [string, Fields, number]>([
    ["another verifier", { code_verifier: "another-verifier-of-forty-three-characters-x" }, 501481],
    ["no verifier", { code_verifier: "" }, 501471],
    ["another redirect address", { redirect_uri: "http://127.0.0.1:49153/" }, 500112],
    ["a code that nobody gave", { code: "0.Anything" }, 9002313]
  ])("gives no tokens for %s", ([, fields, code]) =>
    Effect.gen(function* () {
      const { redeem, signIn } = visitor(yield* make())
      expect(refusal(yield* redeem(yield* signIn(ada), fields))).toMatchObject({
        error: "invalid_grant",
        error_codes: [code]
      })
    })
  )

  it.scopedLive("gives tokens once for a code, and for ten minutes", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const { redeem, signIn } = visitor(server)
      const seen = yield* signIn(ada)
      expect((yield* redeem(seen)).status).toBe(200)
      expect(refusal(yield* redeem(seen)).error_codes).toEqual([54005])
      const late = yield* signIn(ada)
      yield* server.control.advance("10 minutes")
      expect(refusal(yield* redeem(late)).error_codes).toEqual([70008])
    })
  )

  it.scopedLive("the next answer can be falsified: another state, no iss, an error", () =>
    Effect.gen(function* () {
      const { control, ...server } = yield* make()
      const { submit } = visitor({ control, ...server })
      yield* control.azure.changeNextAnswer({ state: "forged", iss: null })
      yield* control.azure.changeNextAnswer({ error: "server_error" })
      const first = back(yield* submit({ decision: "cancel" }))
      expect([first.get("state"), first.get("iss")]).toEqual(["forged", null])
      expect(back(yield* submit({ decision: "cancel" })).get("error")).toBe("server_error")
      expect(back(yield* submit({ decision: "cancel" })).get("error")).toBe("access_denied")
    })
  )
})

describe.each(azureAdapters)("a sign-in of a page ($name)", ({ make }) => {
  it.scopedLive("its codes and refresh tokens are for browsers only, its answers readable there", () =>
    Effect.gen(function* () {
      const server = yield* make(withPage)
      const { redeem, signIn } = visitor(server, "v2", PAGE)
      const seen = yield* signIn(ada)
      expect(refusal(yield* redeem(seen)).error_codes).toEqual([9002327])
      const answer = yield* redeem(seen, {}, ORIGIN)
      expect([answer.status, answer.headers["access-control-allow-origin"]]).toEqual([200, "*"])
      const { refresh_token } = parsed<Tokens>(answer)
      expect(refusal(yield* server.refresh("v2", refresh_token)).error_codes).toEqual([9002327])
      const fields = { grant_type: "refresh_token", refresh_token: refresh_token ?? "" }
      expect((yield* server.token("v2", fields, ORIGIN)).status).toBe(200)
    })
  )

  it.scopedLive("redeems nothing without PKCE", () =>
    Effect.gen(function* () {
      const server = yield* make(withPage)
      const { redeem, signIn } = visitor(server, "v2", PAGE)
      const seen = yield* signIn(ada, { code_challenge: "", code_challenge_method: "" })
      expect(refusal(yield* redeem(seen, {}, ORIGIN)).error_codes).toEqual([9002325])
    })
  )

  it.scopedLive("its refresh tokens end 24 hours after the sign-in, however much they are used", () =>
    Effect.gen(function* () {
      const server = yield* make(withPage)
      const { redeem, signIn } = visitor(server, "v2", PAGE)
      const first = parsed<Tokens & { readonly refresh_token_expires_in: unknown }>(
        yield* redeem(yield* signIn(ada), {}, ORIGIN)
      )
      expect(first.refresh_token_expires_in).toBe(86_400)
      const renew = (refresh_token = "") =>
        server.token("v2", { grant_type: "refresh_token", refresh_token, scope: asked()["scope"] ?? "" }, ORIGIN)
      yield* server.control.advance("23 hours")
      const second = parsed<typeof first>(yield* renew(first.refresh_token))
      // The clock goes on between the calls.
      expect(Math.round(Number(second.refresh_token_expires_in) / 60)).toBe(60)
      yield* server.control.advance("1 hour")
      for (const token of [first.refresh_token, second.refresh_token]) {
        expect(refusal(yield* renew(token))).toMatchObject({ error: "invalid_grant", error_codes: [700084] })
      }
    })
  )

  it.scopedLive("passwords, device codes and codes of programs stay closed to it", () =>
    Effect.gen(function* () {
      const server = yield* make(withPage)
      const { redeem, signIn } = visitor(server)
      expect(refusal(yield* redeem(yield* signIn(ada), {}, ORIGIN)).error_codes).toEqual([9002326])
      const password = { grant_type: "password", username: ada.username, password: ada.password }
      expect(refusal(yield* server.token("v2", password, ORIGIN)).error_codes).toEqual([9002326])
      const own = parsed<Tokens>(yield* server.byPassword("v2", ada))
      const fields = { grant_type: "refresh_token", refresh_token: own.refresh_token ?? "" }
      expect(refusal(yield* server.token("v2", fields, ORIGIN)).error_codes).toEqual([9002326])
    })
  )
})

describe("a preflight", () => {
  it.scopedLive("is answered for registrations with a page, and allows no headers", () =>
    Effect.gen(function* () {
      const preflight = (azure: DevServer.AzureOptions) =>
        Effect.gen(function* () {
          const { azure: settings, url } = yield* DevServer.make({ azure })
          const response = yield* Effect.promise(() =>
            fetch(`${url}/${settings?.tenant}/oauth2/v2.0/token`, {
              method: "OPTIONS",
              headers: { ...ORIGIN, "access-control-request-method": "POST" }
            })
          )
          const { headers, status } = response
          return [status, headers.get("access-control-allow-origin"), headers.get("access-control-allow-headers")]
        })
      expect(yield* preflight(withPage)).toEqual([204, "*", null])
      expect(yield* preflight({})).toEqual([400, null, null])
    })
  )
})
