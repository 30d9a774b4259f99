/** What an engine's failure comes to: most pass, and are tried again; what a person must mend is told at once. */
import { assert, describe, it } from "@effect/vitest"
import { failureOf } from "../src/internal/statements.js"

const of = (code: string | undefined) => failureOf({ cause: code === undefined ? new Error("?") : { code } })

describe("a failure of PostgreSQL", () => {
  // Of Node, some as long as a SQLSTATE.
  for (const code of ["EPIPE", "ECONNRESET", "ECONNREFUSED", "ENOENT", "EBADF", "EMFILE", undefined]) {
    it(`that is the connection's (${code}) passes`, () => {
      assert.deepInclude(of(code), { retryable: true })
      assert.match(of(code).problem, /^it cannot be reached/)
    })
  }

  for (const code of ["57P01", "57P03", "08006", "40001", "53300", "25006", "57014", "55P03"]) {
    it(`that passes by itself (${code}) is tried again`, () => assert.deepInclude(of(code), { retryable: true }))
  }

  it("of a replica says where to go", () => assert.include(of("25006").fix, "Connect to the primary"))

  for (const code of ["42P01", "42501", "28P01", "XX000", "22021"]) {
    it(`that does not (${code}) is told`, () => {
      assert.deepInclude(of(code), { retryable: false })
      assert.include(of(code).problem, code)
    })
  }
})
