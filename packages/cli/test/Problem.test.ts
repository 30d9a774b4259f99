import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import { CredentialRequired, RenewalUncertain, ServerUnavailable, SessionExpired } from "@mlserver-auth/core/AuthError"
import * as Problem from "../src/cli/problem.js"

const request = HttpClientRequest.get("https://mlserver.example.com:12800/services?refreshToken=s3cret")

describe("a request that cannot be sent", () => {
  for (const [reason, word] of [
    ["InvalidUrl", "address"],
    ["Encode", "body"]
  ] as const) {
    it(`is a mistake of whoever typed it, not of the network: ${reason}`, () => {
      const problem = Problem.fromFailure(new HttpClientError.RequestError({ request, reason }))
      assert.deepInclude(problem, { code: "RequestInvalid", exit: 2, transient: false })
      assert.include(problem.message, word)
      assert.notMatch(`${problem.message} ${problem.fix.join(" ")}`, /reached|network|proxy/)
      assert.notInclude(JSON.stringify(Problem.toJson(problem)), "s3cret")
    })
  }

  it("is another matter than a server that was not reached", () => {
    const error = new HttpClientError.RequestError({ request, reason: "Transport", description: "ECONNREFUSED" })
    const problem = Problem.fromFailure(error)
    assert.deepInclude(problem, { code: "ServerUnavailable", exit: 7, transient: true })
    assert.include(problem.message, "ECONNREFUSED")
  })
})

describe("a failure as JSON", () => {
  const server = "https://mlserver.example.com:12800"
  const reasonOf = (error: Problem.Failure) => Problem.fromFailure(error).reason

  it("says why, of whichever error, since programs decide by it", () => {
    assert.strictEqual(reasonOf(new CredentialRequired({ reason: "SignedOut", detail: "" })), "SignedOut")
    assert.strictEqual(reasonOf(new SessionExpired({ reason: "Idle", server })), "Idle")
    assert.strictEqual(reasonOf(new ServerUnavailable({ operation: "renewal", reason: "Timeout", server })), "Timeout")
    assert.strictEqual(reasonOf(new RenewalUncertain({ reason: "Interrupted", server })), "Interrupted")
  })

  it("says where its code is explained", () => {
    const problem = Problem.fromFailure(new SessionExpired({ reason: "Idle", server }))
    assert.nestedPropertyVal(
      Problem.toJson(problem),
      "error.docs",
      "https://github.com/mlserver-auth/mlserver-auth/blob/main/docs/reference/errors.md#sessionexpired"
    )
  })
})
