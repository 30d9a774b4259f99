/** Command lines that cannot be understood. */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import { parse } from "../text/duration.js"
import { nearest } from "../text/nearest.js"
import { ExitCode } from "./exitCode.js"

/** The command line is wrong, or something is missing that only a person could give and no one can be asked. */
export class UsageError extends Data.TaggedError("UsageError")<{
  readonly message: string
  /** What to type instead. */
  readonly fix: ReadonlyArray<string>
}> {
  readonly exit = ExitCode.usage
}

/** A usage error. */
export const usage = (message: string, ...fix: ReadonlyArray<string>): UsageError => new UsageError({ message, fix })

/** A word that names no command. It is not repeated; `before`: the words before it. */
export const unknownCommand = (word: string, names: ReadonlyArray<string>, before: string): UsageError => {
  const meant = nearest(word, names)
  return usage(
    "There is no such command",
    ...(meant === undefined ? [] : [`Did you mean \`mls ${before}${meant}\`?`]),
    `mls ${before}--help`
  )
}

/** A length of time above nought; `name` says where it was given. */
export const duration = (name: string, text: string): Either.Either<Duration.Duration, UsageError> => {
  const millis = parse(text)
  return millis === undefined || millis <= 0 || millis >= 2 ** 31
    ? Either.left(usage(`${name} is not a length of time`, "Write it like 30s, 5m or 1h30m, at most 24 days."))
    : Either.right(Duration.millis(millis))
}
