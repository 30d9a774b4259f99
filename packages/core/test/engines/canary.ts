/** A token and its key, of which no word may be found where it is not sealed. */
import { Token, TokenKey } from "@mlserver-auth/core"
import { assert } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"

export const key = TokenKey.make({ issuer: "https://canary-server.test", principal: "canary-user" })
export const otherKey = TokenKey.make({ issuer: "https://canary-server.test", principal: "canary-other" })

export const received = (name: string): Token.Received => ({
  accessToken: Redacted.make(`canary-access-${name}`),
  refreshToken: Redacted.make(`canary-refresh-${name}`),
  obtainedAt: 1000,
  expiresAt: 2000,
  clockDifference: 0
})

export const token = (name: string): Token.Token => Token.first(received(name), "canary-person")

export const assertNone = (...shown: ReadonlyArray<unknown>): void => {
  for (const each of shown) {
    const text = typeof each === "string" ? each : inspect(each, { depth: 20 }) + JSON.stringify(each) + String(each)
    assert.notInclude(text, "canary")
  }
}
