/** What the checks of a store are made of. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { StoreUnavailable } from "../AuthError.js"
import * as Token from "../Token.js"
import * as TokenKey from "../TokenKey.js"
import { TokenStore } from "../TokenStore.js"

/**
 * A check that failed.
 *
 * @example
 * import { TokenStoreContract } from "@mlserver-auth/core/testing"
 * import * as Console from "effect/Console"
 * import * as Effect from "effect/Effect"
 *
 * // Without a test runner: a line for each check that failed.
 * const report = Effect.forEach(TokenStoreContract.checks, ({ name, run }) =>
 *   Effect.catchTag(run, "ContractBroken", ({ message }) => Console.error(`${name}: ${message}`))
 * )
 */
export class ContractBroken extends Data.TaggedError("ContractBroken")<{ readonly message: string }> {}

/** One check: a name for the test runner, and the effect to run with the store that is checked. */
export interface Check {
  readonly name: string
  readonly run: Effect.Effect<void, ContractBroken | StoreUnavailable, TokenStore>
}

export const key = (principal: string) => TokenKey.make({ issuer: "https://contract.example", principal })

export const token = (name: string): Token.Token =>
  Token.first(
    {
      accessToken: Redacted.make(`access-${name}`),
      refreshToken: Redacted.make(`refresh/${name}+=`),
      obtainedAt: 1_700_000_000_000,
      expiresAt: 1_700_003_600_000,
      clockDifference: -250
    },
    "Zoë ☃ \\ / .."
  )

export const expect = (holds: boolean, message: string): Effect.Effect<void, ContractBroken> =>
  holds ? Effect.void : Effect.fail(new ContractBroken({ message }))

export const same = (a: Option.Option<Token.Token>, b: Token.Token): boolean =>
  Option.isSome(a) &&
  Token.isSame(a.value, b) &&
  a.value.refreshToken !== undefined &&
  b.refreshToken !== undefined &&
  Redacted.value(a.value.refreshToken) === Redacted.value(b.refreshToken) &&
  a.value.expiresAt === b.expiresAt &&
  a.value.principal === b.principal &&
  a.value.generation === b.generation &&
  a.value.clockDifference === b.clockDifference &&
  a.value.chainStartedAt === b.chainStartedAt

export const check = (
  name: string,
  body: (store: TokenStore["Type"]) => Effect.Effect<void, ContractBroken | StoreUnavailable>
) => ({
  name,
  run: Effect.flatMap(TokenStore, body)
})
