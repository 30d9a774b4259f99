import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { FILES, offersFor } from "../src/cli/completions/offers.js"
import { describe as described } from "../src/cli/help/parameters.js"
import { commands } from "../src/cli/table/commandTable.js"
import * as Sandbox from "./Sandbox.js"

const has = (shell: string) => ChildProcess.spawnSync(shell, ["--version"], { stdio: "ignore" }).status === 0

/** What is offered for a line, in whatever words a shell makes of it. */
const words = (line: string) => offersFor(line.split(" "), ["prod", "lab-2"]).map(({ word }) => word)

const CASES: Readonly<Record<string, ReadonlyArray<string>>> = {
  pro: ["profile"],
  dev: ["dev-server"],
  "profile re": ["rename", "remove"],
  "profile use ": ["prod", "lab-2"],
  "profile list ": [],
  "login --method aad-d": ["aad-device"],
  "login --method=aad-d": ["aad-device"],
  "login --method = aad-d": ["aad-device"],
  "login --method = ": ["auto", "password", "aad-device", "aad-browser", "aad-password"],
  "status -p ": ["prod", "lab-2"],
  "services consume add --profile p": ["prod"],
  "help exit": ["exit-codes"],
  "help services d": ["delete"],
  "completions ": ["bash", "zsh", "fish", "pwsh"],
  "api services --timeout ": [],
  "api services --input body": [FILES],
  "status --che": ["--check"],
  "logout --che": [],
  "nonsense ": [],
  "--v": ["--version"]
}

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

/** Its own functions, which know how to show them, need a terminal. */
const ZSH = `compdef() { }; compset() { }; _files() { offered=(body.json) }; _describe() { offered=("\${(@)offers%%:*}") }
. ./completions
while IFS= read -r line; do
  words=("\${(@s: :)line}")
  CURRENT=$#words
  _mls
  echo "$line:$offered"
done`

const PWSH = `Get-Content -Raw ./completions | Invoke-Expression
foreach ($line in $input) {
  $found = [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches
  "\${line}:" + (($found | ForEach-Object { $_.CompletionText }) -join ' ')
}`

const SHELLS = {
  bash: ["--norc", BASH],
  fish: ["--no-config", FISH],
  zsh: ["-f", ZSH],
  pwsh: ["-NoProfile", PWSH]
} as const

/** What only some shells leave in one word. */
const OWN: Readonly<Record<string, Readonly<Record<string, ReadonlyArray<string>>>>> = {
  fish: {
    "mls login --method=aad-d": ["--method=aad-device"],
    "mls api services --input=body": ["--input=body.json"]
  },
  zsh: { "mls login --method=aad-d": ["aad-device"] }
}

const IN_SHELLS: Readonly<Record<string, ReadonlyArray<string>>> = {
  "mls dev": ["dev-server"],
  "mls profile re": ["rename", "remove"],
  "mls profile use ": ["prod", "lab-2"],
  "mls api services --input body": ["body.json"],
  "mls status --che": ["--check"]
}

/** A real shell, and a real `mls` that its script asks; two profiles are there. */
const asked = (shell: keyof typeof SHELLS) =>
  Effect.gen(function* () {
    const { home, mls, shell: run } = yield* Sandbox.make
    for (const name of ["prod", "lab-2"]) {
      assert.strictEqual((yield* mls(["profile", "add", name, `https://${name}.example.com`])).code, 0)
    }
    const { code, stdout: completions } = yield* mls(["completions", shell])
    assert.strictEqual(code, 0)
    yield* Effect.promise(async () => {
      await Fs.writeFile(Path.join(home, "completions"), completions)
      await Fs.writeFile(Path.join(home, "body.json"), "{}")
      await Fs.writeFile(Path.join(home, "mls"), '#!/bin/sh\nexec "$NODE" "$MLS" "$@"\n', { mode: 0o755 })
    })
    const [quiet, script] = SHELLS[shell]
    const command = `PATH="$PWD:$PATH" exec ${shell} ${quiet} -c '${script.replaceAll("'", `'\\''`)}'`
    const cases = { ...IN_SHELLS, ...OWN[shell] }
    const stdin = Object.keys(cases).join("\n")
    const { stderr, stdout } = yield* (yield* run(command, { stdin: `${stdin}\n` })).ended
    assert.strictEqual(stderr, "")
    const lines = stdout.split("\n")
    for (const [line, expected] of Object.entries(cases)) {
      const told = lines.find((each) => each.startsWith(`${line}:`))?.slice(line.length + 1)
      assert.sameMembers(told?.split(" ") ?? [], [...expected], `${shell}: ${line}`)
    }
  })

describe("completions", () => {
  for (const [line, expected] of Object.entries(CASES)) {
    it(`offer, after \`mls ${line}\`: ${expected.join(" ") || "nothing"}`, () => {
      assert.deepStrictEqual(words(line), expected)
    })
  }

  it("offer every option of a command, and no other", () => {
    for (const [name] of commands) {
      const { options } = described(name)
      if (name === "help" || options.length === 0) continue
      const names = options.flatMap(({ aliases, name: long }) => [...aliases, long])
      assert.sameMembers(words(`${name} -`), [...names, "-h", "--help"], name)
    }
  })

  for (const shell of ["bash", "fish", "zsh", "pwsh"] as const) {
    it.scopedLive.skipIf(!has(shell))(`in ${shell}: commands of commands, options, files, names of profiles`, () =>
      asked(shell)
    )
  }

  it.scopedLive("by the option that other programs have, and of no other shell: exit 2", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      for (const shell of ["bash", "zsh", "fish", "pwsh"]) {
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
