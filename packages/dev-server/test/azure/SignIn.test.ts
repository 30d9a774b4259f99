import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import type { Obstacle } from "../../src/AzureDirectory.js"
import * as SignIn from "../../src/azure/SignIn.js"

const MINUTE = 60_000

const user = (username: string, obstacle?: Obstacle): readonly [string, SignIn.User] => [
  username,
  { username, password: Redacted.make("right"), groups: [], obstacle, oid: username }
]

const rules: SignIn.Rules = {
  users: new Map([user("ada@x"), user("mary@x", "mfa"), user("dorothy@x", "disabled")]),
  tenant: "t",
  client: "c",
  lockoutThreshold: 3,
  lockoutDuration: MINUTE
}

/** What passwords are told, one a second. */
const tries = (passwords: ReadonlyArray<string>, username = "ada@x", start = SignIn.empty) => {
  let state = start
  const told = passwords.map((password, at) => {
    const [answer, next] = SignIn.byPassword(rules, state, { username, password }, "v1", at * 1000)
    state = next
    return Either.isRight(answer) ? "in" : answer.left.code
  })
  return { told, state }
}

describe("a password", () => {
  it("locks the account when it was wrong too often, for the right one too, until the lock is over", () => {
    const { state, told } = tries(["wrong", "wrong", "wrong", "right"])
    expect(told).toEqual([50126, 50126, 50126, 50053])
    const later = (now: number) =>
      Either.isRight(SignIn.byPassword(rules, state, { username: "ada@x", password: "right" }, "v1", now)[0])
    expect([later(2000 + MINUTE - 1), later(2000 + MINUTE)]).toEqual([false, true])
  })

  it("that was right sets the count of wrong ones back", () => {
    const { told } = tries(["wrong", "wrong", "right", "wrong", "wrong", "right"])
    expect(told).toEqual([50126, 50126, "in", 50126, 50126, "in"])
  })

  it("of one user locks nobody else out, and no name that does not exist", () => {
    const { state } = tries(["wrong", "wrong", "wrong"])
    expect(tries(["right"], "mary@x", state).told).toEqual([50076])
    expect(tries(["a", "b", "c", "d"], "nobody@x").told).toEqual([50034, 50034, 50034, 50034])
  })

  it("belongs to a name however it is written", () => {
    expect(tries(["right"], "ADA@X").told).toEqual(["in"])
  })

  it("that comes again right after it was refused is counted, by the name it is for", () => {
    const { state } = tries(["wrong", "wrong", "other", "wrong", "right", "wrong"])
    expect(state.counts).toEqual({
      passwordGrants: 0,
      passwordGrantsRefused: 6,
      refusedWith: { 50126: 3, 50053: 3 },
      refusedPasswordsRepeated: 1
    })
    expect(tries(["right"], "mary@x", state).state.counts.refusedPasswordsRepeated).toBe(1)
  })
})

describe("at the page", () => {
  const at = (username: string, password: string, secondFactor: boolean) => {
    const [answer] = SignIn.atPage(rules, SignIn.empty, { username, password, secondFactor }, 0)
    return Either.isRight(answer) ? "in" : answer.left.code
  }

  it.each([
    ["mary@x", "right", false, 50076],
    ["mary@x", "right", true, "in"],
    ["mary@x", "wrong", true, 50126],
    ["ada@x", "right", false, "in"],
    ["dorothy@x", "right", true, 50057],
    ["nobody@x", "right", true, 50034]
  ] as const)("%s with a %s password and second factor %s: %s", (username, password, secondFactor, told) => {
    expect(at(username, password, secondFactor)).toBe(told)
  })

  it("wrong passwords count towards the lock that password grants meet", () => {
    const wrong = { username: "ada@x", password: "wrong", secondFactor: true }
    const once = (state: SignIn.State) => SignIn.atPage(rules, state, wrong, 0)[1]
    expect(tries(["right"], "ada@x", once(once(once(SignIn.empty)))).told).toEqual([50053])
  })
})

describe("whatever was tried", () => {
  it("nobody gets in with a wrong password, and the counters add up", () =>
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(FastCheck.constantFrom("right", "wrong", "other"), { maxLength: 30 }),
        (them) => {
          const { state, told } = tries(them)
          expect(told.filter((it, at) => it === "in" && them[at] !== "right")).toEqual([])
          const { counts } = state
          expect(counts.passwordGrants + counts.passwordGrantsRefused).toBe(them.length)
          expect(Object.values(counts.refusedWith).reduce((sum, it) => sum + it, 0)).toBe(counts.passwordGrantsRefused)
        }
      )
    ))
})
