import { describe, expect, it } from "@effect/vitest"
import * as AuthError from "../src/AuthError.js"
import { fixOf } from "../src/Diagnosis.js"
import * as EntraAdvice from "../src/EntraAdvice.js"

/** The codes of Microsoft's reference that a client of this kind meets, but 70016: "not yet" is no refusal. */
const reference = [
  50034, 50053, 50055, 50056, 50057, 50058, 50059, 50076, 50078, 50079, 50105, 50126, 50128, 50158, 50173, 53000, 53003,
  65001, 70000, 70002, 70008, 70011, 70018, 70019, 70020, 70043, 700003, 700016, 700082, 700084, 7000112, 7000215,
  7000218, 9002313, 90002, 90009, 90014, 90094, 500011, 530003, 50196
]

/** Their neighbours. */
const neighbours = [
  50020, 500208, 50033, 90006, 90012, 90024, 90033, 90090, 50087, 50166, 90055, 50049, 50050, 50072, 50074, 50097,
  50129, 50155, 50187, 50131, 50132, 50133, 50134, 50135, 50144, 50194, 53001, 53002, 53004, 53011, 530032, 530034,
  530035, 54005, 65004, 650057, 70001, 700011, 700005, 700022, 700023, 28002, 28003, 700025, 7000222, 80001, 80002,
  80005, 80007, 80012, 80013, 80014, 900144, 90019, 90038, 900382, 1000104, 90119, 90120, 90124, 90130, 9001023, 901002,
  9002332, 135011, 7000114, 90072, 500014, 900023, 9002325, 16000
]

const { lookup, table } = EntraAdvice

describe("EntraAdvice.table", () => {
  it("has each number once", () => {
    const codes = table.map(({ code }) => code)
    expect(codes.filter((code, at) => codes.indexOf(code) !== at)).toEqual([])
  })

  it("has every number of the reference", () => {
    const codes = new Set(table.map(({ code }) => code))
    expect([...reference, ...neighbours].filter((code) => !codes.has(code))).toEqual([])
  })

  it.each(table)(
    "$code: says half a sentence, and the next step in whole ones",
    ({ code, fix: first, remedy, says }) => {
      const fix = fixOf({ fix: first, remedy })
      expect(code).toSatisfy(Number.isSafeInteger)
      expect(says).toMatch(/^(?!\s)[^\n]+[^\s.!?]$/)
      expect(says).not.toMatch(/AADSTS|\d{5}/)
      expect(fix).toMatch(/^["A-Z`][^\n]+\.$/)
      expect(fix).not.toMatch(/AADSTS|\.\.| {2}/)
    }
  )

  it.each(table)("$code: holds in whatever program: it names no command, and nothing of code", ({ fix, says }) => {
    expect(`${says} ${fix}`).not.toMatch(/\bmls\b|`--|in code|Session\.|Credential\.|[<>]/)
  })

  const blaming = table.filter(({ setting }) => setting !== undefined)

  it.each(blaming)(
    "$code: whoever is told to check or set something is told `$setting`",
    ({ fix, reason, setting }) => {
      expect(reason).toBe("Refused")
      expect(fix).toMatch(new RegExp(`^(?!Check|Set)|\`${setting}\``))
    }
  )

  it("has words for each kind of refusal but those that no number tells", () => {
    const told = new Set(table.map(({ reason }) => reason))
    expect(AuthError.Refusal.literals.filter((reason) => !told.has(reason))).toEqual(["Federated"])
  })

  it.each<readonly [number, AuthError.Refusal]>([
    [50126, "InvalidCredentials"],
    [50056, "InvalidCredentials"],
    [50076, "MultiFactorRequired"],
    [50079, "MultiFactorRequired"],
    [50158, "MultiFactorRequired"],
    [53003, "Blocked"],
    [530003, "Blocked"],
    [530035, "Blocked"],
    [50053, "AccountLocked"],
    [50057, "AccountDisabled"],
    [80012, "Blocked"],
    [80013, "Refused"],
    [50034, "AccountUnknown"],
    [50020, "AccountUnknown"],
    [50055, "PasswordExpired"],
    [65001, "ConsentRequired"],
    [90094, "ConsentRequired"],
    [50105, "NotAssigned"],
    [50173, "Refused"],
    [700082, "Refused"]
  ])("%i is %s", (code, reason) => {
    expect(lookup([code])).toMatchObject({ code, reason, setting: undefined })
  })

  it.each<readonly [number, EntraAdvice.Advice["setting"]]>([
    [90002, "tenant"],
    [50059, "tenant"],
    [9001023, "tenant"],
    [50049, "authuri"],
    [90038, "authuri"],
    [700016, "clientid"],
    [7000218, "clientid"],
    [500011, "resource"],
    [90009, "resource"],
    [650057, "resource"]
  ])("%i is about %s", (code, setting) => {
    expect(lookup([code])).toMatchObject({ code, setting })
  })

  it("whoever cannot do it by password alone is told of the device code", () => {
    const fixes = [50076, 50079, 50158, 530035, 50126, 50056].map((code) => fixOf(lookup([code]) ?? {}))
    expect(fixes.filter((fix) => !/ a device code or /.test(fix))).toEqual([])
  })

  it("nobody whose account may lock is told to try again", () => {
    expect(lookup([50053])?.fix).not.toMatch(/try again|sign in/i)
  })
})

describe("EntraAdvice.lookup", () => {
  it.each([
    [[50126], 50126],
    [[70002, 70008], 70008],
    [[70008, 70002], 70008],
    [[70002], 70002],
    [[70002, 70002], 70002],
    [[1, 50076], 50076],
    [[50076, 53003], 50076]
  ])("of %j tells of %i", (codes, code) => {
    expect(lookup(codes)?.code).toBe(code)
  })

  it.each([[[]], [[0]], [[-50126]], [[50_126.5]], [[NaN]], [[1, 2, 3]], [[70016]]])("knows nothing of %j", (codes) => {
    expect(lookup(codes)).toBeUndefined()
  })

  it("a wrapper beside a number that is not known has no words: its own would be wrong", () => {
    expect(lookup([70002, 1])).toBeUndefined()
    expect(lookup([70002, 16000])?.code).toBe(16000)
    expect(lookup([70002])?.code).toBe(70002)
  })
})
