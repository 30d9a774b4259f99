/** `mls help`: what holds for every command, by topic; and of each command its own help. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { Output } from "../Output.js"
import { usage } from "../Usage.js"

const overview = `Help on what holds for every command

Topics
  mls help environment      variables, and what beats what
  mls help exit-codes       what each number means
  mls help storage          where tokens rest
  mls help errors           every error, and what to do about it
  mls help scripting        recipes that do not hide a failure
  mls help proxies          a corporate proxy, a corporate authority

Commands
  mls help COMMAND          the same as mls COMMAND --help
  mls --help                all commands`

/** Answers with a topic or with a command's help. `UsageError` for what is neither; the word is not repeated. */
export const help = (words: ReadonlyArray<string>, ofCommand: (words: ReadonlyArray<string>) => string | undefined) =>
  Effect.gen(function* () {
    const { answer } = yield* Output
    const [topic] = words
    if (topic === undefined || topic === "--help" || topic === "-h") return yield* answer(overview)
    const { topics } = yield* Effect.promise(() => import("../HelpTopics.js"))
    const text = (words.length === 1 ? topics.get(topic) : undefined) ?? ofCommand(words)
    return yield* text === undefined ? usage("There is no help of that name", "mls help") : answer(text)
  })

const config = {
  words: Args.text({ name: "TOPIC|COMMAND" }).pipe(
    Args.withDescription("What to tell of; the topics and how to ask for commands, unless given."),
    Args.repeated
  )
}

/** What the tree of commands has of it. It is run before anything is parsed, since its words may be any. */
export const command = Command.make("help", config, () => Effect.void).pipe(
  Command.withDescription("Tell what holds for every command, by topic, and of each command what its --help says.")
)
