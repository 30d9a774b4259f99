import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { type CommandName, commands, COMMANDS } from "../src/cli/table/commandTable.js"
import type { Flag } from "../src/cli/table/flag.js"
import { type FlagKey, FLAGS, nameOf } from "../src/cli/table/flags.js"
import { parse } from "../src/cli/table/parse.js"

const given = <N extends CommandName>(command: N, ...args: ReadonlyArray<string>) =>
  Either.getOrThrow(parse(command, args))

const refusal = (command: CommandName, ...args: ReadonlyArray<string>) => {
  const { fix, message } = Either.getOrThrow(Either.flip(parse(command, args)))
  return [message, ...fix].join("\n")
}

describe("a command line by the table", () => {
  it("takes flags before, between and after arguments, short ones in one word, and values in either spelling", () => {
    for (const args of [
      ["-iX", "PUT", "x"],
      ["x", "-i", "-XPUT"],
      ["--method=PUT", "x", "--include"]
    ]) {
      assert.deepInclude(given("api", ...args), { target: ["x"], verb: "PUT", include: true, silent: false })
    }
  })

  it("fills in what is not given", () => {
    assert.deepInclude(given("dev-server"), { port: "12800", admin: false, cors: [], loginPath: undefined })
    assert.deepInclude(given("login"), { newCodes: 0, url: undefined, method: undefined })
  })

  it("keeps the order of what is repeated, and refuses the rest twice", () => {
    assert.deepInclude(given("api", "x", "-f", "a=1", "--text-field", "b=-2"), { textField: ["a=1", "b=-2"] })
    assert.match(refusal("status", "--check", "--check"), /`--check` is given twice/)
    assert.match(refusal("status", "-p", "a", "--profile", "b"), /`--profile` is given twice/)
  })

  it("takes the next flag for no value, unless it is said that it is meant", () => {
    assert.match(refusal("login", "--tenant", "--json"), /`--tenant` needs a value/)
    assert.match(refusal("login", "--tenant"), /`--tenant` needs a value/)
    assert.match(refusal("login", "--tenant", ""), /`--tenant` needs a value/)
    assert.deepInclude(given("login", "--tenant=-x"), { tenant: "-x" })
    assert.deepInclude(given("api", "x", "--input", "-"), { input: "-" })
  })

  it("ends flags at two dashes", () => {
    assert.deepInclude(given("api", "--json", "--", "-x"), { target: ["-x"], json: true })
  })

  it("says of an unknown flag which may have been meant, and of no value what it was", () => {
    assert.match(refusal("token", "--hedaer=hunter2"), /`--hedaer=…` is unknown here\nDid you mean `--header`\?/)
    for (const args of [["-zhunter2"], ["--hunter2%"], ["hunter2"], ["--min-ttl", "1m", "hunter2"]]) {
      assert.notInclude(refusal("token", ...args), "hunter2")
    }
    assert.match(refusal("login", "--wire", "v3"), /`--wire` is none of v1, v2/)
    assert.match(refusal("login", "--new-codes", "x"), /`--new-codes` wants a whole number/)
    assert.match(refusal("status", "--json=yes"), /`--json` takes no value/)
  })
})

describe("the table of flags", () => {
  it("has no two flags of one name, long or short, in a command, and no flag without a command", () => {
    const used = new Set<FlagKey>()
    for (const [name, { flags }] of commands) {
      const names = flags.flatMap((key) => {
        used.add(key)
        const { short }: Flag = FLAGS[key]
        return [`--${nameOf(key)}`, ...(short === undefined ? [] : [`-${short}`])]
      })
      assert.strictEqual(new Set(names).size, names.length, name)
      assert.notIncludeMembers(names, ["--help", "-h"])
    }
    assert.sameMembers([...used], Object.keys(FLAGS))
    assert.isAbove(Object.keys(COMMANDS).length, 20)
  })
})
