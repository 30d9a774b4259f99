/**
 * Where a setting comes from: the flag, a pasted context, the variable that stands in for the flag, what the profile
 * remembers. Names, variables and places in the profile are those of the table of flags.
 */
import * as Effect from "effect/Effect"
import { type Flag, variablesOf } from "../cli/table/flag.js"
import { type FlagKey, FLAGS, nameOf } from "../cli/table/flags.js"
import { variable } from "../cli/invocation.js"
import { usage, type UsageError } from "../cli/usage.js"
import type { Profile } from "./profile.js"

/** A value, and what gave it. */
export interface Setting {
  /** A flag without a value is `yes`. */
  readonly value: string | undefined
  readonly by: "flag" | "context" | "variable" | "profile" | "default"
  /** `--cacert`, `MLS_CACERT`, `profile lab`, or `default`. */
  readonly origin: string
}

/** A setting that was not given, and what holds then. */
export const byDefault = (value: string | undefined): Setting => ({ value, by: "default", origin: "default" })

type Values = Readonly<Record<string, unknown>>

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" ? value : value === true ? "yes" : undefined

/** `azure.tenant` of a profile. */
const remembered = ({ remembered: path }: Flag, profile: Profile | undefined): string | undefined =>
  textOf(path?.split(".").reduce<unknown>((value, name) => (value as Values | undefined)?.[name], profile))

/** The variable's value; a choice is taken in capitals too. */
const ofVariable = (key: FlagKey): Effect.Effect<Setting | undefined, UsageError> =>
  Effect.gen(function* () {
    const flag: Flag = FLAGS[key]
    const [name] = variablesOf(flag)
    const text = name === undefined ? undefined : yield* variable(name)
    if (name === undefined || text === undefined) return undefined
    const found = (value: string): Setting => ({ value, by: "variable", origin: name })
    if (flag.kind !== "choice") return found(text)
    const choice = text.toLowerCase()
    if (flag.choices.includes(choice)) return found(choice)
    return yield* usage(`${name} is no ${nameOf(key)}`, `Set it to ${flag.choices.join(", ")}, or unset it.`)
  })

/** Looks a setting up. `UsageError` where its variable says what cannot be. */
export const lookup = (
  key: FlagKey,
  given: Values,
  profile: Profile | undefined,
  context: Values = {}
): Effect.Effect<Setting, UsageError> =>
  Effect.gen(function* () {
    const said = textOf(given[key])
    if (said !== undefined) return { value: said, by: "flag", origin: `--${nameOf(key)}` }
    const pasted = textOf(context[key])
    if (pasted !== undefined) return { value: pasted, by: "context", origin: "--context" }
    const ofEnvironment = yield* ofVariable(key)
    if (ofEnvironment !== undefined) return ofEnvironment
    const known = remembered(FLAGS[key], profile)
    return known === undefined
      ? byDefault(undefined)
      : { value: known, by: "profile", origin: `profile ${profile?.name ?? ""}` }
  })
