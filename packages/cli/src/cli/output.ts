/**
 * Where words go: stdout is the answer and nothing else, everything said besides goes to stderr.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Writable } from "node:stream"
import { ExitCode } from "./exitCode.js"
import { json, plain, plainLine } from "../text/sanitize.js"
import { wrap } from "../text/wrap.js"
import type * as Outputs from "../outputs/outputs.js"
import * as Unwritten from "./unwritten.js"

/** The program that read stdout has left (`mls api … | head -1`). Not a failure: nothing more is written, and nothing is said. */
export class ReaderGone extends Data.TaggedError("ReaderGone")<{}> {}

/** The answer could not be written: the disk that it goes to is full, for example. */
export class OutputFailed extends Data.TaggedError("OutputFailed")<{
  /** The system's code: `ENOSPC`, `EIO`, … */
  readonly code: string
  /** Where it does not go to stdout. */
  readonly file?: string | undefined
}> {
  readonly exit = ExitCode.configuration
  override get message(): string {
    return Unwritten.messageOf(this.code, this.file === undefined ? undefined : plainLine(this.file))
  }
  /** What to do next. */
  get fix(): ReadonlyArray<string> {
    return this.file === undefined
      ? [Unwritten.FIX]
      : ["Check that you can create files in that directory, and its free space. mls changed nothing there."]
  }
}

/** What can be said, and where. */
export interface Service {
  /** Text on stdout, as it stands; ends when the reader has taken it. */
  readonly write: (text: string | Uint8Array) => Effect.Effect<void, ReaderGone | OutputFailed>
  /**
   * A line on stdout, at a terminal without control and direction characters. A reader who has left misses it, and what
   * the command does besides stays as it is.
   */
  readonly answer: (line: string) => Effect.Effect<void, OutputFailed>
  /** The same for people to read: at a terminal broken between words. What is to be pasted is no such text. */
  readonly answerText: (text: string) => Effect.Effect<void, OutputFailed>
  /** One JSON object on a line of stdout, in which such characters are escaped; otherwise the same. `output`: its schema. */
  readonly answerJson: <N extends Outputs.Name>(output: N, value: Outputs.Of<N>) => Effect.Effect<void, OutputFailed>
  /** A line on stderr, at a terminal broken between words. Control and direction characters in it are dropped. */
  readonly notice: (line: string) => Effect.Effect<void>
  /** The same unbroken: a command to paste, or a document. */
  readonly noticeWhole: (line: string) => Effect.Effect<void>
  /** A notice with a mark before it, coloured where colours are wanted. */
  readonly marked: (mark: Mark, line: string) => Effect.Effect<void>
  readonly stdoutIsTerminal: boolean
}

/** A person's first glance: it went well, take notice, it went wrong. */
export type Mark = "✓" | "!" | "✗"

/** Where words go. */
export class Output extends Context.Tag("@mlserver-auth/cli/Output")<Output, Service>() {}

const COLOUR: Readonly<Record<Mark, string>> = { "✓": "32", "!": "33", "✗": "31" }

/** A terminal that does not know how wide it is says 0. */
interface Columns {
  readonly isTTY?: boolean
  readonly columns?: number
}

/** NO_COLOR counts when it is set to anything (no-color.org). */
const wantsColour = (stream: { readonly isTTY?: boolean }): boolean =>
  stream.isTTY === true && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb"

const failure = (error: Error): ReaderGone | OutputFailed => {
  const code = Unwritten.codeOf(error)
  return Unwritten.isGone(code) ? new ReaderGone() : new OutputFailed({ code })
}

const written = (stream: Writable, text: string | Uint8Array): Effect.Effect<void, ReaderGone | OutputFailed> =>
  Effect.async((resume) => {
    stream.write(text, (error) => resume(error === null || error === undefined ? Effect.void : failure(error)))
  })

/** Over this process's streams. A write error is told to the writer by its callback; the event would end the process. */
export const make: Effect.Effect<Service> = Effect.sync(() => {
  const { stderr, stdout } = process
  const ignore = () => undefined
  stdout.on("error", ignore)
  stderr.on("error", ignore)
  const coloured = wantsColour(stderr)
  const paint = (mark: Mark) => (coloured ? `\u001b[${COLOUR[mark]}m${mark}\u001b[0m` : mark)
  const write = (text: string | Uint8Array) => written(stdout, text)
  // The exit code of a command that fails is not 0 because no program reads what it says of it.
  const answer = (text: string) => Effect.catchTag(write(text), "ReaderGone", () => Effect.void)
  const forTerminal = (text: string, stream: Columns) =>
    wrap(plain(text), stream.isTTY === true ? stream.columns : undefined)
  const complain = (text: string) => Effect.ignore(written(stderr, text))
  return {
    write,
    answer: (line) => answer(`${stdout.isTTY ? plain(line) : line}\n`),
    answerText: (text) => answer(`${stdout.isTTY ? forTerminal(text, stdout) : text}\n`),
    answerJson: (_, value) => answer(`${json(value)}\n`),
    notice: (line) => complain(`${forTerminal(line, stderr)}\n`),
    noticeWhole: (line) => complain(`${plain(line)}\n`),
    // The first two columns are the mark's, also below it.
    marked: (mark, line) => complain(`${paint(mark)}${forTerminal(`  ${line}`, stderr).slice(1)}\n`),
    stdoutIsTerminal: stdout.isTTY === true
  }
})

/** Over this process's streams. */
export const layer: Layer.Layer<Output> = Layer.effect(Output, make)
