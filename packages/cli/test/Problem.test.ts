import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Problem from "../src/Problem.js"

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
