import { afterEach, describe, expect, it, vi } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Challenge from "../src/Challenge.js"
import { sized } from "./support/size.js"

type Seen = readonly [scheme: string, params: Readonly<Record<string, string>>, token68?: string]

const seen = (header: string | undefined): ReadonlyArray<Seen> =>
  Challenge.parse(header).map(({ params, scheme, token68 }) =>
    token68 === undefined ? [scheme, Object.fromEntries(params)] : [scheme, Object.fromEntries(params), token68]
  )

const rows: ReadonlyArray<readonly [header: string | undefined, challenges: ReadonlyArray<Seen>]> = [
  [undefined, []],
  ["", []],
  [" , ,\t", []],
  ["Bearer", [["bearer", {}]]],
  ["BEARER Realm=mls", [["bearer", { realm: "mls" }]]],
  ['Bearer realm="mls", error="invalid_token"', [["bearer", { realm: "mls", error: "invalid_token" }]]],
  ['Bearer realm = "mls" ,error\t=\tinvalid_token', [["bearer", { realm: "mls", error: "invalid_token" }]]],
  ['Bearer realm="mls" error="invalid_token"', [["bearer", { realm: "mls", error: "invalid_token" }]]],
  ['Bearer realm="a, Basic realm=b"', [["bearer", { realm: "a, Basic realm=b" }]]],
  ['Bearer realm="say \\"hi\\" \\\\ \\x"', [["bearer", { realm: 'say "hi" \\ x' }]]],
  ['Bearer realm=""', [["bearer", { realm: "" }]]],
  ['Bearer realm="first", realm="second"', [["bearer", { realm: "first" }]]],
  ["Negotiate YII/+a==", [["negotiate", {}, "YII/+a=="]]],
  [
    'Negotiate YII= , Bearer realm="x"',
    [
      ["negotiate", {}, "YII="],
      ["bearer", { realm: "x" }]
    ]
  ],
  [
    "Negotiate, NTLM",
    [
      ["negotiate", {}],
      ["ntlm", {}]
    ]
  ],
  [
    'Basic realm="a", charset="UTF-8", Bearer error=invalid_token',
    [
      ["basic", { realm: "a", charset: "UTF-8" }],
      ["bearer", { error: "invalid_token" }]
    ]
  ],
  // The example of RFC 9110 11.6.1.
  [
    'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
    [
      ["basic", { realm: "simple" }],
      ["newauth", { realm: "apps", type: "1", title: 'Login to "apps"' }]
    ]
  ],
  // Two headers, joined by the client with ", ".
  [
    'Negotiate, Bearer realm="x", error="invalid_token"',
    [
      ["negotiate", {}],
      ["bearer", { realm: "x", error: "invalid_token" }]
    ]
  ],
  [',, Bearer ,, realm="x" ,,', [["bearer", { realm: "x" }]]],
  ['Bearer realm="never closed, error=invalid_token', [["bearer", { error: "invalid_token" }]]],
  ['Bearer realm="ends with\\', [["bearer", {}]]],
  // By the grammar a token68 with padding.
  ["Bearer realm=, error=invalid_token", [["bearer", { error: "invalid_token" }, "realm="]]],
  ["Bearer x=y, realm=, error=invalid_token", [["bearer", { x: "y", error: "invalid_token" }]]],
  ["Bearer realm=@@, error=invalid_token", [["bearer", { error: "invalid_token" }]]],
  ["Bearer (comment) x, error=invalid_token", [["bearer", { error: "invalid_token" }]]],
  ['"Bearer" realm="x"', []],
  ["=x, Bearer", [["bearer", {}]]],
  ["Bearer realm=\u00e9, error=invalid_token", [["bearer", { error: "invalid_token" }]]],
  [
    'Bearer __proto__="x", constructor=y',
    [
      [
        "bearer",
        Object.fromEntries([
          ["__proto__", "x"],
          ["constructor", "y"]
        ])
      ]
    ]
  ]
]

describe("Challenge.parse", () => {
  it.each(rows)("reads %j", (header, challenges) => {
    expect(seen(header)).toEqual(challenges)
  })

  it.prop(
    "never throws, and yields tokens in lower case, whatever it is given",
    [
      FastCheck.oneof(
        FastCheck.string({ unit: "binary", maxLength: 300 }),
        FastCheck.array(FastCheck.constantFrom(...'Bearer a = " \\ , \\" \t b= c68== é \u0000 \n'.split(/ /), " "), {
          maxLength: 60
        }).map((parts) => parts.join(""))
      )
    ],
    ([header]) => {
      for (const { params, scheme } of Challenge.parse(header)) {
        for (const name of [scheme, ...params.keys()]) expect(name).toMatch(/^[!#$%&'*+\-.^_`|~0-9a-z]+$/)
      }
    },
    { fastCheck: { numRuns: sized(100, 1000) } }
  )

  it.prop(
    "gives back what was quoted, whatever it is",
    [FastCheck.string({ unit: "binary", maxLength: 200 })],
    ([value]) => {
      const quoted = value.replace(/["\\]/g, "\\$&")
      expect(seen(`Bearer error="${quoted}", scope=x`)).toEqual([["bearer", { error: value, scope: "x" }]])
    }
  )

  describe("costs little", () => {
    afterEach(() => {
      vi.restoreAllMocks()
    })

    const matches = (header: string): number => {
      const exec = vi.spyOn(RegExp.prototype, "exec")
      Challenge.parse(header)
      const count = exec.mock.calls.length
      exec.mockRestore()
      return count
    }

    it("reads nothing beyond 8192 characters", () => {
      expect(seen(`Bearer ${" ".repeat(8100)}error=x`)).toEqual([["bearer", { error: "x" }]])
      expect(seen(`Bearer ${" ".repeat(8192)}error=x`)).toEqual([["bearer", {}]])
    })

    it.each([
      "a",
      "a ",
      "a,",
      "a=",
      'a="',
      'a="\\',
      'a="\\"',
      'a="b",',
      "a=b ",
      "é",
      "é,",
      '"',
      "\\",
      "  =",
      "a==",
      "a== ,",
      "\t",
      ", "
    ])("twice of %j takes no more than twice the steps, and some for the start", (piece) => {
      const half = "Bearer " + piece.repeat(Math.floor(4000 / piece.length))
      const whole = "Bearer " + piece.repeat(Math.floor(8000 / piece.length))
      expect(matches(whole)).toBeLessThanOrEqual(2 * matches(half) + 10)
      expect(matches(whole)).toBeLessThanOrEqual(6 * whole.length)
    })
  })
})

describe("Challenge.bearerError", () => {
  it.each([
    [undefined, ""],
    ["Basic error=invalid_token", ""],
    ["Bearer", ""],
    ['Basic realm="x", Bearer error="invalid_token"', "invalid_token"],
    ["bearer ERROR=insufficient_scope", "insufficient_scope"],
    ['Bearer error="a\u001b[31mb\u0000\u009b\r\nc"', "a[31mbc"],
    [`Bearer error=${"x".repeat(300)}`, "x".repeat(100)]
  ])("of %j is %j", (header, error) => {
    expect(Challenge.bearerError(Challenge.parse(header))).toBe(error)
  })

  it("is that of a Bearer challenge that has one, though another comes first", () => {
    const challenges = Challenge.parse('Bearer realm="x", Basic error=other, Bearer realm="y", error=invalid_token')
    expect(Challenge.bearerError(challenges)).toBe("invalid_token")
    expect(Challenge.bearer(Challenge.parse('Bearer realm="x", Bearer realm="y"'))?.params.get("realm")).toBe("x")
  })

  it("is that of the first Bearer challenge", () => {
    const challenges = Challenge.parse("Basic, Bearer error=first, Bearer error=second")
    expect(Challenge.bearerError(challenges)).toBe("first")
    expect(Challenge.bearer(challenges)?.params.get("error")).toBe("first")
  })
})
