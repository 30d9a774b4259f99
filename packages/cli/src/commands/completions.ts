/** `mls completions`: what a shell needs to complete command lines of this program. */
import * as Effect from "effect/Effect"
import { SCRIPTS } from "../cli/completions/scripts.js"
import { Output } from "../cli/output.js"
import type { Given } from "../cli/table/commandTable.js"

/** The command. */
export const run = ({ shell }: Given<"completions">) => Effect.flatMap(Output, ({ answer }) => answer(SCRIPTS[shell]))
