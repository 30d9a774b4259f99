/**
 * Options of callers without types: each is checked, and an unknown one is refused.
 *
 * @example
 * import * as Options from "@mlserver-auth/core/promises/Options"
 *
 * const CONNECT: Options.Shape = {
 *   server: Options.address,
 *   timeout: Options.millis,
 *   user: Options.text,
 *   store: Options.oneOf({ memory: [], session: ["tab"] }),
 *   port: Options.kind("a port", (value) => Number(value) > 0 && Number(value) < 65_536),
 *   texts: Options.object,
 *   quiet: Options.flag,
 *   stop: Options.signal
 * }
 * const checked = Options.check({ servr: "https://mlserver.contoso.com" }, CONNECT)
 * // fails: "servr: there is no such option. Did you mean server?"
 * const call = (given: unknown) => Options.check(given, Options.ABORTABLE)
 */
import * as Effect from "effect/Effect"
import { ConfigurationInvalid } from "../AuthError.js"

/** What is wrong with a value, and what would be right. */
export interface Wrong {
  readonly problem: string
  readonly fix: string
}

/** Says what is wrong with a value, if something is. */
export type Check = (value: unknown) => Wrong | undefined

/** The options there are, each with its check. */
export interface Shape {
  readonly [option: string]: Check
}

/** A check of one kind of value, by its name. */
export const kind =
  (name: string, isOne: (value: unknown) => boolean): Check =>
  (value) =>
    isOne(value) ? undefined : { problem: `not ${name}`, fix: `Give ${name}, or leave it out.` }

/** Accepts any text. */
export const text = kind("a text", (value) => typeof value === "string")
/** Accepts `true` and `false`. */
export const flag = kind("true or false", (value) => typeof value === "boolean")
/** Accepts a time in milliseconds, more than none. */
export const millis = kind("a number of milliseconds", (value) => typeof value === "number" && value > 0)
/** Accepts an address, as a text or a `URL`. Whether it can be used is for `ServerEndpoint.make` to say. */
export const address = kind("an address", (value) => typeof value === "string" || value instanceof URL)
/** Accepts an `AbortSignal`, by which a call is given up. */
export const signal = kind("an AbortSignal", (value) => value instanceof AbortSignal)

/** Accepts an object: other options, or the headers of a request. */
export const object = kind("an object", (value) => typeof value === "object" && value !== null)

/**
 * Accepts one of these words. Each is listed with other words that people use for it: the error then says which one is meant.
 */
export const oneOf =
  (words: { readonly [word: string]: ReadonlyArray<string> }): Check =>
  (value) => {
    if (typeof value === "string" && Object.hasOwn(words, value)) return undefined
    const known = Object.entries(words).flatMap(([word, others]) =>
      [word, ...others].map((other) => [word, other] as const)
    )
    return { problem: `there is no ${JSON.stringify(value)}`, fix: advice(String(value), known) }
  }

/** The options of every call: a `signal`. */
export const ABORTABLE: Shape = { signal }

/** How `check` names options, and what it says of one that belongs elsewhere. */
export interface CheckOptions {
  /** Before the name of an option in an error. */
  readonly where?: string
  /** What to say of an option that belongs elsewhere. */
  readonly elsewhere?: (option: string) => Wrong | undefined
}

/**
 * Fails with `ConfigurationInvalid` for the first option that does not exist, or does not have the right kind of value. An option
 * that is `undefined` counts as left out.
 */
export const check = (
  given: unknown,
  shape: Shape,
  { elsewhere, where = "" }: CheckOptions = {}
): Effect.Effect<void, ConfigurationInvalid> =>
  Effect.suspend(() => {
    if (given === undefined) return Effect.void
    const found = object(given)
    if (found !== undefined) return new ConfigurationInvalid({ setting: where || "options", ...found })
    for (const [option, value] of Object.entries(given as object)) {
      const wrong = value === undefined ? undefined : wrongIn(shape, option, value, elsewhere)
      if (wrong !== undefined) return new ConfigurationInvalid({ setting: where + option, ...wrong })
    }
    return Effect.void
  })

const wrongIn = (shape: Shape, option: string, value: unknown, elsewhere: CheckOptions["elsewhere"]) => {
  if (Object.hasOwn(shape, option)) return shape[option]?.(value)
  const known = Object.keys(shape).map((name) => [name, name] as const)
  return elsewhere?.(option) ?? { problem: "there is no such option", fix: advice(option, known) }
}

/** The nearest if there is one that is near, else all there are. */
const advice = (given: string, known: ReadonlyArray<readonly [word: string, spelt: string]>): string => {
  const ranked = known
    .map(([word, spelt]) => [word, distance(given.toLowerCase(), spelt.toLowerCase())] as const)
    .sort(([, a], [, b]) => a - b)
  const [word, edits] = ranked[0] ?? ["", Infinity]
  const all = [...new Set(known.map(([word]) => word))].join(", ")
  return edits <= Math.max(2, given.length / 3) ? `Did you mean ${word}?` : `There are: ${all}.`
}

/** How many letters must be put in, left out or replaced (Levenshtein); the beginning of a word is as good as the word. */
const distance = (a: string, b: string): number => {
  if (a.length > 2 && b.startsWith(a)) return 0
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
