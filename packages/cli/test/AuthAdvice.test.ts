import { assert, describe, it } from "@effect/vitest"
import * as AuthError from "@mlserver-auth/core/AuthError"
import * as ServerEndpoint from "@mlserver-auth/core/ServerEndpoint"
import * as EntraAdvice from "@mlserver-auth/core/EntraAdvice"
import * as Either from "effect/Either"
import * as AuthAdvice from "../src/cli/advice.js"
import { quoted } from "../src/text/shellQuote.js"
import { withMethod } from "../src/cli/sameCommand.js"

const server = "https://login.microsoftonline.com"

const errorOf = ({ code, fix, reason, remedy, says, setting }: EntraAdvice.Advice): AuthError.AuthError => {
  const own = fix === "" ? {} : { fix }
  const diagnosis = { error: "invalid_grant", codes: [code], says, remedy, ...own }
  return setting === undefined
    ? new AuthError.CredentialRejected({ reason, server, diagnosis })
    : new AuthError.ConfigurationInvalid({ setting, problem: says, fix, diagnosis })
}

describe("advice", () => {
  it("speaks of commands and options, for each of Azure's numbers", () => {
    for (const advice of EntraAdvice.table) {
      const lines = AuthAdvice.fixOf(errorOf(advice))
      assert.isAbove(lines.length, 0, String(advice.code))
      for (const line of lines) {
        assert.notMatch(line, /in code|Credential\.|Session\.|`(authuri|tenant|clientid|resource|wire)\b/)
        assert.notMatch(line, /Sign in( again| with a device code or in the browser)?\.$/)
        // A step that the library puts in words only, as it knows no options.
        if (line.includes("a device code")) assert.include(line, "a device code (`--method aad-device`)")
      }
    }
  })

  it("is the command that repeats the sign-in which was refused", () => {
    const refused = (reason: AuthError.CredentialRejected["reason"]) =>
      AuthAdvice.fixOf(new AuthError.CredentialRejected({ reason, server }))
    for (const reason of ["DeviceCodeDeclined", "DeviceCodeExpired", "DeviceCodeUnknown"] as const) {
      assert.deepStrictEqual(refused(reason), ["mls login --method aad-device"])
    }
    for (const reason of ["SignInDeclined", "SignInExpired", "SignInUnknown", "CallbackMismatch"] as const) {
      assert.deepStrictEqual(refused(reason), ["mls login --method aad-browser"])
    }
    assert.deepStrictEqual(AuthAdvice.fixOf(new AuthError.SessionExpired({ reason: "Idle", server })), ["mls login"])
  })

  it("names the option for a device code where it is one way among others", () => {
    const [line, ...more] = AuthAdvice.fixOf(new AuthError.CredentialRejected({ reason: "Refused", server }))
    assert.include(line, "a device code (`--method aad-device`) or the browser")
    assert.deepStrictEqual(more, [])
  })

  it("says the same as the library where it has words of its own for a step, but for the option", () => {
    for (const advice of EntraAdvice.table.filter(({ fix }) => fix.includes("a device code"))) {
      const [line] = AuthAdvice.fixOf(errorOf(advice))
      const plain = line?.replaceAll("`--method aad-device`", "").replaceAll(" ()", "").replaceAll("`--", "`")
      assert.strictEqual(plain, advice.fix)
    }
  })

  it("names options for what the library calls by its names in code", () => {
    const insecure = Either.getOrThrow(Either.flip(ServerEndpoint.make("http://mlserver.example.com")))
    assert.match(AuthAdvice.fixOf(insecure).join(), /say `--allow-http`\.$/)
    const operation = "sign-in"
    const code = "CERT_HAS_EXPIRED"
    const expired = new AuthError.ServerUnavailable({ operation, server, reason: "Transport", code })
    assert.match(AuthAdvice.fixOf(expired).join(), /`--cacert FILE`, or NODE_EXTRA_CA_CERTS/)
    const strange = new AuthError.InvalidResponse({ operation, server, status: 200, problem: "it is HTML" })
    assert.match(AuthAdvice.fixOf(strange).join(), /is `--login-path` right/)
    const silent = new AuthError.CredentialRequired({ reason: "NotInteractive", detail: "" })
    assert.match(AuthAdvice.fixOf(silent).join(), /`--password-stdin`/)
  })

  it("has the command alone on its line, as it is typed", () => {
    const mfa = EntraAdvice.lookup([50076])
    const registration = EntraAdvice.lookup([50079])
    assert(mfa !== undefined && registration !== undefined)
    assert.deepStrictEqual(AuthAdvice.fixOf(errorOf(mfa)), ["mls login --method aad-device"])
    assert.deepStrictEqual(AuthAdvice.fixOf(errorOf(registration)), [
      "Register at https://aka.ms/mfasetup.",
      "mls login --method aad-device"
    ])
  })

  it("for a session that takes a person forces a new sign-in, with the claims quoted for a shell", () => {
    const claims = `{"access_token":{"acrs":{"value":"it's"}}}`
    const { fix, says } = EntraAdvice.lookup([50055]) ?? {}
    const diagnosis = { error: "invalid_grant", codes: [50055], says, fix }
    const error = new AuthError.InteractionRequired({ reason: "PasswordExpired", server, claims, diagnosis })
    const [first, last] = AuthAdvice.fixOf(error)
    assert.include(first, "Change it in a browser")
    assert.strictEqual(
      last,
      `mls login --method aad-device --force --claims '{"access_token":{"acrs":{"value":"it'\\''s"}}}'`
    )
  })
})

describe("the same command", () => {
  it("keeps settings, and drops what belongs to the refused attempt and who it was", () => {
    const typed = ["login", "https://h", "--method=aad-password", "--tenant", "t", "-u", "mary", "--user=eve", "--json"]
    assert.strictEqual(withMethod(typed, "aad-device"), "mls login https://h --tenant t --method aad-device")
  })

  it("quotes what a shell would take apart", () => {
    assert.strictEqual(quoted("a b"), "'a b'")
    assert.strictEqual(quoted("$(id)"), "'$(id)'")
    assert.strictEqual(quoted("it's"), String.raw`'it'\''s'`)
    assert.strictEqual(quoted(""), "''")
    assert.strictEqual(quoted("https://h:12800/x"), "https://h:12800/x")
  })
})
