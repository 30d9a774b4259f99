import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as DeviceCodes from "../../src/azure/device/DeviceCodes.js"
import * as Failure from "../../src/azure/Failure.js"

const MINUTE = 60_000
const rules: DeviceCodes.Rules = { lifetime: 15 * MINUTE, interval: 5000, strictPacing: false }
const strict = { ...rules, strictPacing: true }
const wish = { resource: "r", scopes: [], claims: undefined }
const approval = { _tag: "Approved", username: "ada", secondFactor: true } as const

const issue = (state: DeviceCodes.State, n: number, now = 0) =>
  DeviceCodes.issue(rules, state, wish, now, { deviceCode: `d${n}`, userCode: `BCDFGHJK${n}` })[1]

const start = issue(DeviceCodes.empty, 1)

const said = (answer: Either.Either<DeviceCodes.Redemption, DeviceCodes.PollRefusal>) =>
  Either.isLeft(answer)
    ? typeof answer.left === "string"
      ? answer.left
      : answer.left.code
    : answer.right.approval.username

/** What one code's polls at these moments are told. */
const polls = (state: DeviceCodes.State, moments: ReadonlyArray<number>, by = rules) => {
  let current = state
  const told = moments.map((now) => {
    const [answer, next] = DeviceCodes.poll(by, current, "d1", now)
    current = next
    return said(answer)
  })
  return { told, counts: current.counts }
}

const decide = (decision: DeviceCodes.Decision, now = 0) => DeviceCodes.decide(start, "BCDFGHJK1", decision, now)[1]

describe("a device code", () => {
  it.each([
    ["is pending until somebody decides", start, [0, 5000, 10_000], ["pending", "pending", "pending"]],
    ["gives tokens once, and is redeemed afterwards", decide(approval), [0, 5000], ["ada", "redeemed"]],
    ["stays redeemed when its life is over", decide(approval), [0, 16 * MINUTE], ["ada", "redeemed"]],
    ["stays declined", decide({ _tag: "Declined" }), [0, 5000], ["declined", "declined"]],
    ["lives for 15 minutes", start, [15 * MINUTE - 1, 15 * MINUTE], ["pending", "expired"]],
    ["is expired though approved", decide(approval), [15 * MINUTE], ["expired"]],
    ["is expired though declined", decide({ _tag: "Declined" }), [15 * MINUTE], ["expired"]],
    ["tells why the person was not let in", decide({ _tag: "Blocked", failure: Failure.disabled }), [0], [50057]],
    ["is unknown unless it was issued", DeviceCodes.empty, [0], ["unknown"]]
  ])("%s", (_, state, moments, told) => {
    expect(polls(state, moments).told).toEqual(told)
  })

  it.each([
    ["BCDFGHJK1", true],
    ["bcdfghjk1", true],
    [" bcd-fgh jk1 ", true],
    ["BCDFGHJK2", false],
    ["", false]
  ])("is found by what a person types: %j %s", (typed, found) => {
    expect(DeviceCodes.waiting(start, typed, 0) !== undefined).toBe(found)
  })

  it("can be decided once, and not after its end", () => {
    const [first, state] = DeviceCodes.decide(start, "BCDFGHJK1", { _tag: "Declined" }, 0)
    const [second, same] = DeviceCodes.decide(state, "BCDFGHJK1", approval, 0)
    const [late] = DeviceCodes.decide(start, "BCDFGHJK1", approval, 15 * MINUTE)
    expect([first, second, late]).toEqual([true, false, false])
    expect(polls(same, [0]).told).toEqual(["declined"])
  })

  it("ends on demand, approved or not, unless it was redeemed", () => {
    const [, ended] = DeviceCodes.expire(decide(approval), "BCDFGHJK1", 10)
    expect(polls(ended, [10]).told).toEqual(["expired"])
    expect(DeviceCodes.expire(ended, "BCDFGHJK1", 11)[0]).toBe(false)
    const [, redeemed] = DeviceCodes.poll(rules, decide(approval), "d1", 0)
    expect(DeviceCodes.expire(redeemed, "BCDFGHJK1", 1)[0]).toBe(false)
  })

  it("waits with the others, the oldest first", () => {
    const three = issue(issue(issue(DeviceCodes.empty, 1, 30), 2, 10), 3, 20)
    const codes = DeviceCodes.allWaiting(three, 30).map(({ deviceCode }) => deviceCode)
    expect(codes).toEqual(["d2", "d3", "d1"])
  })
})

describe("pacing", () => {
  it("counts polls that come too early, the first never being one, and tells nobody", () => {
    const { counts, told } = polls(start, [0, 4999, 9999, 14_998])
    expect(told).toEqual(["pending", "pending", "pending", "pending"])
    expect(counts).toMatchObject({ polls: 4, pollsTooEarly: 2 })
  })

  it("tells whoever is too early to slow down where it is strict, five seconds more each time and for good", () => {
    const { counts, told } = polls(start, [0, 4999, 14_998, 29_997, 49_997], strict)
    expect(told).toEqual(["pending", "slow-down", "slow-down", "slow-down", "pending"])
    expect(counts.pollsTooEarly).toBe(3)
  })

  it("lets whoever keeps the grown interval go on", () => {
    expect(polls(start, [0, 4000, 14_000, 24_000], strict).told).toEqual(["pending", "slow-down", "pending", "pending"])
  })

  it("slows down the next polls on demand, an approved code's too", () => {
    const { told } = polls(DeviceCodes.slowDownNext(decide(approval), 2), [0, 10_000, 25_000])
    expect(told).toEqual(["slow-down", "slow-down", "ada"])
  })
})

const anAct = FastCheck.record({
  act: FastCheck.constantFrom("issue", "poll", "approve", "decline", "expire", "slow"),
  which: FastCheck.nat(4),
  wait: FastCheck.oneof(FastCheck.nat(6000), FastCheck.nat(6 * MINUTE))
})

type Act = typeof anAct extends FastCheck.Arbitrary<infer A> ? A : never

interface Story {
  state: DeviceCodes.State
  now: number
  issued: number
  readonly approved: Set<number>
  readonly ended: Set<number>
  readonly issuedAt: Map<number, number>
  readonly redeemed: Array<number>
}

const userCode = (n: number) => `BCDFGHJK${n}`

const live = (story: Story, { act, wait, which }: Act): void => {
  story.now += wait
  const { now, state } = story
  const n = which % Math.max(1, story.issued)
  if (act === "issue") {
    story.state = issue(state, story.issued, now)
    story.issuedAt.set(story.issued, now)
    story.issued += 1
  } else if (act === "poll") {
    const [answer, next] = DeviceCodes.poll(rules, state, `d${n}`, now)
    story.state = next
    if (Either.isRight(answer)) story.redeemed.push(n)
  } else if (act === "slow") {
    story.state = DeviceCodes.slowDownNext(state, 1)
  } else {
    const decision = act === "approve" ? approval : ({ _tag: "Declined" } as const)
    const [done, next] =
      act === "expire"
        ? DeviceCodes.expire(state, userCode(n), now)
        : DeviceCodes.decide(state, userCode(n), decision, now)
    story.state = next
    if (done) (act === "approve" ? story.approved : story.ended).add(n)
  }
}

const always = (check: (story: Story) => void) =>
  FastCheck.assert(
    FastCheck.property(FastCheck.array(anAct, { maxLength: 60 }), (acts) => {
      const story: Story = {
        state: DeviceCodes.empty,
        now: 0,
        issued: 0,
        approved: new Set(),
        ended: new Set(),
        issuedAt: new Map(),
        redeemed: []
      }
      for (const act of acts) {
        live(story, act)
        check(story)
      }
    }),
    { numRuns: 500 }
  )

describe("whatever happened", () => {
  it("a code gave tokens at most once, and only when a person had approved it", () =>
    always(({ approved, redeemed }) => {
      expect(new Set(redeemed).size).toBe(redeemed.length)
      expect(redeemed.filter((n) => !approved.has(n))).toEqual([])
    }))

  it("a code that was declined, ended or outlived gives no tokens", () =>
    always(({ ended, issuedAt, now, state }) => {
      const over = [...issuedAt].filter(([n, at]) => ended.has(n) || now >= at + rules.lifetime)
      const given = over.filter(([n]) => Either.isRight(DeviceCodes.poll(rules, state, `d${n}`, now)[0]))
      expect(given).toEqual([])
    }))

  it("the counters are the story in numbers", () =>
    always(({ issued, redeemed, state: { counts } }) => {
      expect(counts).toMatchObject({ deviceCodes: issued, deviceCodesRedeemed: redeemed.length })
    }))
})
