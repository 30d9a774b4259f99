/** `mls config`: what holds here and now. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { collect } from "../EffectiveSettings.js"
import * as Invocation from "../Invocation.js"
import { Output } from "../Output.js"
import { plainLine } from "../Plain.js"

const settings = {
  origin: Options.boolean("origin").pipe(Options.withDescription("Say where each value comes from too.")),
  ...Invocation.serverOption,
  ...Invocation.remoteOptions
}

const show = Command.make("show", settings, (options) =>
  Invocation.run(
    options,
    Effect.gen(function* () {
      const { answerText, answerJson } = yield* Output
      const all = yield* collect(options)
      if ((yield* Invocation.Invocation).json) return yield* answerJson({ settings: all })
      const width = Math.max(...all.map(({ value }) => (value ?? "—").length))
      const rows = all.map(({ name, origin, value }) => {
        const row = `${name.padEnd(14)}${(value ?? "—").padEnd(width)}`
        return plainLine(options.origin ? `${row}  ${origin}` : row).trimEnd()
      })
      yield* answerText(rows.join("\n"))
    })
  )
).pipe(Command.withDescription("Show every setting that holds for a command here; --origin says where it comes from."))

/** The command. */
export const config = Command.make("config").pipe(
  Command.withDescription("Show the settings that hold."),
  Command.withSubcommands([show])
)
