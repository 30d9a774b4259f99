/**
 * The terminal that the parser wants for prompts of its own. It has none to ask: questions are ours, over stderr.
 */
import * as Terminal from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Mailbox from "effect/Mailbox"

/** A terminal where nobody answers. */
export const layer: Layer.Layer<Terminal.Terminal> = Layer.succeed(
  Terminal.Terminal,
  Terminal.Terminal.of({
    columns: Effect.sync(() => process.stderr.columns ?? 80),
    rows: Effect.sync(() => process.stderr.rows ?? 24),
    isTTY: Effect.succeed(false),
    readInput: Effect.tap(Mailbox.make<Terminal.UserInput>(), (mailbox) => mailbox.end),
    readLine: Effect.fail(new Terminal.QuitException()),
    display: (text) => Effect.sync(() => void process.stderr.write(text))
  })
)
