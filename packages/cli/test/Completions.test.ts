import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Sandbox from "./Sandbox.js"

const has = (shell: string) => ChildProcess.spawnSync(shell, ["--version"], { stdio: "ignore" }).status === 0

/** As bash calls it: the words so far, the last of which is being typed. */
const BASH = `. ./completions
while IFS= read -r line; do
  IFS=' ' read -ra COMP_WORDS <<< "\${line% }"
  [[ $line == *' ' ]] && COMP_WORDS+=("")
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
  _mls mls "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}"
  echo "$line:\${COMPREPLY[*]}"
done
complete -p mls`

const FISH = `source ./completions
while read -l line
  echo "$line:"(complete -C "$line" | cut -f 1 | string join ' ')
end`

/** What a shell offers for each line; two profiles are there, and `mls` itself is not. */
const offers = (shell: "bash" | "fish", script: string, lines: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { home, mls, shell: run } = yield* Sandbox.make
    for (const name of ["prod", "lab-2"]) {
      assert.strictEqual((yield* mls(["profile", "add", name, `https://${name}.example.com`])).code, 0)
    }
    const { code, stdout: completions } = yield* mls(["completions", shell])
    assert.strictEqual(code, 0)
    yield* Effect.promise(() => Fs.writeFile(Path.join(home, "completions"), completions))
    yield* Effect.promise(() => Fs.writeFile(Path.join(home, "body.json"), "{}"))
    const quiet = shell === "bash" ? "--norc" : "--no-config"
    const command = `exec ${shell} ${quiet} -c '${script.replaceAll("'", `'\\''`)}'`
    const { stderr, stdout } = yield* (yield* run(command, { stdin: `${lines.join("\n")}\n` })).ended
    assert.strictEqual(stderr, "")
    const found = (line: string) =>
      new Set(
        stdout
          .split("\n")
          .find((told) => told.startsWith(`${line}:`))
          ?.slice(line.length + 1)
          .split(" ")
      )
    return { found, mls, stdout }
  })

const CASES: Readonly<Record<string, ReadonlyArray<string>>> = {
  "mls pro": ["profile"],
  "mls dev": ["dev-server"],
  "mls profile re": ["rename", "remove"],
  "mls profile use ": ["prod", "lab-2"],
  "mls profile list ": [],
  "mls login --method aad-d": ["aad-device"],
  "mls status -p ": ["prod", "lab-2"],
  "mls services consume add --profile p": ["prod"],
  "mls help exit": ["exit-codes"],
  "mls help services d": ["delete"],
  "mls completions ": ["bash", "fish", "zsh"],
  "mls api services --timeout ": [],
  "mls api services --input body": ["body.json"],
  "mls status --che": ["--check"],
  "mls logout --che": []
}

describe("completions", () => {
  it.scopedLive("in bash: commands of commands, options, choices, topics, files, names of profiles", () =>
    Effect.gen(function* () {
      const { found, stdout } = yield* offers("bash", BASH, [...Object.keys(CASES), "mls login --method = aad-b"])
      for (const [line, words] of Object.entries(CASES)) {
        const told = [...found(line)].filter((word) => word !== "" && (words.length > 0 || !word.startsWith("-")))
        assert.sameMembers(told, [...words], line)
      }
      assert.sameMembers([...found("mls login --method = aad-b")], ["aad-browser"])
      assert.include(stdout, "complete -F _mls mls")
    })
  )

  it.scopedLive("offer every option of a command, and no other", () =>
    Effect.gen(function* () {
      const commands = ["login", "api", "token", "profile add", "services consume", "doctor", "dev-server"]
      const { found, mls } = yield* offers(
        "bash",
        BASH,
        commands.map((command) => `mls ${command} -`)
      )
      for (const command of commands) {
        const { stdout } = yield* mls([...command.split(" "), "--help"])
        const options = stdout.match(/(?<=^ {2}(?:-\w, )?)--?[\w-]+/gm) ?? []
        assert.isAbove(options.length, 6)
        assert.sameMembers([...found(`mls ${command} -`)], [...options, "-h", "--help"], command)
      }
    })
  )

  it.scopedLive.skipIf(!has("fish"))("in fish", () =>
    Effect.gen(function* () {
      const { found } = yield* offers("fish", FISH, Object.keys(CASES))
      for (const [line, words] of Object.entries(CASES)) {
        const told = [...found(line)].filter((word) => word !== "")
        assert.sameMembers(told, [...words], line)
      }
    })
  )

  it.scopedLive.skipIf(!has("zsh"))("in zsh: a script that it understands", () =>
    Effect.gen(function* () {
      const { mls, shell } = yield* Sandbox.make
      const { stdout } = yield* mls(["completions", "zsh"])
      const { code, stderr } = yield* (yield* shell("exec zsh -n", { stdin: stdout })).ended
      assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: "" })
    })
  )

  it.scopedLive("by the option that other programs have, and of no other shell: exit 2", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      for (const shell of ["bash", "zsh", "fish"]) {
        const script = yield* mls(["completions", shell])
        assert.deepInclude(script, { code: 0, stderr: "" })
        assert.deepStrictEqual(yield* mls(["--completions", shell]), script)
        assert.deepStrictEqual(yield* mls([`--completions=${shell}`]), script)
      }
      for (const args of [["completions"], ["completions", "cmd"], ["--completions", "sh"], ["--completions"]]) {
        assert.deepInclude(yield* mls(args), { code: 2, stdout: "" }, args.join(" "))
      }
    })
  )
})
