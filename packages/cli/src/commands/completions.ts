/** `mls completions`: what a shell needs to complete command lines of this program. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { Commands } from "../CommandTree.js"
import { Output } from "../Output.js"

const SCRIPTS = {
  bash: () => import("../CompletionsBash.js"),
  zsh: () => import("../CompletionsZsh.js"),
  fish: () => import("../CompletionsFish.js")
} as const

const run = (shell: keyof typeof SCRIPTS) =>
  Effect.gen(function* () {
    const { answer } = yield* Output
    const [CommandTree, Completions, { topics }, { script }] = yield* Effect.promise(() =>
      Promise.all([
        import("../CommandTree.js"),
        import("../Completions.js"),
        import("../HelpTopics.js"),
        SCRIPTS[shell]()
      ])
    )
    const commands = (yield* Commands).map(CommandTree.of)
    yield* answer(script(Completions.placesOf(commands, [...topics.keys()])))
  })

const config = {
  shell: Args.choice<keyof typeof SCRIPTS>(
    [
      ["bash", "bash"],
      ["zsh", "zsh"],
      ["fish", "fish"]
    ],
    { name: "SHELL" }
  )
}

/** The command. */
export const completions = Command.make("completions", config, ({ shell }) => run(shell)).pipe(
  Command.withDescription("Print completions for a shell: bash, zsh or fish.")
)
