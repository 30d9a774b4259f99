/** `mls help`: what holds for every command, by topic; and of each command its own help. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { Commands } from "../CommandTree.js"
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
  mls help --json           every command, exit code and variable, for programs
  mls --help                all commands`

/** Everything as JSON, or a command; a topic is text. */
const asJson = (words: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const HelpJson = yield* Effect.promise(() => import("../HelpJson.js"))
    const json = HelpJson.of(yield* yield* Commands, words)
    yield* json === undefined
      ? usage("There is no command of that name", "mls help --json")
      : (yield* Output).answerJson(json)
  })

/** Answers with a topic or with a command's help. `UsageError` for what is neither; the word is not repeated. */
export const help = (
  typed: ReadonlyArray<string>,
  ofCommand: (words: ReadonlyArray<string>) => Effect.Effect<string | undefined>
) =>
  Effect.gen(function* () {
    const { answerText } = yield* Output
    const words = typed.filter((word) => word !== "--json")
    if (words.length < typed.length) return yield* asJson(words)
    const [topic] = words
    if (topic === undefined || topic === "--help" || topic === "-h") return yield* answerText(overview)
    const { topics } = yield* Effect.promise(() => import("../HelpTopics.js"))
    const text = (words.length === 1 ? topics.get(topic) : undefined) ?? (yield* ofCommand(words))
    yield* text === undefined ? usage("There is no help of that name", "mls help") : answerText(text)
  })

const config = {
  json: Options.boolean("json").pipe(
    Options.withDescription("Every command, exit code and variable as JSON, for programs; or those of one command.")
  ),
  words: Args.text({ name: "TOPIC|COMMAND" }).pipe(
    Args.withDescription("What to tell of; the topics and how to ask for commands, unless given."),
    Args.repeated
  )
}

/** What the tree of commands has of it. It is run before anything is parsed, since its words may be any. */
export const command = Command.make("help", config, () => Effect.void).pipe(
  Command.withDescription("Tell what holds for every command, by topic, and of each command what its --help says.")
)
