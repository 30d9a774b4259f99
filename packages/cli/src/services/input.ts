/** What goes into a service, from a command line: fields, or JSON of a file; and the code of one. */
import * as TextFile from "@mlserver-auth/node/TextFile"
import * as WebService from "@mlserver-auth/services/WebService"
import * as Effect from "effect/Effect"
import * as ApiRequest from "../api/request.js"
import { HELD } from "../api/upload.js"
import * as Stdin from "../cli/stdin.js"
import type { Given as FlagsGiven } from "../cli/table/flags.js"
import { usage } from "../cli/usage.js"
import * as ForeignJson from "../text/json.js"
import * as ReaderShell from "../text/shellQuote.js"

/** Where inputs are typed. */
export type Given = FlagsGiven<"textField" | "jsonField" | "input">

/** The text of a file, or of stdin for `-`. */
const fileText = (flag: string, what: string, name: string) =>
  Effect.gen(function* () {
    const hint = `Reading ${what} from stdin; end with Enter and ${ReaderShell.endOfInput()}.`
    const bytes = yield* Stdin.fileOrStdin(name, { limit: HELD, setting: flag, hint }).pipe(
      Effect.catchTag("ConfigurationInvalid", ({ problem }) => usage(`${flag}: ${problem}`))
    )
    return bytes.length > HELD ? yield* usage(`${flag}: more than ${HELD} bytes`) : TextFile.decode(bytes)
  })

/** The JSON of `-f`, `-F` or `--input`; an empty object where none is given. */
const json = (given: Given) =>
  Effect.gen(function* () {
    const fields = yield* ApiRequest.fieldsOf(given)
    if (given.input === undefined) return Object.fromEntries(fields)
    if (fields.size > 0) return yield* usage("--input and fields exclude each other")
    const text = yield* fileText("--input", "the body", given.input)
    return yield* Effect.try({
      try: () => ForeignJson.parse(text),
      catch: () => usage("--input: that is no JSON, or it is nested too deeply", "mls services get NAME")
    })
  })

/** Inputs by name. */
export const values = (given: Given) =>
  Effect.filterOrFail(json(given), ForeignJson.isObject, () =>
    usage("The inputs are no JSON object", 'Name each: `-F hp:=120 -F wt:=2.8`, or a file with {"hp": 120, "wt": 2.8}.')
  )

/** The records of a batch. */
export const records = (given: Given) =>
  Effect.filterOrFail(
    json(given),
    (value): value is ReadonlyArray<Readonly<Record<string, unknown>>> =>
      Array.isArray(value) && value.every(ForeignJson.isObject),
    () =>
      usage("The records are no JSON array of objects", 'A file like [{"hp": 120, "wt": 2.8}], with `--input FILE`.')
  )

/** What a definition is typed as. */
export type Definition = FlagsGiven<
  "code" | "initCode" | "runtime" | "in" | "out" | "artifact" | "description" | "alias"
>

const isType = (word: string): word is WebService.ParameterType =>
  WebService.ParameterType.literals.some((literal) => literal === word)

const types = (flag: string, typed: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const named: Record<string, WebService.ParameterType> = {}
    for (const text of typed) {
      const at = text.lastIndexOf(":")
      const type = text.slice(at + 1)
      if (at < 1 || !isType(type)) {
        return yield* usage(`${flag} wants name:type`, `Types are ${WebService.ParameterType.literals.join(", ")}.`)
      }
      named[text.slice(0, at)] = type
    }
    return named
  })

/** What was typed of a definition; files are read. */
export const definition = ({ alias, artifact, code, description, initCode, runtime, ...given }: Definition) =>
  Effect.gen(function* () {
    if (code === "-" && initCode === "-") return yield* usage("--code and --init-code are both stdin")
    return {
      alias,
      description,
      runtime,
      ...(code === undefined ? {} : { code: yield* fileText("--code", "the code", code) }),
      ...(initCode === undefined ? {} : { initCode: yield* fileText("--init-code", "the code", initCode) }),
      ...(given.in.length === 0 ? {} : { inputs: yield* types("--in", given.in) }),
      ...(given.out.length === 0 ? {} : { outputs: yield* types("--out", given.out) }),
      ...(artifact.length === 0 ? {} : { artifacts: artifact })
    }
  })
