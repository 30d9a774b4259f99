import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Challenge from "../src/Challenge.js"
import * as UnauthorizedPolicy from "../src/UnauthorizedPolicy.js"

type Row = readonly [status: number, attempt: number, header: string | undefined, replayable: boolean, decision: string]

const asked = ([status, attempt, header, replayable]: Row): UnauthorizedPolicy.Answer => ({
  status,
  attempt,
  challenges: Challenge.parse(header),
  replayable
})

const rows: ReadonlyArray<Row> = [
  [400, 1, undefined, true, "Pass"],
  [403, 1, undefined, true, "Pass"],
  [403, 1, 'Bearer error="invalid_token"', true, "Pass"],
  [403, 2, 'Bearer error="insufficient_scope"', false, "Pass"],
  [404, 2, undefined, true, "Pass"],
  [407, 1, "Basic", true, "Pass"],
  [500, 1, 'Bearer error="invalid_token"', true, "Pass"],
  [401, 1, undefined, true, "Renew"],
  [401, 1, "", true, "Renew"],
  [401, 1, "Bearer", true, "Renew"],
  [401, 1, "Negotiate, NTLM", true, "Renew"],
  [401, 1, 'Bearer error="invalid_token"', true, "Renew"],
  [401, 1, 'Bearer error="temporarily_odd"', true, "Renew"],
  [401, 1, 'Basic error="insufficient_scope"', true, "Renew"],
  [401, 1, undefined, false, "RenewOnly"],
  [401, 1, "Negotiate", false, "RenewOnly"],
  [401, 1, 'Bearer error="invalid_token"', false, "RenewOnly"],
  [401, 1, 'Bearer error="insufficient_scope"', true, "Reject"],
  [401, 1, 'Bearer error="insufficient_scope"', false, "Reject"],
  [401, 1, 'Bearer error="invalid_request"', true, "Reject"],
  [401, 1, "Negotiate, bearer ERROR=invalid_request", true, "Reject"],
  [401, 2, undefined, true, "Reject"],
  [401, 2, undefined, false, "Reject"],
  [401, 2, 'Bearer error="invalid_token"', true, "Reject"],
  [401, 3, 'Bearer error="invalid_token"', true, "Reject"]
]

describe("UnauthorizedPolicy", () => {
  it.each<[attempt: number, header: string | undefined, decision: string]>([
    [1, undefined, "Renew"],
    [2, undefined, "Renew"],
    [2, 'Bearer error="invalid_token"', "Renew"],
    [2, 'Bearer error="insufficient_scope"', "Reject"],
    [3, undefined, "Reject"]
  ])(
    "standard: 401, try %i, %j, with a token that has ended or was replaced meanwhile: %s",
    (...[attempt, header, decision]) => {
      const answer = { ...asked([401, attempt, header, true, decision]), outdated: true }
      expect(UnauthorizedPolicy.standard.decide(answer)).toBe(decision)
    }
  )

  it.each(rows)("standard: %i, try %i, %j, replayable %s: %s", (...row) => {
    expect(UnauthorizedPolicy.standard.decide(asked(row))).toBe(row[4])
  })

  it.each(rows)("never: %i, try %i, %j, replayable %s is handed on", (...row) => {
    expect(UnauthorizedPolicy.never.decide(asked(row))).toBe("Pass")
  })

  it.effect("is the standard one unless the application provides another", () =>
    Effect.gen(function* () {
      // By what it decides: Effect keeps one default for a name in a thread, and another copy of core, as bundles have one, may have
      // given its own first.
      const { decide } = yield* UnauthorizedPolicy.UnauthorizedPolicy
      for (const row of rows) expect(decide(asked(row))).toBe(row[4])
      const other = Effect.provideService(
        UnauthorizedPolicy.UnauthorizedPolicy,
        UnauthorizedPolicy.UnauthorizedPolicy,
        UnauthorizedPolicy.never
      )
      expect(yield* other).toBe(UnauthorizedPolicy.never)
    })
  )
})
