/** The flags of `mls services` alone, as `flags.ts` has them. */
import type { Flag } from "./flag.js"

/** Of publications, and of batches. */
export const SERVICE_FLAGS = {
  code: { kind: "file", value: "file", help: "The code that runs for each call: a file, or - for stdin." },
  initCode: { kind: "file", value: "file", help: "Code that runs first, for example to load a model; - is stdin." },
  runtime: {
    kind: "choice",
    choices: ["R", "Python"],
    help: "The language of the code. Default: R, which the server chooses."
  },
  in: { kind: "text", value: "name:type", repeated: true, help: "An input, like hp:numeric or table:data.frame." },
  out: { kind: "text", value: "name:type", repeated: true, help: "An output, like answer:numeric." },
  artifact: { kind: "text", value: "name", repeated: true, help: "A file that the code writes, and that callers get." },
  description: { kind: "text", value: "text", help: "What the service is for." },
  alias: { kind: "text", value: "name", help: "The name of the function in generated clients." },
  parallel: {
    kind: "integer",
    value: "number",
    default: 0,
    help: "How many records run at the same time. Default: 10, which the server chooses."
  },
  partial: { kind: "boolean", help: "Also print the outcomes so far." }
} as const satisfies Readonly<Record<string, Flag>>
