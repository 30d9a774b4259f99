/** What is said of a request holds no secret. */
import * as Headers from "@effect/platform/Headers"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { RequestReport } from "@mlserver-auth/core"
import { describe, expect, it } from "@effect/vitest"

describe("RequestReport", () => {
  it.each([
    ["https://user:secret@h:1/a?token=secret#secret", "https://h:1/a"],
    ["https://h/a@b?x", "https://h/a@b"],
    ["/services#secret", "/services"]
  ])("the bare address of %s is %s", (url, bare) => {
    expect(RequestReport.bareUrl(url)).toBe(bare)
  })

  it("a reported request has its method, its bare address and harmless headers, and no body", () => {
    const secret = Object.fromEntries(RequestReport.SENSITIVE.map((name) => [name, "secret"]))
    const request = HttpClientRequest.post("https://h/a?secret", { headers: { ...secret, accept: "text/plain" } })
    const reported = RequestReport.reported(HttpClientRequest.bodyText(request, "secret"))
    expect(reported).toMatchObject({ method: "POST", url: "https://h/a", headers: { accept: "text/plain" } })
    expect(JSON.stringify({ ...reported })).not.toContain("secret")
    expect(request.headers["cookie"]).toBe("secret")
  })

  it("headers without secrets are the same object", () => {
    const headers = Headers.fromInput({ accept: "text/plain" })
    expect(RequestReport.maskedHeaders(headers)).toBe(headers)
  })
})
