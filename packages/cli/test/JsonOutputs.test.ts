import { assert, describe, it } from "@effect/vitest"
import { ExitCode } from "../src/cli/exitCode.js"
import type { AuthError } from "@mlserver-auth/core/AuthError"
import type { ListenError } from "@mlserver-auth/dev-server/DevServer"
import type { ApiRefused } from "../src/api/refused.js"
import type { TokenRefused } from "../src/auth/signIn/signInChecks.js"
import type { TokenUnverified } from "../src/auth/tokenInspection.js"
import type { OutputFailed } from "../src/cli/output.js"
import type { UsageError } from "../src/cli/usage.js"
import type { ProfileUnknown, ServerUnknown } from "../src/config/selection.js"
import type { ChecksFailed } from "../src/doctor/check.js"
import type { ServiceFailed } from "../src/services/failed.js"
import type { Protection } from "../src/config/tokenLocation.js"
import type { Origin } from "../src/config/selection.js"
import * as JsonOutputs from "./JsonOutputs.js"
import { published, type Schema } from "./JsonSchemas.js"

/** The words that a field may be, by the path to it. */
const wordsAt = (name: string, ...path: ReadonlyArray<string>): ReadonlySet<unknown> => {
  const start: Schema | undefined = published.get(name)
  const found = path.reduce<Schema | undefined>(
    (schema, field) => schema?.properties?.[field] ?? schema?.$defs?.[field],
    start
  )
  return new Set(found?.enum)
}

type Own = UsageError | ServerUnknown | ProfileUnknown | ApiRefused | ServiceFailed | OutputFailed
type Tried = TokenRefused | TokenUnverified | ChecksFailed | ListenError
type Code = (AuthError | Own | Tried)["_tag"] | "RequestInvalid" | "Fault"

const CODES: Readonly<Record<Code, true>> = {
  ConfigurationInvalid: true,
  CredentialRequired: true,
  CredentialRejected: true,
  InteractionRequired: true,
  SessionExpired: true,
  RequestUnauthorized: true,
  ServerUnavailable: true,
  RenewalUncertain: true,
  InvalidResponse: true,
  StoreUnavailable: true,
  UsageError: true,
  ServerUnknown: true,
  ProfileUnknown: true,
  ApiRefused: true,
  ServiceFailed: true,
  OutputFailed: true,
  TokenRefused: true,
  TokenUnverified: true,
  ChecksFailed: true,
  ListenError: true,
  RequestInvalid: true,
  Fault: true
}

const PLACES: Readonly<Record<Protection, true>> = {
  keyring: true,
  encrypted: true,
  file: true,
  memory: true,
  unknown: true
}

const CHOOSERS: Readonly<Record<Origin["by"], true>> = {
  argument: true,
  option: true,
  environment: true,
  directory: true,
  configuration: true
}

describe("the published schemas", () => {
  it("have every code of an error, and no other", () => {
    assert.deepStrictEqual(wordsAt("error", "Problem", "code"), new Set(Object.keys(CODES)))
  })

  it("have every exit code of a failure that is told: not success, and no signal", () => {
    const { ok: _ok, sigint: _sigint, sigterm: _sigterm, ...told } = ExitCode
    assert.deepStrictEqual(wordsAt("error", "Problem", "exit"), new Set<unknown>(Object.values(told)))
  })

  it("have every place of a session, and everything that chooses one", () => {
    assert.deepStrictEqual(wordsAt("refresh", "store", "kind"), new Set(Object.keys(PLACES)))
    assert.deepStrictEqual(wordsAt("refresh", "ChosenBy", "by"), new Set(Object.keys(CHOOSERS)))
  })

  it("take no field more, none less, and none of another name or kind", () => {
    const good = { server: "https://h", wasSignedIn: true, revocation: "revoked", forgotten: null }
    assert.isUndefined(JsonOutputs.faultOf("logout", good))
    const { wasSignedIn, ...less } = good
    for (const bad of [
      less,
      { ...less, signedIn: wasSignedIn },
      { ...good, more: 1 },
      { ...good, revocation: "Revoked" },
      { ...good, wasSignedIn: "yes" }
    ]) {
      assert.isString(JsonOutputs.faultOf("logout", bad), JSON.stringify(bad))
    }
  })

  it("take a point in time in UTC, of a day that there is", () => {
    const code = (expiresAt: string) => ({ event: "code", userCode: "ABC", verificationUri: "https://h", expiresAt })
    for (const good of ["2026-11-22T12:15:00.000Z", "2028-02-29T23:59:59Z"]) {
      assert.isUndefined(JsonOutputs.faultOf("login-event", code(good)), good)
    }
    for (const bad of [
      "2026-11-22T12:15:00.000+01:00",
      "2026-11-22 12:15:00Z",
      "2026-11-22T12:15Z",
      "2026-02-30T12:15:00Z",
      "2026-13-01T12:15:00Z",
      "1795349700"
    ]) {
      assert.isString(JsonOutputs.faultOf("login-event", code(bad)), bad)
    }
  })
})

describe("the watch on what the program prints", () => {
  const told = (exit: number) =>
    `${JSON.stringify({
      error: { code: "UsageError", exit, message: "m", transient: false, fix: [], docs: "https://h#usageerror" }
    })}\n`
  const quiet = { code: 0, stdout: "", stderr: "" }

  it("wants an answer that the command may give, on a line of its own", () => {
    const check = (args: ReadonlyArray<string>, stdout: string) => () =>
      JsonOutputs.check([...args, "--json"], { ...quiet, stdout })
    const answer = `{"default":"lab"}\n`
    assert.deepStrictEqual(check(["profile", "use", "lab"], answer)(), ["profile-use"])
    assert.throws(check(["profile", "rename", "lab", "x"], answer), /profile-rename/)
    assert.throws(check(["profile", "use", "lab"], `done\n${answer}`), /no JSON object/)
    assert.throws(check(["brew"], answer), /has no schema/)
  })

  it("wants a failure told on the last line of stderr, with the exit code that it has", () => {
    const check = (code: number, stderr: string) => () =>
      JsonOutputs.check(["status", "--json"], { ...quiet, code, stderr })
    check(2, `a notice\n${told(2)}`)()
    check(130, "")()
    assert.throws(check(2, told(3)), /not the one that was told/)
    assert.throws(check(2, `${told(2)}a notice\n`), /no JSON object/)
    assert.throws(check(2, ""), /no JSON object/)
  })

  it("looks at nothing without --json, nor at help", () => {
    for (const args of [["status"], ["status", "--json", "--help"], ["api", "x", "--", "--json"]]) {
      assert.deepStrictEqual(JsonOutputs.check(args, { code: 2, stdout: "text\n", stderr: "text\n" }), [])
    }
  })

  it("knows a line among those of a shell that no schema has", () => {
    JsonOutputs.checkShell("mls profile use lab --json; date", `{"default":"lab"}\r\ntoday\n`)
    assert.throws(() => JsonOutputs.checkShell("mls profile use lab --json", `{"Default":"lab"}\n`), /no schema has it/)
  })
})
