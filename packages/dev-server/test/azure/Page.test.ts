import { createHash } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as AzureDirectory from "../../src/AzureDirectory.js"
import * as Html from "../../src/azure/Html.js"
import { parsed } from "../Adapters.js"
import { type AzurePeer, azureAdapters, type Fields, refusal, type Tokens } from "./AzurePeer.js"

const { ada, blocked, clientid, disabled, olga, resource, withMfa } = AzureDirectory

const pageOf = (server: AzurePeer, code: { readonly verification_url?: string }) =>
  (code.verification_url ?? "").slice(server.url.length)

/** A person at the page of a code. */
const atPage = (server: AzurePeer) =>
  Effect.map(server.deviceCode("v1"), (code) => {
    const page = pageOf(server, code)
    const submit = (fields: Fields, headers?: Fields) =>
      server.post(page, { user_code: code.user_code, ...fields }, headers)
    const answer = (decision: string, who: Fields, more: Fields = {}) =>
      submit({ decision, username: who["username"] ?? "", password: who["password"] ?? "", ...more })
    return { code, page, submit, answer, poll: server.poll("v1", code) }
  })

const who = ({ password, username }: { readonly username: string; readonly password: string }) => ({
  username,
  password
})

/** The fields of the form on a page, as a browser would send them back. */
const fields = (html: string): ReadonlyArray<string> =>
  [...html.matchAll(/<(?:input|button)\b[^>]*\bname="([^"]+)"/g)].map(([, name]) => name ?? "")

describe.each(azureAdapters)("the page of a device code ($name)", ({ make }) => {
  it.scopedLive("asks for the code, shows who asks for what, and lets the device in", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const { code, page, poll, submit } = yield* atPage(server)
      const first = yield* server.ask("GET", page)
      expect([first.status, fields(first.text)]).toEqual([200, ["user_code"]])
      const second = yield* submit({ user_code: code.user_code.toLowerCase() })
      expect(fields(second.text)).toEqual(["user_code", "username", "password", "mfa", "decision", "decision"])
      expect([second.text.includes(clientid), second.text.includes(resource)]).toEqual([true, true])
      const last = yield* submit({ ...who(olga), decision: "approve" })
      expect([last.status, last.text.includes("You are signed in")]).toEqual([200, true])
      expect(yield* server.call(parsed<Tokens>(yield* poll).access_token)).toBe(200)
    })
  )

  it.scopedLive("declines without a password", () =>
    Effect.gen(function* () {
      const { answer, poll, submit } = yield* atPage(yield* make())
      expect((yield* answer("decline", {})).text).toContain("You declined")
      expect(refusal(yield* poll)).toMatchObject({ status: 400, error: "authorization_declined" })
      expect((yield* submit({})).status).toBe(400)
    })
  )

  it.scopedLive("wants the second factor of whoever has one, and lets try again", () =>
    Effect.gen(function* () {
      const { answer, poll } = yield* atPage(yield* make())
      const without = yield* answer("approve", who(withMfa))
      expect([without.status, without.text.includes("AADSTS50076")]).toEqual([400, true])
      expect(without.text).toContain(`value="${withMfa.username}"`)
      expect(refusal(yield* poll).error).toBe("authorization_pending")
      expect((yield* answer("approve", who(withMfa), { mfa: "on" })).status).toBe(200)
      expect((yield* poll).status).toBe(200)
    })
  )

  it.scopedLive.each([
    ["a wrong password", { ...ada, password: "wrong" }, 400, 50126],
    ["a disabled user", disabled, 400, 50057],
    ["a user whom a policy blocks", blocked, 403, 53003]
  ] as const)("does not let in %s", ([, user, status, code]) =>
    Effect.gen(function* () {
      const { answer, poll } = yield* atPage(yield* make())
      const seen = yield* answer("approve", who(user), { mfa: "on" })
      expect([seen.status, seen.text.includes(`AADSTS${code}`)]).toEqual([status, true])
      expect(refusal(yield* poll).error_codes).toEqual([code === 53003 ? 53003 : 70016])
    })
  )

  it.scopedLive.each([
    ["no code", ""],
    ["a code nobody waits for", "BBBBBBBBB"],
    ["markup", '"><script>alert(1)</script>']
  ] as const)("says that %s did not work, and shows the form again", ([, user_code]) =>
    Effect.gen(function* () {
      const { submit } = yield* atPage(yield* make())
      const seen = yield* submit({ user_code })
      expect([seen.status, fields(seen.text)]).toEqual([400, ["user_code"]])
      expect(seen.text).toContain('role="alert"')
      expect(seen.text).not.toContain("<script")
    })
  )

  it.scopedLive("takes a code no more once it has ended or was decided", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const { code, submit } = yield* atPage(server)
      yield* server.control.advance("15 minutes")
      expect((yield* submit({})).status).toBe(400)
      expect(yield* server.control.azure.expire(code.user_code)).toBe(false)
    })
  )

  it.scopedLive("repeats what was typed as text, never as markup", () =>
    Effect.gen(function* () {
      const { answer } = yield* atPage(yield* make())
      const seen = yield* answer("approve", { username: "\"><img src=x onerror=alert(1)>&'", password: "p" })
      expect(seen.text).not.toContain("<img")
      expect(seen.text).toContain("&quot;&gt;&lt;img src=x onerror=alert(1)&gt;&amp;&#39;")
    })
  )

  it.scopedLive("runs no script, loads nothing, is framed by nobody, and its one style is the one it allows", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const { page } = yield* atPage(server)
      const { headers, text } = yield* server.ask("GET", page)
      const style = /<style>([^]*)<\/style>/.exec(text)?.[1] ?? ""
      const hash = createHash("sha256").update(style).digest("base64")
      expect(headers["content-security-policy"]).toBe(
        `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`
      )
      expect(headers).toMatchObject({ "cache-control": "no-store", "x-content-type-options": "nosniff" })
      expect(text).not.toMatch(/<script|javascript:|\son\w+=|https?:/i)
    })
  )

  it.scopedLive("can be used by ear and by keyboard: a language, a title, a heading, and a label for every field", () =>
    Effect.gen(function* () {
      const { submit } = yield* atPage(yield* make())
      const { text } = yield* submit({})
      expect(text).toMatch(/<html lang="en">[^]*<title>Sign in[^]*<h1>Sign in<\/h1>/)
      const shown = [...text.matchAll(/<input id="([^"]+)"/g)].map(([, id]) => id)
      expect(shown.filter((id) => !text.includes(`for="${id}"`))).toEqual([])
      expect(shown.length).toBe(3)
    })
  )

  it.scopedLive("takes no form that another site sent", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const { poll, submit } = yield* atPage(server)
      const fields = { ...who(ada), decision: "approve" }
      const foreign = yield* submit(fields, { origin: "https://evil.example" })
      expect([foreign.status, refusal(yield* poll).error]).toEqual([403, "authorization_pending"])
      expect((yield* submit(fields, { origin: server.url })).status).toBe(200)
    })
  )
})

describe("text on a page", () => {
  it("is escaped where markup begins, in attributes too", () => {
    expect(Html.escaped(`<a href="x" title='y'>&`)).toBe("&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;")
  })
})
