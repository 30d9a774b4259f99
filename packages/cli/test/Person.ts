/** A person at the authority's page, on another device: an HTTP client that fills in its forms. */
import type { AzureDirectory } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import { assert } from "vitest"

const send = (page: string, fields: Readonly<Record<string, string>>) =>
  Effect.promise(() => fetch(page, { method: "POST", body: new URLSearchParams(fields) }))

/** Types the code on the first page; the second shows what it is for. */
const enter = (page: string, userCode: string) =>
  Effect.gen(function* () {
    const response = yield* send(page, { user_code: userCode })
    assert.strictEqual(response.status, 200, "the page knows the code")
    assert.include(yield* Effect.promise(() => response.text()), "Approve")
  })

/** Enters the code, signs in and approves. */
export const approve = (page: string, userCode: string, user: AzureDirectory.User) =>
  Effect.gen(function* () {
    yield* enter(page, userCode)
    const { password, username } = user
    assert(typeof password === "string")
    const fields = { user_code: userCode, decision: "approve", username, password, mfa: "on" }
    return (yield* send(page, fields)).status
  })

/** Enters the code, and says that it was not them. */
export const decline = (page: string, userCode: string) =>
  Effect.zipRight(enter(page, userCode), send(page, { user_code: userCode, decision: "decline" }))
