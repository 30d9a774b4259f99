/** `mls help`: what holds for every command, by topic; and of each command its own help. */
import * as Effect from "effect/Effect"
import { isCommand } from "../cli/table/commandTable.js"
import { commandHelp, overview } from "../cli/help/commandHelp.js"
import { topics } from "../cli/help/topics.js"
import { Output } from "../cli/output.js"
import { usage } from "../cli/usage.js"

/** Everything as JSON, or a command; a topic is text. */
const asJson = (words: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const HelpJson = yield* Effect.promise(() => import("../cli/help/helpJson.js"))
    const json = HelpJson.of(words)
    yield* json === undefined
      ? usage("There is no command of that name", "mls help --json")
      : (yield* Output).answerJson("help", json)
  })

/** Answers with a topic or with a command's help. `UsageError` for what is neither; the word is not repeated. */
export const help = (typed: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { answerText } = yield* Output
    const words = typed.filter((word) => word !== "--json")
    if (words.length < typed.length) return yield* asJson(words)
    const [topic] = words
    if (topic === undefined || topic === "--help" || topic === "-h") return yield* answerText(overview())
    const name = words.join(" ")
    const text = topics.get(name) ?? (isCommand(name) ? commandHelp(name) : undefined)
    yield* text === undefined ? usage("There is no help of that name", "mls help") : answerText(text)
  })
